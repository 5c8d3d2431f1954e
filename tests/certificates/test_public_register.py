"""The public register: only who wants, only while it holds, and nobody's address before they tell it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Consent
from certificates.models import ContactRequest, EmployerTerms, RegisterEntry
from lms.lib.errors import WrongState
from tests.factories.register import make_contact, make_entry

SEARCH = reverse("register_search")
MINE = reverse("register_mine")


@pytest.fixture
def entry(certificate, at):
    return make_entry(certificate, at=at)


@pytest.fixture
def asked(entry, employer_org, employer, at):
    return make_contact(entry, employer_org, employer, at=at)


def listed(client_for, **query) -> list[RegisterEntry]:
    return list(client_for(None).get(SEARCH, query).context["page"])


# --- Being listed -----------------------------------------------------------------------------------------------------


def test_nobody_is_listed_by_having_a_certificate(client_for, certificate):
    assert listed(client_for) == []


def test_it_works(client_for, certificate, trainee):
    client = client_for(trainee)
    typed = {
        "certificates": [certificate.pk], "region": "GD", "sectors": ["energy"], "about": "储能成果转化", "takes_contact": "on",
        "agreed": "on",
    }  # fmt: skip
    assert client.post(MINE, typed).status_code == 302
    (entry,) = listed(client_for)
    page = client_for(None).get(entry.get_absolute_url())
    assert "储能成果转化" in page.text and "广东" in page.text
    assert trainee.full_name not in page.text  # masked unless they want
    for secret in (certificate.number, certificate.token, trainee.email):
        assert secret not in page.text
    assert page["X-Robots-Tag"] == "noindex"
    assert trainee.consents.in_force().filter(kind=Consent.Kind.PUBLIC_REGISTER).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"agreed": ""}, {"certificates": []}, {"region": "XX"}, {"region": ""},
        {"sectors": ["it", "bio", "health", "energy", "materials"]}, {"sectors": ["nothing"]}, {"about": "长" * 301},
    ],
)  # fmt: skip
def test_bad_input_keeps_what_was_typed(client_for, certificate, trainee, wrong):
    typed = {"certificates": [certificate.pk], "region": "GD", "about": "储能成果转化", "agreed": "on"} | wrong
    answer = client_for(trainee).post(MINE, typed)
    assert answer.status_code == 422 and answer.context["form"].errors
    assert typed["about"] in answer.text
    assert listed(client_for) == []


def test_search_by_region_sector_and_level(client_for, entry):
    for query, found in (
        ({"region": "ZJ"}, 1), ({"region": "GD"}, 0), ({"sector": "it"}, 1), ({"sector": "energy"}, 0),
        ({"level": "junior"}, 1), ({"level": "senior"}, 0), ({"region": "ZJ", "sector": "health", "level": "junior"}, 1),
        ({"region": "nonsense"}, 1),
    ):  # fmt: skip
        assert len(listed(client_for, **query)) == found, query


@pytest.mark.parametrize("kind", ["suspended", "revoked"])
def test_a_certificate_that_is_not_good_lists_nobody(client_for, entry, certificate, kind):
    type(certificate).objects.filter(pk=certificate.pk).update(state=kind)
    assert listed(client_for) == []
    assert client_for(None).get(entry.get_absolute_url()).status_code == 404


def test_consent_taken_back_anywhere_hides_at_once(client_for, entry, trainee):
    client = client_for(trainee)
    assert client.post(reverse("consent_withdraw", args=[Consent.Kind.PUBLIC_REGISTER])).status_code == 302
    assert listed(client_for) == [] and client_for(None).get(entry.get_absolute_url()).status_code == 404
    assert "做过六项医疗器械成果的转化" in client.get(MINE).text  # kept for the holder


def test_hiding_and_publishing_again(client_for, entry, certificate, trainee, at):
    client_for(trainee).post(reverse("register_hide"))
    assert listed(client_for) == []
    again = make_entry(certificate, at=at + timedelta(minutes=5), region="BJ")
    assert again.pk == entry.pk and listed(client_for) == [again]


def test_only_ones_own_good_certificates(certificate, officer, at):
    with pytest.raises(WrongState):
        RegisterEntry.publish(officer, region="BJ", sectors=[], about="", shows_name=True, takes_contact=True,
                              certificates=[certificate], at=at)  # fmt: skip


def test_a_constant_number_of_queries(client_for, entry, django_assert_max_num_queries):
    client = client_for(None)
    with django_assert_max_num_queries(4):
        client.get(SEARCH)
    with django_assert_max_num_queries(3):
        client.get(entry.get_absolute_url())


# --- Asking and answering ---------------------------------------------------------------------------------------------


def test_an_employer_asks_and_the_holder_says_yes(client_for, entry, employer, employer_org, trainee, run_jobs):
    client = client_for(employer)
    form = client.get(entry.get_absolute_url()).context["form"]
    sent = {"organisation": employer_org.pk, "message": "想谈一项成果。", "request_id": form["request_id"].value()}
    for _click in range(2):
        assert client.post(entry.get_absolute_url(), sent).status_code == 302
    (asked,) = ContactRequest.objects.all()
    run_jobs()
    assert mail.outbox[-1].to == [trainee.email] and "想谈一项成果" not in mail.outbox[-1].body
    assert reverse("register_contact", args=[asked.uuid]) in mail.outbox[-1].body
    assert trainee.email not in client.get(reverse("contact_list", args=[employer_org.uuid])).text
    holder = client_for(trainee)
    assert "想谈一项成果。" in holder.get(reverse("register_contact", args=[asked.uuid])).text
    assert "联系请求" in holder.get("/desk/").text
    said = {"answer": "yes", "reply": "请写信到 zhang@example.org"}
    assert holder.post(reverse("register_contact", args=[asked.uuid]), said).status_code == 302
    run_jobs()
    assert mail.outbox[-1].to == [employer.email] and "zhang@example.org" not in mail.outbox[-1].body
    assert "zhang@example.org" in client.get(reverse("contact_list", args=[employer_org.uuid])).text


def test_a_yes_needs_words_and_a_no_passes_none_on(client_for, asked, trainee):
    url = reverse("register_contact", args=[asked.uuid])
    assert client_for(trainee).post(url, {"answer": "yes", "reply": ""}).status_code == 422
    client_for(trainee).post(url, {"answer": "no", "reply": "我的电话是……"})
    asked.refresh_from_db()
    assert (asked.answer, asked.reply) == ("no", "")


def test_no_for_good_looks_like_no(client_for, entry, asked, employer, employer_org, trainee, at):
    asked.say("never", by=trainee, at=at)
    client = client_for(employer)
    assert "不再" not in client.get(reverse("contact_list", args=[employer_org.uuid])).text
    with pytest.raises(WrongState):
        make_contact(entry, employer_org, employer, at=at + timedelta(days=3000))


def test_when_one_may_ask_again(entry, asked, employer, employer_org, trainee, at):
    terms = EmployerTerms.objects.at(at)
    with pytest.raises(WrongState):  # still open
        make_contact(entry, employer_org, employer, at=at)
    late = at + timedelta(days=terms.contact_days, seconds=1)
    with pytest.raises(WrongState):
        asked.say("yes", reply="太迟了", by=trainee, at=late)
    second = make_contact(entry, employer_org, employer, at=late)  # the first has lapsed
    asked.refresh_from_db()
    assert asked.answer == "lapsed"
    second.say("no", by=trainee, at=late)
    with pytest.raises(WrongState):
        make_contact(entry, employer_org, employer, at=late + timedelta(days=1))
    assert make_contact(entry, employer_org, employer, at=late + timedelta(days=terms.ask_again_days, seconds=1))


def test_an_answer_is_given_once(asked, trainee, at):
    asked.say("no", by=trainee, at=at)
    with pytest.raises(WrongState):
        asked.say("yes", reply="改了主意", by=trainee, at=at)


def test_who_takes_no_requests_is_not_asked(client_for, certificate, employer, employer_org, at):
    entry = make_entry(certificate, at=at, takes_contact=False)
    assert client_for(employer).get(entry.get_absolute_url()).context["form"] is None
    assert client_for(employer).post(entry.get_absolute_url(), {"message": "x"}).status_code == 403
    with pytest.raises(WrongState):
        make_contact(entry, employer_org, employer, at=at)


def test_in_the_name_of_another_employer_nobody_asks(client_for, entry, employer, base):
    sent = {"organisation": base.pk, "message": "想谈谈。", "request_id": uuid4()}
    assert client_for(employer).post(entry.get_absolute_url(), sent).status_code == 422
    assert not ContactRequest.objects.exists()


def test_the_day_s_quota(entry, employer, employer_org, officer, at):
    EmployerTerms(contacts_per_day=1, source="示例").put_in_force(by=officer, at=at - timedelta(days=2))
    other = RegisterEntry.objects.create(holder=officer, region="BJ", changed_at=at)
    ContactRequest.objects.create(
        uuid=uuid4(), entry=other, organisation=employer_org, asked_by=employer, message="x", asked_at=at, lapses_at=at
    )
    with pytest.raises(WrongState):
        make_contact(entry, employer_org, employer, at=at + timedelta(hours=23))
    assert make_contact(entry, employer_org, employer, at=at + timedelta(hours=25))


def test_the_list_filters_and_exports(client_for, asked, employer, employer_org, trainee, at):
    client, url = client_for(employer), reverse("contact_list", args=[employer_org.uuid])
    assert [len(client.get(url, {"state": state}).context["page"]) for state in ("open", "yes", "other")] == [1, 0, 0]
    asked.say("yes", reply="=HYPERLINK(1)", by=trainee, at=at)
    assert [len(client.get(url, {"state": state}).context["page"]) for state in ("open", "yes", "other")] == [0, 1, 0]
    text = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert "'=HYPERLINK(1)" in text


def test_the_database_keeps_one_open_request(asked, entry, employer_org, employer, at):
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactRequest.objects.create(
            uuid=uuid4(), entry=entry, organisation=employer_org, asked_by=employer, message="x", asked_at=at, lapses_at=at
        )


# --- In English -------------------------------------------------------------------------------------------------------


def test_the_holders_own_english_stands_on_the_english_pages(client_for, certificate, trainee, at):
    entry = make_entry(certificate, at=at)
    chinese, english = entry.about, "Six results from medical devices brought to market."
    pages = [entry.get_absolute_url(), SEARCH]
    for url in pages:  # without it the Chinese stands there, and says that it is Chinese
        page = client_for(None, "en").get(url).text
        assert f'lang="zh-Hans">{chinese}</p>' in page
        assert f'lang="zh-Hans">{chinese}' not in client_for(None, "zh-hans").get(url).text
    client = client_for(trainee)
    typed = {"certificates": [certificate.pk], "region": "ZJ", "about": chinese, "about_en": english, "agreed": "on"}
    assert client.post(MINE, typed | {"about_en": "x" * 601}).status_code == 422
    assert client.post(MINE, typed).status_code == 302
    assert client.get(MINE).context["form"]["about_en"].value() == english
    for url in pages:
        page = client_for(None, "en").get(url).text
        assert english in page and chinese not in page and f'lang="en">{english}' not in page
        page = client_for(None, "zh-hans").get(url).text
        assert chinese in page and english not in page
    client.post(MINE, typed | {"about": ""})
    assert f'lang="en">{english}</p>' in client_for(None, "zh-hans").get(pages[0]).text
