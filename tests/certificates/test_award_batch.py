"""Many awards at once: a list of the base, a decision of the authority, one job that can die anywhere and doubles nothing."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from certificates import batching
from certificates.desk import desk_items
from certificates.log import audit
from certificates.models import Award, AwardBatch, AwardBatchRow, AwardProposal, Certificate, IssuedCredential, LogLeaf
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from tests.factories.certificates import pass_everything
from tests.factories.training import make_enrolment, make_person


@pytest.fixture
def ready(rule, enrolment, registrar, at):
    """Two people of a cohort who did everything, and one who did nothing."""
    second = make_enrolment(enrolment.cohort, make_person("第二学员"), at=at)
    for person in (enrolment, second):
        pass_everything(person, at=at, registrar=registrar)
    make_enrolment(enrolment.cohort, make_person("旁听学员"), at=at)
    return [enrolment, second]


@pytest.fixture
def batch(ready, registrar, at, run_jobs):
    batch = AwardBatch.ask(ready[0].cohort, by=registrar, at=at)
    run_jobs()
    batch.refresh_from_db()
    return batch


def states(batch):
    return sorted(batch.rows.values_list("state", flat=True))


def never_dies(*args):
    """A worker that goes on beating."""


def test_it_works(batch, ready, officer, at, run_jobs):
    assert (batch.status, states(batch)) == ("proposed", ["open", "proposed", "proposed"])
    missing = batch.rows.get(state="open").said
    assert missing and all(len(words) == 2 for words in missing)
    batch.confirm(by=officer, at=at)
    run_jobs()
    batch.refresh_from_db()
    assert (batch.status, states(batch)) == ("done", ["issued", "issued", "open"])
    certificates = Certificate.objects.prepared()
    assert certificates.count() == IssuedCredential.objects.count() == LogLeaf.objects.filter(kind="issued").count() == 2
    assert {award.confirmed_by for award in Award.objects.all()} == {officer}
    assert [award.problems() for award in Award.objects.all()] == [[], []]
    assert list(audit.problems()) == []
    assert {e.status for e in type(ready[0]).objects.filter(award__isnull=False)} == {"completed"}
    assert Job.objects.filter(kind="certificates.issue").count() == 0


def test_each_certificate_is_what_one_by_itself_would_be(batch, officer, at, run_jobs):
    from certificates.filecheck import verify_file

    batch.confirm(by=officer, at=at)
    run_jobs()
    for issued in IssuedCredential.objects.all():
        assert verify_file(issued.credential.encode(), at=issued.signed_at).verdict.state == "valid"


def test_the_chosen_only(ready, registrar, at, run_jobs):
    batch = AwardBatch.ask(ready[0].cohort, by=registrar, at=at, people=[ready[1].uuid])
    run_jobs()
    assert [row.enrolment for row in batch.rows.all()] == [ready[1]]
    with pytest.raises(WrongState):
        AwardBatch.ask(ready[0].cohort, by=registrar, at=at, people=[ready[1].uuid])


def test_two_pairs_of_eyes_also_in_the_database(batch, registrar, at):
    with pytest.raises(WrongState):
        batch.confirm(by=registrar, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardBatch.objects.filter(pk=batch.pk).update(decided_by=registrar)


def test_one_refused_by_itself_stays_out(batch, ready, officer, at, run_jobs):
    AwardProposal.objects.get(enrolment=ready[1]).refuse(by=officer, at=at, reason="材料待补。")
    batch.confirm(by=officer, at=at)
    run_jobs()
    assert states(batch) == ["issued", "left_out", "open"]
    assert Certificate.objects.count() == 1


def test_a_half_decided_list_says_so_before_it_is_confirmed(batch, ready, registrar, officer, at, client_for):
    """Line, tally and filter call who was refused by itself refused, and the sample is for who decides."""
    AwardProposal.objects.get(enrolment=ready[1]).refuse(by=officer, at=at, reason="材料待补。")
    assert dict(batch.lines().values_list("enrolment", "shows"))[ready[1].pk] == "left_out"
    url = reverse("award_batch", args=[batch.uuid])
    page = client_for(officer, "en").get(url)
    assert [count for _label, count in page.context["tallies"]] == [1, 1, 1] and page.context["waiting"] == 1
    (row,) = client_for(officer).get(url, {"state": "left_out"}).context["page"]
    assert (row.enrolment_id, row.shown, row.tone) == (ready[1].pk, "left_out", "muted")
    assert page.context["sample"] and not client_for(registrar).get(url).context["sample"]


def test_a_list_refused_line_by_line_is_finished(batch, ready, registrar, officer, at, run_jobs, client_for):
    """It waits for nobody any more, so that no officer is asked for a decision that can't be taken."""
    for proposal in AwardProposal.objects.all():
        proposal.refuse(by=officer, at=at, reason="签到不符。")
    run_jobs()
    batch.refresh_from_db()
    assert (batch.status, states(batch), batch.decided_by) == ("done", ["left_out", "left_out", "open"], officer)
    assert not Certificate.objects.exists()
    assert "no certificate was issued" in client_for(officer, "en").get(batch.get_absolute_url()).text
    AwardBatch.ask(batch.cohort, by=registrar, at=at)  # the base proposes again
    run_jobs()
    assert AwardProposal.objects.filter(status="proposed").count() == 2


