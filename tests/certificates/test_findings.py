"""Findings of the audit from night to night, and the repairs that officers accept."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from certificates.audit import Finding, every_finding, work_findings
from certificates.finding_jobs import audit_certificates
from certificates.log.tree import sign_head
from certificates.models import (
    AuditFinding,
    AuditRepair,
    Certificate,
    ChangeRequest,
    CopyRefusal,
    EndReminder,
    LogLeaf,
    StatusList,
    ValidityTerms,
)
from certificates.repair_plans import stash_name
from certificates.repairs import FITTING, REPAIRS, plan_in_words, proposals
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from tests.factories.certificates import second_officer, settle
from tests.factories.life import make_terms

C, COPY, REFUSAL = "certificates_certificate", "certificates_issuedcredential", "certificates_copyrefusal"


def sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def night(**later) -> list[AuditFinding]:
    at = timezone.now() + timedelta(**later)
    AuditFinding.objects.record(list(every_finding(at=at)), at=at)
    return list(AuditFinding.objects.open())


def accept(finding: AuditFinding, kind: str, by, run_jobs) -> AuditRepair:
    assert kind in [one.kind for one in proposals(finding)]
    repair = AuditRepair.accept(finding, kind, plan=plan_in_words(finding, kind), by=by, at=timezone.now())
    run_jobs()
    repair.refresh_from_db()
    finding.refresh_from_db()
    return repair


def test_a_finding_keeps_its_identity_from_night_to_night(db, officer):
    at = timezone.now()
    first, second = Finding("list", "/status/1/", "good until Monday", "stale"), Finding("chain", "TM-1", "no one")
    AuditFinding.objects.record([first, second], at=at)
    AuditFinding.objects.record([Finding("list", "/status/1/", "good until Tuesday", "stale")], at=at + timedelta(days=1))
    one, other = AuditFinding.objects.order_by("pk")
    assert (one.status, one.times, one.detail, one.first_seen_at) == ("open", 2, "good until Tuesday", at)
    assert (other.status, other.gone_at) == ("gone", at + timedelta(days=1))
    one.set_aside(reason="迁移期间", by=officer, at=at)
    with pytest.raises(WrongState):
        one.set_aside(reason="再次", by=officer, at=at)
    AuditFinding.objects.record([first, second], at=at + timedelta(days=2))
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, other.status, other.gone_at) == ("set_aside", "open", None)
    one.reopen(by=officer)
    assert one.status == "open" and one.reason == ""


def test_every_repair_is_reachable_and_every_kind_known():
    assert {kind for kinds in FITTING.values() for kind in kinds} == set(REPAIRS)


@pytest.mark.parametrize(
    ("break_it", "code", "kind"),
    [
        ([f"UPDATE {C} SET state = '', state_at = NULL, state_reason = ''"], "state", "restore_state"),
        ([f"DELETE FROM {REFUSAL}"], "refusal", "refuse_copy"),
        (["UPDATE certificates_statuslist SET valid_until = '2020-01-01 00:00:00+00:00'"], "list", "sign_list"),
        (["DELETE FROM certificates_logleaf WHERE kind = 'suspended'"], "log", None),
        (["UPDATE certificates_didversion SET text = 'x'"], "keys", "keep_keys"),
    ],
)  # fmt: skip
def test_what_is_broken_is_repaired_and_looked_at_at_once(certificate, officer, run_jobs, break_it, code, kind):
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now() - timedelta(hours=3))
    run_jobs()
    assert night() == []
    sql(*break_it)
    finding = next(one for one in night(hours=2) if one.code == code)
    if kind is None:
        assert proposals(finding) == [] or finding.detail.startswith("not in the log")
        return
    repair = accept(finding, kind, officer, run_jobs)
    assert (repair.state, finding.status) == ("done", "gone")
    with pytest.raises(WrongState):
        AuditRepair.accept(finding, kind, plan=[], by=officer, at=timezone.now())
    certificate.refresh_from_db()
    assert certificate.state == "suspended"


def test_no_repair_gives_validity_back(certificate, officer, run_jobs):
    sql(f"UPDATE {C} SET state = 'revoked'")
    finding = next(one for one in night(hours=2) if one.code == "state")
    assert proposals(finding) == []


def test_a_bit_that_nothing_refuses_is_never_cleared(certificate, officer, run_jobs):
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    run_jobs()
    sql(f"DELETE FROM {REFUSAL}")
    finding = next(one for one in night(hours=2) if one.code == "list")
    assert finding.part == "more" and proposals(finding) == []


def test_a_lost_file_is_put_back_or_followed_by_a_further_copy(certificate, officer, client_for, run_jobs):
    copy, storage = certificate.credentials.get(), storages["private"]
    with storage.open(copy.pdf_name) as file:
        pdf = file.read()
    storage.delete(copy.pdf_name)
    (finding,) = night(hours=2)
    assert [one.kind for one in proposals(finding)] == ["put_back", "further_copy"]
    url, client = reverse("audit_finding_decide", args=[finding.uuid]), client_for(officer, "en")
    data = {"step": "accept", "repair": "put_back"}
    wrong = client.post(url, data | {"file": SimpleUploadedFile("x.pdf", pdf + b"\n")})
    assert wrong.status_code == 422 and "its hash is another" in wrong.text
    assert client.post(url, data | {"file": SimpleUploadedFile("x.pdf", pdf)}).status_code == 302
    assert client.post(url, data | {"file": SimpleUploadedFile("x.pdf", pdf)}).status_code == 409
    run_jobs()
    finding.refresh_from_db()
    repair = finding.repairs.get()
    assert (finding.status, repair.state) == ("gone", "done") and not storage.exists(stash_name(repair))

    storage.delete(copy.pdf_name)
    storage.save(copy.pdf_name, ContentFile(b"%PDF-1.4 another"))
    (finding,) = night(hours=2)
    assert finding.times == 2
    repair = accept(finding, "further_copy", officer, run_jobs)
    assert (repair.state, finding.status, certificate.credentials.count()) == ("done", "gone", 2)
    assert certificate.status_changes.get().reason == "file_lost" and CopyRefusal.objects.get().copy == copy
    certificate.refresh_from_db()
    assert certificate.state == ""
    assert night() == []


def test_a_stuck_certificate_is_signed(certificate, officer, run_jobs):
    certificate.credentials.all()
    sql("DELETE FROM certificates_lognode", "DELETE FROM certificates_treehead", "DELETE FROM certificates_logleaf",
        "UPDATE certificates_logtree SET size = 0", f"DELETE FROM {COPY}", f"UPDATE {C} SET prepared_at = NULL")  # fmt: skip
    finding = next(one for one in work_findings(at=timezone.now() + timedelta(hours=2)) if one.code == "issue")
    AuditFinding.objects.record([finding], at=timezone.now())
    row = AuditFinding.objects.get()
    repair = accept(row, "issue", officer, run_jobs)
    assert (repair.state, row.status) == ("done", "gone")
    assert Certificate.objects.get().prepared_at


def test_a_failed_job_is_put_back_and_a_head_is_signed(certificate, officer, run_jobs):
    at = timezone.now()
    job = Job.objects.create(kind="certificates.renew_status_lists", state="failed", finished_at=at, run_after=at)
    finding = next(one for one in night() if one.code == "job")
    repair = accept(finding, "retry", officer, run_jobs)
    assert repair.state == "done"
    assert repair.plan["zh-hans"][0][0].startswith("后台任务") and repair.plan["en"][0][0].startswith("Job ")
    with translation.override("en"):
        assert repair.lines == repair.plan["en"]
        assert AuditRepair(plan=[["旧", "旧", "旧"]]).lines == [["旧", "旧", "旧"]]  # from before there were two
    job.refresh_from_db()
    assert job.state == "done"
    sql("DELETE FROM certificates_treehead")
    finding = next(one for one in night(hours=9) if one.code == "head")
    assert accept(finding, "sign_head", officer, run_jobs).state == "done"
    assert sign_head(at=timezone.now()).size == LogLeaf.objects.count()


def test_a_reminder_that_was_not_written(certificate, officer, run_jobs, mailoutbox):
    make_terms(by=officer, at=timezone.now() - timedelta(days=1), reminders=[180])
    later = certificate.valid_until - timezone.localdate() - timedelta(days=100)
    finding = next(one for one in night(days=later.days) if one.code == "reminder")
    repair = accept(finding, "remind", officer, run_jobs)
    assert repair.state == "done" and EndReminder.objects.get().days == 180
    assert ValidityTerms.objects.exists() and mailoutbox[-1].to == [certificate.holder.email]


def test_an_award_that_no_longer_holds(certificate, officer, run_jobs, client_for):
    """One officer suspends, then proposes to revoke; a second one confirms, and the finding is gone."""
    sql("UPDATE certificates_award SET edition_hash = 'sha256:0'")
    finding = next(one for one in night(hours=2) if one.code == "award")
    assert [one.kind for one in proposals(finding)] == ["suspend", "revoke"]
    assert accept(finding, "suspend", officer, run_jobs).state == "still_there"
    certificate.refresh_from_db()
    assert (certificate.state, finding.status) == ("suspended", "open")
    assert [one.kind for one in proposals(finding)] == ["revoke"]
    repair = accept(finding, "revoke", officer, run_jobs)
    assert (repair.state, finding.status) == ("waiting", "in_repair")
    change = ChangeRequest.objects.get()
    assert "waiting" in repair.state and change.proposed_by == officer
    with pytest.raises(WrongState):
        change.confirm(by=officer, at=timezone.now())
    change.confirm(by=second_officer(), at=timezone.now())
    run_jobs()
    repair.refresh_from_db()
    finding.refresh_from_db()
    assert (repair.state, finding.status) == ("done", "gone")


def test_a_refused_change_opens_the_finding_again(certificate, officer, run_jobs):
    sql("UPDATE certificates_award SET edition_hash = 'sha256:0'")
    finding = next(one for one in night(hours=2) if one.code == "award")
    accept(finding, "revoke", officer, run_jobs)
    ChangeRequest.objects.get().refuse(note="先调查", by=second_officer(), at=timezone.now())
    run_jobs()
    finding.refresh_from_db()
    assert (finding.status, finding.repairs.get().state) == ("open", "still_there")


def test_a_repair_that_can_not_be_made_says_why(certificate, officer, run_jobs):
    StatusList.objects.update(valid_until=timezone.now() - timedelta(days=1))
    finding = next(one for one in night() if one.code == "list")
    AuditRepair.accept(finding, "sign_copy", plan=[], by=officer, at=timezone.now())  # not one of a list's
    AuditRepair.objects.get().fail("原因", at=timezone.now())
    finding.refresh_from_db()
    assert (finding.status, finding.repairs.get().problem) == ("open", "原因")


def test_a_repair_without_an_end_is_given_up(certificate, officer):
    StatusList.objects.update(valid_until=timezone.now() - timedelta(days=1))
    finding = night()[0]
    AuditRepair.accept(finding, "sign_list", plan=[], by=officer, at=timezone.now())
    night(hours=8)
    finding.refresh_from_db()
    assert (finding.status, finding.repairs.get().state) == ("open", "failed")


class Handle:
    def beat(self, done=0, total=0):
        pass


def test_the_pages(certificate, officer, registrar, client_for, run_jobs, django_assert_max_num_queries):
    StatusList.objects.update(valid_until=timezone.now() - timedelta(days=1))
    audit_certificates(Handle())
    finding = AuditFinding.objects.get(code="list")
    client, listing = client_for(officer, "en"), reverse("certificate_audit")
    assert listing in client.get(reverse("desk")).text
    client.get(listing)
    with django_assert_max_num_queries(9):
        page = client.get(listing).text
    assert "A status list ran out" in page and finding.get_absolute_url() in page
    assert finding.get_absolute_url() not in client.get(listing, {"status": "gone"}).text
    text = b"".join(client.get(listing, {"status": "", "format": "csv"}).streaming_content).decode()
    assert "/status/1/" in text
    with django_assert_max_num_queries(20):
        page = client.get(finding.get_absolute_url()).text
    assert "Sign and publish the status list again" in page
    url = reverse("audit_finding_decide", args=[finding.uuid])
    assert client_for(registrar).get(finding.get_absolute_url()).status_code == 403
    assert client_for(registrar).post(url, {"step": "check"}).status_code == 403
    assert client.post(url, {"step": "nonsense"}).status_code == 400
    assert client.post(url, {"step": "accept", "repair": "nonsense"}).status_code == 400
    assert client.post(url, {"step": "accept", "repair": "issue"}).status_code == 409
    assert client.post(url, {"step": "set_aside", "reason": ""}).status_code == 422
    for _click in range(2):
        client.post(url, {"step": "set_aside", "reason": "迁移期间"})
    assert "迁移期间" in client.get(finding.get_absolute_url()).text
    client.post(url, {"step": "reopen"})
    client.post(url, {"step": "check"})
    finding.refresh_from_db()
    assert finding.status == "open"
    client.post(url, {"step": "accept", "repair": "sign_list"})
    assert client.post(url, {"step": "accept", "repair": "sign_list"}).status_code == 409
    run_jobs()
    client.post(url, {"step": "check"})
    finding.refresh_from_db()
    assert finding.status == "gone" and AuditRepair.objects.count() == 1


def test_nobody_repairs_what_their_own_certificate_is_about(certificate, officer, client_for):
    sql(f"UPDATE {C} SET holder_id = {officer.pk}")
    storages["private"].delete(certificate.credentials.get().pdf_name)
    finding = next(one for one in night(hours=2) if one.code == "file")
    client = client_for(officer, "en")
    assert "your own certificate" in client.get(finding.get_absolute_url()).text
    url = reverse("audit_finding_decide", args=[finding.uuid])
    assert client.post(url, {"step": "accept", "repair": "further_copy"}).status_code == 403
