"""The page of an employer's keys: made, shown once, kept as a hash, withdrawn; nobody else gets in."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.models import Organisation
from certificates.models import ApiKey
from lms.lib.errors import WrongState
from tests.conftest import make_organisation, make_user
from tests.factories.employers import make_key


@pytest.fixture
def url(employer_org):
    return reverse("api_key_list", args=[employer_org.uuid])


def form(**changes):
    return {"label": "人事系统", "scopes": ["verify:number"], "days": 30, "request_id": str(uuid4()), **changes}


def test_it_works(client_for, employer, url):
    client = client_for(employer)
    page = client.post(url, form()).content.decode()
    key = ApiKey.objects.get()
    secret = page.split('<p class="code">')[1].split("<")[0]
    assert secret.startswith(key.prefix) and len(secret) > 40
    assert secret not in str(ApiKey.objects.values().get())
    assert secret not in client.get(url).content.decode()
    assert key.prefix in client.get(url).content.decode()
    entry = ModelLogEntry.objects.get(action="certificates.api_key.make")
    assert secret not in str(entry.data)


def test_sent_twice_makes_one(client_for, employer, url):
    client, same = client_for(employer), form()
    for _ in range(2):
        page = client.post(url, same)
    assert ApiKey.objects.count() == 1 and '<p class="code">' not in page.content.decode()


@pytest.mark.parametrize("change", [{"scopes": []}, {"scopes": ["all"]}, {"days": 731}, {"days": 0}, {"label": ""}])
def test_what_is_refused(client_for, employer, url, change):
    assert client_for(employer).post(url, form(**change)).status_code == 422
    assert not ApiKey.objects.exists()


def test_the_verb_refuses_too(employer_org, employer):
    for change in ({"scopes": []}, {"scopes": ["all"]}, {"days": 0}):
        with pytest.raises(WrongState):
            make_key(employer_org, employer, at=timezone.now(), **change)


def test_not_more_than_twenty_live_ones(employer_org, employer):
    at = timezone.now()
    for _ in range(20):
        make_key(employer_org, employer, at=at)
    with pytest.raises(WrongState):
        make_key(employer_org, employer, at=at)
    make_key(employer_org, employer, at=at + timedelta(days=31))


def test_withdrawn_once(client_for, employer, employer_org):
    key, _secret = make_key(employer_org, employer, at=timezone.now())
    for _ in range(2):
        assert client_for(employer).post(reverse("api_key_withdraw", args=[key.uuid])).status_code == 302
    assert ModelLogEntry.objects.filter(action="certificates.api_key.withdraw").count() == 1


def test_another_employer_sees_and_withdraws_nothing(client_for, employer, employer_org, url):
    other = make_organisation(Organisation.Kind.EMPLOYER, "另一单位", "Other", "other-employer")
    stranger = make_user("stranger", "外单位人", other, "employer")
    key, _secret = make_key(employer_org, employer, at=timezone.now())
    client = client_for(stranger)
    assert client.get(url).status_code == 404
    assert client.post(reverse("api_key_withdraw", args=[key.uuid])).status_code == 404
    assert client.get(reverse("employer_desk", args=[employer_org.uuid])).status_code == 404
    key.refresh_from_db()
    assert key.withdrawn_at is None


def test_the_page_does_not_grow_with_keys(client_for, employer, employer_org, url, django_assert_max_num_queries):
    for _ in range(15):
        make_key(employer_org, employer, at=timezone.now())
    client = client_for(employer)
    with django_assert_max_num_queries(10):
        client.get(url)


def test_terms_are_set_by_an_officer(client_for, officer, employer):
    values = {
        "calls_per_minute": 5, "calls_per_day": 50, "rows_per_list": 10, "rows_per_day": 20, "tries_per_number": 3,
        "names_hours": 1, "lists_days": 2, "ask_again_days": 30, "contacts_per_day": 20, "contact_days": 30, "reports_days": 14,
        "source": "示例",
    }  # fmt: skip
    assert client_for(employer).post(reverse("employer_terms"), values).status_code == 403
    assert client_for(officer).post(reverse("employer_terms"), values).status_code == 302
    page = client_for(None).get(reverse("developers")).content.decode()
    assert "<dd>5</dd>" in page
    values["calls_per_day"] = 0
    assert client_for(officer).post(reverse("employer_terms"), values).status_code == 422
