"""Appeals: when, once, who decides, who marks afresh and what they see, and what comes of it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now
from wagtail.models import ModelLogEntry

from accounts.models import Role
from assessments.models import Allocation, Appeal, AppealPolicy, Result, Submission
from assessments.results import part_outcomes
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from tests.factories.assessments import make_assessor, make_result, scores_for
from tests.factories.training import make_person


@pytest.fixture
def failed(enrolment, at):
    return make_result(enrolment, passed=False, at=at)


@pytest.fixture
def lodged(failed, at):
    return Appeal.lodge(failed, ground="error", statement="第二项漏看了附件。", at=at)


@pytest.fixture
def admitted(lodged, registrar, at):
    lodged.admit(reason="在期限内提出。", by=registrar, at=at)
    return lodged


@pytest.fixture
def outside(other_base):
    """An assessor of another base."""
    return make_assessor(other_base)


def mark_afresh(appeal, assessor, bands, *, at):
    turn = Appeal.take_next(assessor, at=at)
    assert turn is not None and turn.appeal_id == appeal.pk
    turn.give_mark(scores_for(turn.submission, bands, comment="重新评阅。"), "重评总评。", at=at)
    appeal.refresh_from_db()
    return turn


def actions_on(appeal):
    found = ModelLogEntry.objects.filter(object_id=str(appeal.pk), action__startswith="assessments.appeal.")
    return list(found.order_by("pk").values_list("action", flat=True))


# States and deadlines


def test_the_last_day_counts_in_full(failed, at):
    until = Appeal.until(failed)
    assert (localtime(until).hour, localtime(until).minute) == (0, 0)
    assert (localdate(until) - localdate(failed.released_at)).days == 11  # ten whole days after the release
    assert Appeal.why_not(failed, at=until - timedelta(microseconds=1)) == ""
    assert Appeal.why_not(failed, at=until) == "over"
    with pytest.raises(WrongState):
        Appeal.lodge(failed, ground="error", statement="晚了。", at=until)


def test_terms_hold_from_the_release_on(officer, failed, at):
    AppealPolicy(lodge_days=3, source="测试文件").put_in_force(by=officer, at=at + timedelta(seconds=1))
    assert AppealPolicy.objects.at(at).lodge_days == 10
    assert AppealPolicy.objects.at(at + timedelta(days=1)).lodge_days == 3
    assert Appeal.why_not(failed, at=at + timedelta(days=5)) == ""


def test_once_for_a_result(lodged, failed, at):
    again = Appeal.lodge(failed, ground="other", statement="再来一次。", at=at)
    assert again.pk == lodged.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(
            result=failed, work=failed.submission, ground="other", statement="x", lodged_at=at, formal_until=at,
            decide_days=1, own_base_days=1, may_go_down=False,
        )  # fmt: skip
    lodged.withdraw(at=at)
    assert Appeal.why_not(failed, at=at) == "used"


def test_no_second_hand_in_while_it_is_open(lodged, failed, at):
    with pytest.raises(WrongState):
        Submission.start(failed.submission.run, at=at)
    lodged.withdraw(at=at)
    assert Submission.start(failed.submission.run, at=at).attempt == 2


def test_not_after_a_second_hand_in_began(failed, at):
    Submission.start(failed.submission.run, at=at)
    assert Appeal.why_not(failed, at=at) == "later"


def test_rejected_with_a_reason(lodged, failed, registrar, at):
    lodged.reject(reason="理由不在范围内。", by=registrar, at=at)
    assert (lodged.status, lodged.is_open, lodged.due) == ("rejected", False, None)
    with pytest.raises(WrongState):
        lodged.admit(reason="又改了。", by=registrar, at=at)
    assert failed.submission.result == failed
    assert actions_on(lodged) == ["assessments.appeal.lodge", "assessments.appeal.reject"]


def test_overdue_begins_at_the_deadline(lodged, registrar, at):
    due = lodged.formal_until
    assert not lodged.is_overdue(due - timedelta(microseconds=1))
    assert lodged.is_overdue(due)
    assert not Appeal.objects.overdue(due - timedelta(microseconds=1)).exists()
    assert Appeal.objects.overdue(due).get() == lodged
    lodged.admit(reason="受理。", by=registrar, at=due)
    assert not Appeal.objects.overdue(due).exists()
    assert Appeal.objects.overdue(lodged.decide_until).get() == lodged


# The fresh assessor


def test_another_base_marks_first(admitted, outside, base, at):
    near = make_assessor(base)
    assert Appeal.take_next(near, at=at) is None
    assert Appeal.objects.for_marker(near, at=admitted.own_base_from).get() == admitted  # its days are over
    assert Appeal.take_next(outside, at=at).appeal == admitted
    assert Appeal.take_next(near, at=admitted.own_base_from) is not None  # the first one's lease ran out long ago


def test_the_same_base_where_there_is_no_other(admitted, base, at):
    assert Appeal.take_next(make_assessor(base), at=at).appeal == admitted


def test_one_at_a_time_and_one_each(admitted, outside, other_base, at):
    turn = Appeal.take_next(outside, at=at)
    assert Appeal.take_next(outside, at=at) == turn
    assert Appeal.take_next(make_assessor(other_base), at=at) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(
            submission=turn.submission, appeal=admitted, assessor=make_assessor(other_base), kind="appeal", taken_at=at,
            lease_until=at,
        )  # fmt: skip


def test_who_may_not_mark_afresh(admitted, failed, cohort, registrar, moderator, trainee, at):
    late = admitted.own_base_from
    for marker in [mark.assessor for mark in failed.submission.marks.all()]:
        assert not Appeal.objects.for_marker(marker, at=late).exists()
    base = cohort.organisation
    teaching = make_assessor(base)
    cohort.instructors.add(teaching)
    declined = make_assessor(base)
    Appeal.take_next(declined, at=late).give_back(at=late, reason="认识这位学员。")
    formal = make_person("兼评阅", at_base=base, role=Role.ASSESSOR)
    Appeal.objects.filter(pk=admitted.pk).update(formal_by=formal)
    reads_it = make_assessor(base)
    reads_it.memberships.create(organisation=base, role=Role.MODERATOR, valid_from="2020-01-01")
    own = trainee
    own.memberships.create(organisation=base, role=Role.ASSESSOR, valid_from="2020-01-01")
    for nobody in (teaching, declined, formal, reads_it, own, registrar, moderator):
        assert not Appeal.objects.for_marker(nobody, at=late).exists(), nobody
    assert Appeal.objects.for_marker(make_assessor(base), at=late).exists()


def test_the_fresh_assessor_sees_no_mark_no_name_no_statement(admitted, failed, outside, client, trainee):
    turn = Appeal.take_next(outside, at=now())
    client.force_login(outside)
    page = client.get(turn.get_absolute_url())
    assert page.status_code == 200
    marker = failed.submission.marks.first().assessor
    for secret in (trainee.full_name, admitted.statement, "有依据。", "总评。", marker.email):
        assert secret not in page.text
    assert not page.context["marks"] and page.context["apart"] is None
    stranger = make_assessor(failed.enrolment.cohort.organisation)
    client.force_login(stranger)
    assert client.get(turn.get_absolute_url()).status_code == 404


def test_withdrawing_ends_the_turn(admitted, outside, at):
    turn = Appeal.take_next(outside, at=at)
    admitted.withdraw(at=at)
    with pytest.raises(WrongState):
        turn.give_mark(scores_for(turn.submission), "", at=at)
    with pytest.raises(WrongState):
        admitted.withdraw(at=at)


# What comes of it


def test_upheld_appends_a_result_and_keeps_the_first(admitted, failed, outside, moderator, enrolment, at):
    mark_afresh(admitted, outside, "top", at=at)
    assert admitted.status == "marked"
    admitted.decide(upheld=True, reason="初评漏看了附件。", by=moderator, at=at + timedelta(minutes=1))
    new = admitted.new_result
    assert (new.total, new.passed, new.method) == (100, True, "appeal")
    assert (failed.total, failed.passed) == (0, False)
    assert list(failed.submission.results.order_by("released_at")) == [failed, new]
    assert failed.submission.result == new
    assert [outcome.total for outcome in part_outcomes(enrolment)] == [100]
    assert Appeal.why_not(new, at=at) == "final"
    with pytest.raises(WrongState):  # passed now
        Submission.start(failed.submission.run, at=at)
    with pytest.raises(WrongState):
        admitted.decide(upheld=True, reason="再来。", by=moderator, at=at)
    assert Result.objects.filter(submission=failed.submission).count() == 2
    assert actions_on(admitted) == [f"assessments.appeal.{step}" for step in ("lodge", "admit", "uphold")]


def test_dismissed_changes_nothing(admitted, failed, outside, moderator, at):
    mark_afresh(admitted, outside, "top", at=at)
    admitted.decide(upheld=False, reason="理由不成立。", by=moderator, at=at)
    assert (admitted.status, admitted.new_result, failed.submission.result) == ("dismissed", None, failed)


@pytest.mark.parametrize(("may_go_down", "total"), [(False, 100), (True, 0)])
def test_whether_a_result_may_go_down(officer, enrolment, outside, registrar, moderator, at, may_go_down, total):
    AppealPolicy(may_go_down=may_go_down, source="测试文件").put_in_force(by=officer, at=at - timedelta(days=1))
    appeal = Appeal.lodge(make_result(enrolment, at=at), ground="procedure", statement="流程有误。", at=at)
    appeal.admit(reason="受理。", by=registrar, at=at)
    mark_afresh(appeal, outside, "bottom", at=at)
    appeal.decide(upheld=True, reason="流程确实有误。", by=moderator, at=at + timedelta(minutes=1))
    assert (appeal.new_result.total, appeal.new_result.passed) == (total, total == 100)


# Pages


def test_the_trainee_appeals_and_sees_how_it_stands(failed, trainee, client):
    client.force_login(trainee)
    row = failed.submission
    assert reverse("appeal_lodge", args=[row.uuid]) in client.get(reverse("submission_result", args=[row.uuid])).text
    page = client.post(reverse("appeal_lodge", args=[row.uuid]), {"ground": "error", "statement": "字" * 4001})
    assert page.status_code == 422 and "字" * 4001 in page.text  # nothing typed is lost
    file = SimpleUploadedFile("证据.pdf", b"no pdf at all")
    page = client.post(reverse("appeal_lodge", args=[row.uuid]), {"ground": "error", "statement": "见附件。", "file": file})
    assert page.status_code == 422 and "file" in page.context["form"].errors
    file = SimpleUploadedFile("证据.pdf", b"%PDF-1.4 evidence")
    page = client.post(reverse("appeal_lodge", args=[row.uuid]), {"ground": "error", "statement": "见附件。", "file": file})
    appeal = Appeal.objects.get()
    assert page.url == appeal.get_absolute_url()
    page = client.get(page.url)
    assert page.context["steps"][1]["state"] == "current" and "证据.pdf" in page.text
    assert b"".join(client.get(reverse("appeal_file", args=[appeal.uuid])).streaming_content) == b"%PDF-1.4 evidence"
    assert Job.objects.filter(kind="assessments.mail_appeal").count() == 1
    client.post(reverse("appeal_withdraw", args=[appeal.uuid]))
    client.post(reverse("appeal_withdraw", args=[appeal.uuid]))
    appeal.refresh_from_db()
    assert appeal.status == "withdrawn"


def test_others_find_nothing(lodged, outsider, other_base, client):
    stranger = make_person("别处教务", at_base=other_base, role=Role.REGISTRAR)
    for person in (outsider, stranger):
        client.force_login(person)
        assert client.get(lodged.get_absolute_url()).status_code == 404
        assert client.get(reverse("appeal_detail", args=[lodged.uuid])).status_code == 404
        assert client.get(reverse("appeal_lodge", args=[lodged.result.submission.uuid])).status_code == 404
        assert client.get(reverse("appeal_desk_file", args=[lodged.uuid])).status_code == 404
    assert not client.get(reverse("appeal_list"), {"state": "all"}).context["page"].object_list  # the stranger's own base
    client.force_login(lodged.result.enrolment.user)
    assert client.get(reverse("appeal_list")).status_code == 403


def test_the_base_decides_on_form_and_the_moderator_in_the_end(lodged, registrar, moderator, outside, client, trainee):
    address = reverse("appeal_detail", args=[lodged.uuid])
    client.force_login(registrar)
    assert trainee.full_name in client.get(address).text
    assert client.post(address, {"admit": "yes", "reason": ""}).status_code == 422
    assert client.post(address, {"admit": "yes", "reason": "受理。"}).status_code == 302
    mark_afresh(lodged, outside, "top", at=now())
    assert client.post(address, {"outcome": "upheld", "reason": "我来定。"}).status_code == 403
    client.force_login(moderator)
    page = client.get(address)
    assert trainee.full_name not in page.text and page.context["outcome"][0] == 100
    assert client.post(address, {"outcome": "upheld", "reason": "初评有误。"}).status_code == 302
    lodged.refresh_from_db()
    assert (lodged.status, lodged.decided_by) == ("upheld", moderator)
    client.force_login(trainee)
    page = client.get(reverse("submission_result", args=[lodged.result.submission.uuid]))
    assert page.context["result"] == lodged.new_result and "重评总评。" in page.text
    old = client.get(reverse("submission_result", args=[lodged.result.submission.uuid]), {"result": lodged.result.uuid})
    assert old.context["result"] == lodged.result and "重评总评。" not in old.text


def test_who_marked_it_decides_nothing(lodged, failed, base, client):
    marker = failed.submission.marks.first().assessor
    marker.memberships.create(organisation=base, role=Role.REGISTRAR, valid_from="2020-01-01")
    client.force_login(marker)
    address = reverse("appeal_detail", args=[lodged.uuid])
    assert client.get(address).context["form"] is None
    assert client.post(address, {"admit": "yes", "reason": "受理。"}).status_code == 403


def test_the_list_filters_exports_and_stays_at_its_queries(
    lodged, cohort, registrar, moderator, client, at, trainee, django_assert_max_num_queries
):
    from tests.factories.training import make_enrolment

    for number in range(3):
        other = make_result(make_enrolment(cohort, make_person(f"学员{number}"), at=at), at=at)
        Appeal.lodge(other, ground="other", statement="理由。", at=at)
    client.force_login(registrar)
    client.get(reverse("appeal_list"))
    with django_assert_max_num_queries(9):
        page = client.get(reverse("appeal_list"), {"state": "open", "cohort": str(cohort.uuid)})
    assert len(page.context["page"]) == 4 and trainee.full_name in page.text
    assert not client.get(reverse("appeal_list"), {"state": "overdue"}).context["page"].object_list
    text = b"".join(client.get(reverse("appeal_list"), {"format": "csv"}).streaming_content).decode()
    assert text.count("\n") == 5 and trainee.full_name in text
    client.force_login(moderator)
    text = b"".join(client.get(reverse("appeal_list"), {"format": "csv"}).streaming_content).decode()
    assert trainee.full_name not in text and lodged.result.enrolment.anonymous_code in text


def test_mails_name_no_score(lodged, registrar, trainee, at, run_jobs, mailoutbox):
    lodged.admit(reason="机密理由。", by=registrar, at=at)
    run_jobs()
    sent = [mail for mail in mailoutbox if "appeal-" in mail.extra_headers.get("Message-ID", "")]
    assert len(sent) == 2 and {mail.to[0] for mail in sent} == {trainee.email}
    assert all("机密理由" not in mail.body and str(lodged.result.total) not in mail.body for mail in sent)


def test_officers_set_the_terms(officer, registrar, client):
    fields = {"lodge_days": 15, "formal_days": 5, "decide_days": 20, "own_base_days": 7, "source": "", "verified": "on"}
    client.force_login(officer)
    page = client.post(reverse("appeal_terms"), fields)
    assert page.status_code == 422 and "source" in page.context["form"].errors
    assert client.post(reverse("appeal_terms"), fields | {"source": "测试文件第 3 条"}).status_code == 302
    assert AppealPolicy.objects.get().lodge_days == 15
    client.force_login(registrar)
    assert client.get(reverse("appeal_terms")).status_code == 403