def test_a_list_decided_line_by_line_is_finished_too(batch, ready, officer, at, run_jobs):
    first, second = AwardProposal.objects.order_by("pk")
    first.confirm(by=officer, at=at)
    assert dict(batch.lines().values_list("proposal", "shows"))[first.pk] == "awarded"
    second.withdraw(by=second.proposed_by, at=at)
    run_jobs()
    batch.refresh_from_db()
    assert (batch.status, states(batch)) == ("done", ["issued", "left_out", "open"])
    assert Certificate.objects.prepared().count() == IssuedCredential.objects.count() == 1


def test_a_list_taken_back_line_by_line_is_withdrawn(batch, registrar, at):
    for proposal in AwardProposal.objects.all():
        proposal.withdraw(by=registrar, at=at)
    batch.refresh_from_db()
    assert (batch.status, batch.finished_at) == ("withdrawn", at)


def test_taking_it_back_twice_is_told_as_what_it_is(client_for, batch, registrar):
    """Not as a lack of rights."""
    url = reverse("award_batch_withdraw", args=[batch.uuid])
    client = client_for(registrar, "en")
    assert "The base took it back at" in client.post(url, follow=True).content.decode()
    assert client.post(url).status_code == 409


def test_a_list_of_nobody_says_so(client_for, rule, enrolment, registrar, at, run_jobs):
    batch = AwardBatch.ask(enrolment.cohort, by=registrar, at=at)
    run_jobs()
    assert "Nobody on the list fulfils the rule" in client_for(registrar, "en").get(batch.get_absolute_url()).content.decode()


def test_the_registrar_s_desk_counts_what_was_refused(batch, ready, registrar, officer):
    def count():
        return next(item.count for item in desk_items(registrar) if item.url == reverse("award_candidates"))

    AwardProposal.objects.get(enrolment=ready[1]).refuse(by=officer, at=timezone.now(), reason="签到不符。")
    assert count() == 1
    AwardProposal.propose(ready[1], by=registrar, at=timezone.now())
    assert count() == 0


def test_facts_that_went_away_fail_one_line_and_only_that_is_tried_again(batch, ready, officer, registrar, at, run_jobs):
    from training.models import StudyRecord

    for record in StudyRecord.objects.filter(enrolment=ready[1]):
        record.reverse(by=registrar, at=at, reason="测试:误记")
    batch.confirm(by=officer, at=at)
    run_jobs()
    batch.refresh_from_db()
    assert (batch.status, states(batch)) == ("done", ["failed", "issued", "open"])
    signed = list(IssuedCredential.objects.values_list("pk", "credential_sha256"))
    from tests.factories.training import attend_everything

    attend_everything(ready[1], at=at, by=registrar)
    batch.retry(by=officer, at=at)
    run_jobs()
    assert states(batch) == ["issued", "issued", "open"]
    assert signed[0] in list(IssuedCredential.objects.values_list("pk", "credential_sha256"))
    with pytest.raises(WrongState):
        batch.retry(by=officer, at=at)


def test_a_line_that_can_not_be_drawn_does_not_hold_up_the_others(batch, ready, officer, at, run_jobs, monkeypatch):
    real = batching.draw

    def broken(certificate, *args, **kwargs):
        if certificate.holder == ready[0].user:
            raise RuntimeError("disk full")
        return real(certificate, *args, **kwargs)

    monkeypatch.setattr(batching, "draw", broken)
    batch.confirm(by=officer, at=at)
    run_jobs()
    assert states(batch) == ["failed", "issued", "open"]
    monkeypatch.undo()
    AwardBatch.objects.get(pk=batch.pk).retry(by=officer, at=at)
    run_jobs()
    assert states(batch) == ["issued", "issued", "open"]
    assert Award.objects.count() == Certificate.objects.count() == IssuedCredential.objects.count() == 2


class Killed(BaseException):
    """What kill -9 is to a worker: nothing after it runs."""


