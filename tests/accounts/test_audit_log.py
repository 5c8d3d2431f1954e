"""The audit log: everything for officers, one's own base for registrars, nothing for others."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.models import Role
from lms.lib.audit import log

URL = "/audit/"


@pytest.fixture
def logged(base, other_base, an_author, make_person):
    log(base, "accounts.organisation.edit", by=an_author, organisation=base, fields=["name"])
    elsewhere = make_person("乙地作者", at=other_base, role=Role.AUTHOR)
    log(other_base, "accounts.organisation.edit", by=elsewhere, organisation=other_base, reason="只在乙地")
    log(elsewhere, "accounts.consent.give", by=elsewhere, kind="terms")
    return elsewhere


def rows(response):
    return response.context["page"].object_list


def test_officers_read_everything(client, an_officer, logged):
    client.force_login(an_officer)
    response = client.get(reverse("audit_log"))
    assert response.status_code == 200
    assert len(rows(response)) == ModelLogEntry.objects.count() == 3
    assert "乙地作者" in response.content.decode()


def test_registrars_read_their_own_base_only(client, a_registrar, logged):
    client.force_login(a_registrar)
    response = client.get(URL)
    assert [entry.label for entry in rows(response)] == ["测试基地甲"]
    text = response.content.decode()
    assert "乙地作者" not in text and "只在乙地" not in text
    for query in ({"person": logged.uuid}, {"action": "accounts.consent.give"}):
        assert len(rows(client.get(URL, query))) == 0


def test_details_have_words(client, an_officer, an_author, base):
    """What stands beside a deed is named in the reader's language, and yes is no \"True\"."""
    log(base, "accounts.organisation.edit", by=an_author, organisation=base, still_there=True, hours="10", scopes=["a", "b"])
    client.force_login(an_officer)
    (entry,) = rows(client.get(URL))
    # PostgreSQL keeps the members of JSON in an order of its own.
    assert {str(key): value for key, value in entry.details} == {"仍然存在": "是", "学时": "10", "权限范围": "a, b"}


def test_filters(client, an_officer, an_author, logged):
    client.force_login(an_officer)
    assert len(rows(client.get(URL, {"action": "accounts.organisation.edit"}))) == 2
    assert len(rows(client.get(URL, {"person": an_author.uuid}))) == 1
    today = timezone.localdate()
    assert len(rows(client.get(URL, {"since": today, "until": today}))) == 3
    assert len(rows(client.get(URL, {"until": today - timedelta(days=1)}))) == 0
    assert "until" in client.get(URL, {"since": today, "until": today - timedelta(days=1)}).context["form"].errors
    assert client.get(URL, {"person": "nonsense", "page": "99"}).status_code == 200


def test_export_keeps_to_the_scope_and_is_logged(client, a_registrar, logged):
    client.force_login(a_registrar)
    text = b"".join(client.get(URL, {"export": "csv"}).streaming_content).decode()
    assert "测试基地甲" in text and "测试基地乙" not in text
    assert ModelLogEntry.objects.filter(action="accounts.audit.export", user=a_registrar).count() == 1


def test_it_costs_the_same_however_long(client, an_officer, base, an_author, django_assert_max_num_queries):
    for _ in range(40):
        log(base, "accounts.organisation.edit", by=an_author, organisation=base)
    client.force_login(an_officer)
    with django_assert_max_num_queries(10):
        client.get(URL)


def test_outsiders(client, an_author, a_trainee):
    assert client.get(URL).status_code == 302
    for person in (an_author, a_trainee):
        client.force_login(person)
        assert client.get(URL).status_code == 403
