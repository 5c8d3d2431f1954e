"""Corrections and withdrawals of imported records, as officers type them and as the audit log tells them later."""

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates.models import HistoricChange, HistoricImport, HistoricRecord
from tests.factories.certificates import second_officer
from tests.factories.historic import claim, take_over


@pytest.fixture
def done(officer, authority, run_jobs) -> HistoricImport:
    return take_over(officer, 3)


def typed(record: HistoricRecord, **changes) -> dict:
    fields = {name: getattr(record, name) or "" for name in HistoricChange.FIELDS}
    return fields | {"issued_on": record.issued_on.isoformat(), "kind": "correct", "reason": "抄录有误"} | changes


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, "__all__"),
        ({"number": "旧示00000002号"}, "number"),
        ({"number": "TM-J-4K7QX-93HPB-T"}, "number"),
        ({"valid_until": "1999-01-01"}, "valid_until"),
    ],
)
def test_what_can_not_be_is_said_where_it_is_typed(client_for, officer, done, changes, where):
    """Not by the second officer's page, nor on a page without what was typed."""
    record = HistoricRecord.objects.order_by("pk").first()
    answer = client_for(officer).post(reverse("historic_propose", args=[record.uuid]), typed(record, **changes))
    assert answer.status_code == 422 and answer.context["correction"].errors.keys() == {where}
    assert "抄录有误" in answer.text and not HistoricChange.objects.exists()


def test_days_read_alike_before_and_after(officer, done):
    record = HistoricRecord.objects.first()
    values, at = {"issued_on": timezone.localdate()}, timezone.now()
    change = HistoricChange.propose("correct", batch=done, record=record, values=values, reason="x", by=officer, at=at)
    assert [before for _label, before, _after in change.lines()] == [record.issued_on.isoformat()]


def test_a_whole_import_taken_back_leaves_nothing_to_decide(client_for, officer, done):
    """A change of one of its records could only be refused from then on."""
    at, second = timezone.now(), second_officer()
    one = HistoricChange.propose("withdraw", batch=done, record=done.records.first(), reason="x", by=officer, at=at)
    whole = HistoricChange.propose("withdraw_all", batch=done, reason="来源登记册作废", by=officer, at=at)
    page = client_for(second, "en").get(whole.get_absolute_url()).text
    assert "Take the whole import back? It cannot be undone." in page
    whole.confirm(by=second, at=at)
    one.refresh_from_db()
    assert one.status == "withdrawn"
    assert not HistoricChange.objects.filter(status="proposed").exists()


@pytest.mark.parametrize("kind", ["withdraw", "withdraw_all"])
def test_who_claims_what_is_taken_back_is_told_why(officer, trainee, outsider, done, kind):
    one, other = done.records.order_by("pk")[:2]
    mine, whole = claim(one, trainee), kind == "withdraw_all"
    others, second, at = claim(other, outsider), second_officer(), timezone.now()
    record = None if whole else one
    HistoricChange.propose(kind, batch=done, record=record, reason="来源登记册作废", by=officer, at=at).confirm(by=second, at=at)
    mine.refresh_from_db()
    others.refresh_from_db()
    assert (mine.status, mine.note, mine.decided_by) == ("refused", "来源登记册作废", second)
    assert others.status == ("refused" if whole else "asked")


def test_the_audit_log_names_the_record_and_the_reason(client_for, officer, done):
    record = done.records.first()
    change = HistoricChange.propose("withdraw", batch=done, record=record, reason="重复登记", by=officer, at=timezone.now())
    change.refuse(note="不是重复", by=second_officer(), at=timezone.now())
    told = ModelLogEntry.objects.filter(action__startswith="certificates.historic_change").order_by("pk")
    assert [entry.data["reason"] for entry in told] == ["重复登记", "不是重复"]
    assert {entry.label for entry in told} == {record.number}
    page = client_for(officer, "en").get(reverse("audit_log"), {"action": "certificates.historic_change.refuse"}).text
    assert "take one record back" in page
