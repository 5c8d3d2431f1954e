"""A holder lets an employer know: asked with number and name, agreed in part or whole, told, shown, taken back."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.models import Organisation
from certificates.consent_jobs import tell_expired
from certificates.models import Certificate, ConsentNews, EmployerConsent, Lookup
from certificates.numbers import new_number
from certificates.team_table import Held, table
from lms.lib.errors import WrongState
from tests.conftest import make_organisation, make_user
from tests.factories.certificates import second_officer, settle


@pytest.fixture
def url(employer_org):
    return reverse("employer_consents", args=[employer_org.uuid])


def ask(certificate, employer, *, alerts=True, team=True, at=None):
    organisation = employer.active_memberships[0].organisation
    return EmployerConsent.ask(certificate, organisation, alerts=alerts, team=team, by=employer, at=at or timezone.now())


@pytest.fixture
def agreed(certificate, employer):
    consent = ask(certificate, employer)
    consent.answer(alerts=True, team=True, by=certificate.holder, at=timezone.now())
    return consent


def typed(certificate, **changes):
    return {"number": certificate.number, "name": certificate.holder_name, "alerts": "on", "team": "on"} | changes


def test_it_works(certificate, client_for, employer, officer, url, run_jobs):
    assert client_for(employer).post(url, typed(certificate)).status_code == 302
    run_jobs()
    question = mail.outbox[-1]
    assert question.to == [certificate.holder.email] and certificate.holder_name not in question.body
    holder, consent = client_for(certificate.holder), EmployerConsent.objects.get()
    assert reverse("certificate_consents", args=[certificate.uuid]) in holder.get(reverse("desk")).content.decode()
    holder.post(reverse("certificate_consent_answer", args=[consent.uuid]), {"answer": "yes", "alerts": "on"})
    consent.refresh_from_db()
    assert (consent.status, consent.alerts, consent.team) == ("agreed", True, False)
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    run_jobs()
    (told,) = [message for message in mail.outbox if message.to == [employer.email]]
    assert certificate.number in told.body and certificate.holder_name not in told.body
    for page in (client_for(employer).get(url), holder.get(reverse("certificate_consents", args=[certificate.uuid]))):
        assert ConsentNews.objects.get().kind_label in page.content.decode()
    assert list(ModelLogEntry.objects.filter(action__startswith="certificates.consent").order_by("pk")
                .values_list("action", flat=True)) == ["certificates.consent.ask", "certificates.consent.agree"]  # fmt: skip


def test_asking_is_a_verification_and_a_miss_tells_nothing(certificate, client_for, employer, employer_org, url):
    client = client_for(employer)
    client.post(url, typed(certificate))
    assert Lookup.objects.get(certificate=certificate).organisation == employer_org
    pages = [
        client.post(url, typed(certificate, name="某某某")),
        client.post(url, typed(certificate, number=new_number("junior"))),
    ]
    assert {page.status_code for page in pages} == {422}
    assert EmployerConsent.objects.count() == 1


def test_a_name_is_not_found_by_trying(certificate, client_for, employer, url):
    client = client_for(employer)
    for _ in range(10):
        client.post(url, typed(certificate, name="某某某"))
    assert client.post(url, typed(certificate)).status_code == 422
    assert not EmployerConsent.objects.exists()


def test_nothing_is_told_before_or_after(certificate, employer, officer, run_jobs):
    consent = ask(certificate, employer)
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    consent.answer(alerts=True, team=False, by=certificate.holder, at=timezone.now())
    consent.withdraw(by=certificate.holder, at=timezone.now())
    settle(certificate, "reinstated", reason="cleared", by=officer, at=timezone.now())
    assert not ConsentNews.objects.exists()


def test_taken_back_between_event_and_mail(agreed, certificate, officer, employer, run_jobs):
    run_jobs()
    mail.outbox.clear()
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    agreed.withdraw(by=certificate.holder, at=timezone.now())
    run_jobs()
    assert employer.email not in [message.to[0] for message in mail.outbox]


def test_taken_back_it_is_gone_from_the_employers_pages(agreed, certificate, client_for, employer, employer_org, officer, url):
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    team, client = reverse("employer_team", args=[employer_org.uuid]), client_for(employer)
    assert certificate.holder_name in client.get(team).content.decode()
    client_for(certificate.holder).post(reverse("certificate_consent_withdraw", args=[agreed.uuid]))
    assert certificate.holder_name not in client.get(team).content.decode()
    assert "timeline" not in client.get(url).content.decode()


def test_once_for_each_event(agreed, certificate, officer):
    at = timezone.now()
    settle(certificate, "revoked", reason="error", by=officer, at=at)
    change = certificate.status_changes.get()
    assert ConsentNews.note(certificate, change.kind, happened_at=change.changed_at, at=at) == []
    assert ConsentNews.objects.count() == 1


def test_running_out_is_told_once(agreed, certificate):
    tell_expired(None)
    assert not ConsentNews.objects.exists()
    models.QuerySet(Certificate).filter(pk=certificate.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    for _ in range(2):
        tell_expired(None)
    assert ConsentNews.objects.get().kind == "expired"


def test_only_what_was_asked_for(certificate, employer):
    consent = ask(certificate, employer, team=False)
    with pytest.raises(WrongState):
        consent.answer(alerts=True, team=True, by=certificate.holder, at=timezone.now())
    with pytest.raises(WrongState):
        ask(certificate, employer, alerts=False, team=False)


def test_a_yes_to_nothing_is_no_answer(certificate, client_for, employer):
    consent, client = ask(certificate, employer), client_for(certificate.holder)
    address = reverse("certificate_consent_answer", args=[consent.uuid])
    for answer, status in (("yes", "asked"), ("no", "declined")):
        client.post(address, {"answer": answer})
        consent.refresh_from_db()
        assert consent.status == status


def test_one_open_question_and_a_pause_after_a_no(certificate, employer):
    at = timezone.now()
    consent = ask(certificate, employer, at=at)
    with pytest.raises(WrongState):
        ask(certificate, employer, at=at)
    consent.answer(alerts=False, team=False, by=certificate.holder, at=at)
    assert consent.status == "declined"
    with pytest.raises(WrongState):
        ask(certificate, employer, at=at + timedelta(days=29))
    ask(certificate, employer, at=at + timedelta(days=31))


def test_steps_out_of_order_are_refused(agreed, certificate, employer):
    at = timezone.now()
    with pytest.raises(WrongState):
        agreed.answer(alerts=True, team=False, by=certificate.holder, at=at)
    agreed.end(by=employer, at=at)
    for step in (agreed.withdraw, agreed.end):
        with pytest.raises(WrongState):
            step(by=employer, at=at)


def test_the_database_keeps_it_too(agreed, certificate, employer):
    values = {"organisation": agreed.organisation, "certificate": certificate, "asked_by": employer, "asked_at": timezone.now()}
    for wrong in ({"alerts": True, "team": True}, {"alerts": False, "team": False, "status": "declined"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            EmployerConsent.objects.create(**values, **wrong)


def test_others_can_do_nothing(agreed, certificate, client_for, officer, employer, employer_org):
    other = make_organisation(Organisation.Kind.EMPLOYER, "另一单位", "Other", "other-employer")
    stranger = client_for(make_user("stranger", "外单位人", other, "employer"))
    for client in (stranger, client_for(officer), client_for(certificate.holder)):
        assert client.get(reverse("employer_team", args=[employer_org.uuid])).status_code == 404
        assert client.post(reverse("employer_consent_end", args=[agreed.uuid])).status_code == 404
    for client in (stranger, client_for(officer), client_for(employer)):
        assert client.get(reverse("certificate_consents", args=[certificate.uuid])).status_code == 404
        assert client.post(reverse("certificate_consent_withdraw", args=[agreed.uuid])).status_code == 404
    agreed.refresh_from_db()
    assert agreed.status == "agreed"


def test_exports(agreed, certificate, client_for, employer, employer_org, url):
    client = client_for(employer)
    assert certificate.number in b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    team = reverse("employer_team", args=[employer_org.uuid])
    text = b"".join(client.get(team, {"format": "csv"}).streaming_content).decode()
    assert certificate.holder_name in text and certificate.facts["competences"][0]["title"] in text
    assert client.get(team, {"format": "xlsx"})["Content-Type"].endswith("sheet")


def test_queries(agreed, client_for, employer, employer_org, url, django_assert_max_num_queries):
    client = client_for(employer)
    for address in (url, reverse("employer_team", args=[employer_org.uuid]), reverse("employer_desk", args=[employer_org.uuid])):
        with django_assert_max_num_queries(12):
            client.get(address)


# --- The table ------------------------------------------------------------------------------------------------------


def held(level: str, *, good: bool = True) -> Held:
    competence = {"code": "dig", "title": "挖掘", "title_en": "Discovery", "level": level}
    return Held("TM", {"code": "junior"}, "valid" if good else "revoked", date(2030, 1, 1), (competence,), good, False)


@pytest.mark.parametrize(
    ("found", "cell"),
    [
        ([held("reached")], "reached"),
        ([held("reached"), held("excellent"), held("good")], "excellent"),
        ([held("excellent", good=False), held("good")], "good"),
        ([held("excellent", good=False)], None),
    ],
)
def test_the_best_of_what_is_valid_counts(found, cell):
    made = table([(1, "张三", one) for one in found])
    assert made.people[0].cells.get("dig") == cell
    assert made.totals == {"dig": 1 if cell else 0}


def test_people_are_told_apart_by_their_account_not_their_name():
    assert len(table([(1, "张三", held("good")), (2, "张三", held("good"))]).people) == 2


# --- The certificate was replaced: the consent may follow ---------------------------------------------------------------


@pytest.fixture
def renamed(certificate, officer, agreed, run_jobs):
    values = {"reason": "name_change", "name": "测试新名", "text": ""}
    new = certificate.replace(by=officer, proposed_by=second_officer(), at=timezone.now(), **values)
    run_jobs()
    return Certificate.objects.get(pk=new.pk)


def follow(client, consent):
    return client.post(reverse("employer_consent_follow", args=[consent.uuid]))


def test_a_consent_follows_when_the_holder_says_yes(certificate, renamed, agreed, employer, client_for, url, run_jobs):
    client, holder = client_for(employer, "en"), client_for(certificate.holder, "en")
    assert "Ask for the one that followed" in client.get(url).content.decode()
    assert follow(client, agreed).status_code == 302
    run_jobs()
    assert mail.outbox[-1].to == [certificate.holder.email]
    asked = EmployerConsent.objects.get(certificate=renamed)
    page = client.get(url).content.decode()
    assert "Ask for the one that followed" not in page
    assert renamed.number not in page and renamed.holder_name not in page  # nothing new is told before a yes
    assert certificate.number in holder.get(reverse("certificate_consents", args=[renamed.uuid])).content.decode()
    asked.answer(alerts=True, team=False, by=certificate.holder, at=timezone.now())
    agreed.refresh_from_db()
    assert (asked.status, asked.alerts, asked.team, agreed.status) == ("agreed", True, False, "moved")
    page = client.get(url).content.decode()
    assert renamed.number in page and renamed.holder_name in page


def test_a_no_tells_nothing_and_the_old_one_stays(renamed, agreed, employer, client_for, url):
    client = client_for(employer, "en")
    follow(client, agreed)
    asked = EmployerConsent.objects.get(certificate=renamed)
    asked.answer(alerts=False, team=False, by=renamed.holder, at=timezone.now())
    agreed.refresh_from_db()
    for text in (client.get(url).content, b"".join(client.get(url, {"format": "csv"}).streaming_content)):
        assert renamed.number.encode() not in text and renamed.holder_name.encode() not in text
    assert agreed.status == "agreed"
    assert follow(client, agreed).status_code == 409  # not so soon again


def test_nothing_to_follow(agreed, employer, outsider, client_for):
    assert follow(client_for(employer), agreed).status_code == 409
    assert follow(client_for(outsider), agreed).status_code == 404
    agreed.end(by=employer, at=timezone.now())
    with pytest.raises(WrongState):
        agreed.follow(by=employer, at=timezone.now())