@pytest.mark.parametrize("beat_number", [1, 2, 3, 4])
def test_a_worker_that_dies_at_any_beat_leaves_a_list_that_can_go_on(batch, officer, at, beat_number):
    batch.confirm(by=officer, at=at)
    beats = []

    def beat(*args):
        beats.append(args)
        if len(beats) == beat_number:
            raise Killed

    with pytest.raises(Killed):
        batching.issue_all(batch, at=lambda: at, beat=beat, portion=1)
    batching.issue_all(batch, at=lambda: at, beat=never_dies, portion=1)
    assert states(batch) == ["issued", "issued", "open"]
    assert Award.objects.count() == Certificate.objects.count() == IssuedCredential.objects.count() == 2
    assert LogLeaf.objects.filter(kind="issued").count() == 2


def test_a_withdrawn_list_goes_no_further(batch, registrar, officer, at):
    batch.withdraw(by=registrar, at=at)
    assert set(AwardProposal.objects.values_list("status", flat=True)) == {"withdrawn"}
    with pytest.raises(WrongState):
        batch.confirm(by=officer, at=at)


def test_queries_of_a_portion_do_not_grow_with_people(rule, enrolment, registrar, at, django_assert_max_num_queries):
    for number in range(8):
        make_enrolment(enrolment.cohort, make_person(f"学员{number}"), at=at)
    batch = AwardBatch.ask(enrolment.cohort, by=registrar, at=at)
    with django_assert_max_num_queries(34):
        batching.collect(batch, at=at, beat=never_dies)
    assert states(batch) == ["open"] * 9


def test_the_pages(ready, registrar, officer, at, run_jobs, client_for, django_assert_max_num_queries):
    base, authority = client_for(registrar), client_for(officer)
    cohort = ready[0].cohort
    page = base.get(reverse("award_candidates"), {"cohort": cohort.uuid}).content.decode()
    assert 'name="everybody"' in page and str(ready[0].uuid) in page
    answer = base.post(reverse("award_batch_create"), {"cohort": cohort.uuid, "everybody": "1"})
    batch = AwardBatch.objects.get()
    assert answer["Location"] == batch.get_absolute_url()
    run_jobs()
    with django_assert_max_num_queries(16):
        page = authority.get(batch.get_absolute_url()).content.decode()
    assert reverse("award_batch_confirm", args=[batch.uuid]) in page and 'id="sample"' in page
    assert base.post(reverse("award_batch_confirm", args=[batch.uuid])).status_code == 403
    assert authority.post(reverse("award_batch_confirm", args=[batch.uuid])).status_code == 302
    assert authority.post(reverse("award_batch_confirm", args=[batch.uuid])).status_code == 409
    run_jobs()
    csv = b"".join(authority.get(batch.get_absolute_url() + "?format=csv&state=open").streaming_content).decode()
    assert "旁听学员" in csv and ready[0].user.full_name not in csv
    assert authority.get(reverse("award_batch_list") + "?state=done").content.decode().count(batch.get_absolute_url()) == 1


def test_another_base_sees_nothing_of_it(batch, outsider, client_for):
    assert client_for(outsider).get(batch.get_absolute_url()).status_code == 404
    assert batch.get_absolute_url() not in client_for(outsider).get(reverse("award_batch_list")).content.decode()


def test_a_row_can_not_be_written_without_its_proposal(batch):
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardBatchRow.objects.filter(state="open").update(state="issued")


def test_nobody_ticked_is_said_where_the_boxes_are(client_for, ready, registrar):
    client, cohort = client_for(registrar), ready[0].cohort
    response = client.post(reverse("award_batch_create"), {"cohort": cohort.uuid}, follow=True)
    assert response.status_code == 200 and "没有可提请的人" in response.content.decode()
    assert response.request["PATH_INFO"] == reverse("award_candidates") and not AwardBatch.objects.exists()


def test_a_refusal_stands_in_the_list_of_candidates(client_for, batch, ready, registrar, officer, at):
    proposal = batch.waiting().get(enrolment=ready[0]).proposal
    proposal.refuse(by=officer, at=at, reason="请核对姓名。")
    page = client_for(registrar).get(reverse("award_candidates")).content.decode()
    assert page.count("请核对姓名。") == 1 and reverse("award_detail", args=[proposal.uuid]) in page
    page = client_for(registrar).get(reverse("award_detail", args=[proposal.uuid])).content.decode()
    assert reverse("award_candidates") + "?name=" in page and batch.get_absolute_url() in page
    assert "?name=" not in client_for(officer).get(reverse("award_detail", args=[proposal.uuid])).content.decode()
