"""A recognition is ended by two officers: proposal, second pair of eyes, reason, audit."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates.life_jobs import waiting_for
from certificates.models import Recognition, RecognitionEnd
from certificates.verification import verify_by_number
from lms.lib.errors import WrongState
from tests.factories.certificates import second_officer
from tests.factories.recognition import apply_for, make_agreement


@pytest.fixture
def found(officer, authority, trainee) -> Recognition:
    made = apply_for(make_agreement(officer, approve=second_officer()), trainee)
    made.recognise(basis="与原件核对一致", by=officer, at=timezone.now())
    return made


def propose(found, officer, **changes) -> RecognitionEnd:
    values = {"day": timezone.localdate(), "reason": "对方机构撤销了证书", "by": officer, "at": timezone.now()}
    return RecognitionEnd.propose(found, **values | changes)


def state(found) -> str:
    return verify_by_number(found.number, found.holder_name, at=timezone.now()).state


def test_it_takes_two_officers(found, officer, run_jobs, mailoutbox):
    end = propose(found, officer)
    found.refresh_from_db()
    assert (found.status, state(found)) == ("recognised", "recognised")
    for again in (lambda: propose(found, second_officer()), lambda: end.confirm(by=officer, at=timezone.now()),
                  lambda: end.refuse(note="不成立", by=officer, at=timezone.now())):  # fmt: skip
        with pytest.raises(WrongState):
            again()
    run_jobs()
    mailoutbox.clear()
    end.confirm(by=second_officer(), at=timezone.now())
    assert (found.__class__.objects.get().status, state(found)) == ("ended", "taken_back")
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[found.holder.email]]
    with pytest.raises(WrongState):
        end.confirm(by=second_officer(), at=timezone.now())
    actions = ModelLogEntry.objects.filter(action__startswith="certificates.recognition").order_by("pk")
    assert list(actions.values_list("action", "user")) [-2:] == [
        ("certificates.recognition.propose_end", officer.pk), ("certificates.recognition.end", second_officer().pk),
    ]  # fmt: skip


def test_nothing_else_ends_it(found, officer):
    with pytest.raises(WrongState):
        found.end(day=timezone.localdate(), reason="一个人", by=officer)
    end = propose(found, officer)
    with pytest.raises(WrongState):
        found.end(day=timezone.localdate(), reason="一个人", by=second_officer())
    end.refuse(note="对方已更正", by=second_officer(), at=timezone.now())
    with pytest.raises(WrongState):
        found.end(day=timezone.localdate(), reason="一个人", by=second_officer())
    assert Recognition.objects.get().status == "recognised"


def test_a_proposal_is_refused_or_taken_back_and_made_again(found, officer):
    first = propose(found, officer)
    first.refuse(note="对方已更正", by=second_officer(), at=timezone.now())
    second = propose(found, officer)
    second.withdraw(by=officer, at=timezone.now())
    propose(found, second_officer()).confirm(by=officer, at=timezone.now())
    assert [end.status for end in found.ends.all()] == ["confirmed", "withdrawn", "refused"]


def test_its_day_is_never_over(found, officer):
    at = timezone.now()
    with pytest.raises(WrongState):
        propose(found, officer, day=timezone.localdate(at) - timedelta(days=1))
    propose(found, officer).confirm(by=second_officer(), at=at + timedelta(days=5))  # confirmed after its day
    assert Recognition.objects.get().ended_on == timezone.localdate(at + timedelta(days=5))


def test_not_of_ones_own(found, officer):
    Recognition.objects.filter(pk=found.pk).update(holder=second_officer())
    found.refresh_from_db()
    with pytest.raises(WrongState):
        propose(found, second_officer())
    end = propose(found, officer)
    for step in (lambda: end.confirm(by=second_officer(), at=timezone.now()),
                 lambda: end.refuse(note="x", by=second_officer(), at=timezone.now())):  # fmt: skip
        with pytest.raises(WrongState):
            step()


def test_the_database_wants_two_people_and_reasons(found, officer):
    end = propose(found, officer)
    rows = RecognitionEnd.objects.filter(pk=end.pk)
    now, other = timezone.now(), second_officer()
    for wrong in (
        {"status": "confirmed", "decided_by": officer, "decided_at": now}, {"status": "confirmed"}, {"reason": ""},
        {"status": "refused", "decided_by": other, "decided_at": now},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecognitionEnd.objects.create(
            recognition=found, day=end.day, reason="再次", proposed_by=officer, proposed_at=timezone.now()
        )


def test_the_pages(found, officer, registrar, client_for, django_assert_max_num_queries):
    decide, today = reverse("recognition_decide", args=[found.uuid]), timezone.localdate().isoformat()
    first, second = client_for(officer, "en"), client_for(second_officer(), "en")
    holder = client_for(found.holder, "en")
    assert first.post(decide, {"step": "confirm_end"}).status_code == 404  # nothing is proposed
    assert first.post(decide, {"step": "end", "day": today, "reason": ""}).status_code == 422
    assert first.post(decide, {"step": "end", "day": today, "reason": "对方机构撤销了证书"}).status_code == 302
    assert first.post(decide, {"step": "end", "day": today, "reason": "对方机构撤销了证书"}).status_code == 409
    waits = [item.count for item in waiting_for(second_officer()) if item.url == reverse("recognition_list")]
    assert waits == [1] and not [i for i in waiting_for(officer) if i.url == reverse("recognition_list")]
    page = holder.get(found.get_absolute_url()).text
    assert "is examining" in page and "对方机构撤销了证书" not in page
    assert "You proposed to end it" in first.get(found.get_absolute_url()).text
    with django_assert_max_num_queries(14):
        page = second.get(found.get_absolute_url()).text
    assert "You are the second person" in page and "对方机构撤销了证书" in page
    assert found.holder.full_name in second.get(reverse("recognition_list"), {"state": "ending"}).text
    assert first.post(decide, {"step": "confirm_end"}).status_code == 403
    assert second.post(decide, {"step": "withdraw_end"}).status_code == 403
    for step in ("confirm_end", "refuse_end", "withdraw_end"):
        assert holder.post(decide, {"step": step}).status_code == 403
        assert client_for(registrar).post(decide, {"step": step}).status_code == 404
    assert second.post(decide, {"step": "refuse_end", "note": ""}).status_code == 422
    for status in (302, 409):
        assert second.post(decide, {"step": "confirm_end"}).status_code == status
    assert "is examining" not in holder.get(found.get_absolute_url()).text
    assert list(second.get(reverse("recognition_list"), {"state": "ending"}).context["page"]) == []


def test_one_that_a_single_officer_ended_is_marked_for_officers(found, officer, client_for):
    """As it was before two were asked for."""
    Recognition.objects.filter(pk=found.pk).update(
        status="ended", ended_on=timezone.localdate(), ended_by=officer, ended_reason="对方撤销"
    )
    client, listed = client_for(officer, "en"), reverse("recognition_list") + "?state=ended"
    assert "by one officer alone" in client.get(found.get_absolute_url()).text
    assert "by one officer" in client.get(listed).text
    assert "by one officer" in client.get(listed + "&format=csv").getvalue().decode()
    page = client_for(found.holder, "en").get(found.get_absolute_url()).text
    assert "对方撤销" in page and "by one officer" not in page
    Recognition.objects.filter(pk=found.pk).update(status="recognised", ended_on=None, ended_by=None, ended_reason="")
    propose(found, officer).confirm(by=second_officer(), at=timezone.now())
    assert "by one officer" not in client.get(found.get_absolute_url()).text + client.get(listed).text
