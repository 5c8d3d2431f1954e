"""A certificate's life after issue on the sample site: terms, and items of continuing education in every state."""

from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate

from certificates.audit import Finding, work_findings
from certificates.models import AuditFinding, AuditRepair, AuditRun, CpdEntry, StatusChange, ValidityTerms
from certificates.repairs import plan_in_words, proposals
from lms.lib.jobs.models import Job
from lms.lib.uploads import check_upload

from . import cast

SOURCE = "示例：未见技术经理人证书有效期与继续教育的官方规定，须由主管机构核定 / sample: no official text was found"
CATEGORIES = {
    "general": {"least": "20", "most": "", "each": ""}, "professional": {"least": "40", "most": "", "each": ""},
    "conference": {"least": "", "most": "20", "each": "8"}, "teaching": {"least": "", "most": "20", "each": "10"},
}  # fmt: skip


def set_validity(seeding) -> None:
    """Before the first certificate, for a certificate keeps the terms of its day."""
    terms = ValidityTerms(months=36, hours=90, categories=CATEGORIES, window_days=180, grace_days=90,
                          reminders=[180, 90, 30], sample_percent=10, source=SOURCE)  # fmt: skip
    terms.put_in_force(by=seeding.who(cast.OFFICER), at=seeding.ago(117))


def keep_learning(seeding) -> None:
    holder, registrar = seeding.who(cast.GRADUATE), seeding.who(cast.REGISTRAR)

    def hand_in(days_ago: int, **values) -> CpdEntry:
        upload = SimpleUploadedFile("证明.pdf", b"%PDF-1.4\n% sample evidence\n%%EOF")
        checked = check_upload(upload, max_bytes=1000)
        at = seeding.ago(days_ago)
        values = {"at": at, "held_on": localdate(at), **values}
        return CpdEntry.hand_in(holder, upload=upload, checked=checked, request_id=uuid4(), **values)

    first = hand_in(30, category="professional", title="技术合同认定登记实务", organiser="示例市技术市场协会", hours=16)
    first.decide("accepted", by=registrar, at=seeding.ago(28))
    second = hand_in(24, category="conference", title="成果转化论坛", organiser="示例大学", hours=12)
    second.decide("accepted", by=registrar, at=seeding.ago(22))
    third = hand_in(15, category="general", title="公需科目：知识产权保护", organiser="示例市人才中心", hours=8)
    third.decide("refused", by=registrar, at=seeding.ago(13), reason="示例：证明上没有姓名。")
    hand_in(3, category="general", title="公需科目：人工智能与治理", organiser="示例市人才中心", hours=10)


def _give_up(seeding) -> Job:
    """A mail to a holder for which no attempt is left. Put back into the queue, it is sent."""
    change = StatusChange.objects.filter(certificate__holder=seeding.who(cast.SUSPENDED)).latest("changed_at")
    return Job.objects.create(
        kind="certificates.mail_status", args={"change": change.pk}, key=f"sample-given-up:{change.pk}", state=Job.State.FAILED,
        attempts=settings.JOB_MAX_ATTEMPTS, run_after=seeding.ago(2), finished_at=seeding.ago(2),
        last_error="示例：邮件服务器没有应答 / sample: the mail server did not answer",
    )  # fmt: skip


def mend(seeding) -> None:
    """What a night found: a status list that ran out, and an officer who accepted to sign it again, the job follows; and a job
    that was given up, for which nobody has accepted anything yet."""
    finding, at = Finding("list", "/status/1/", f"good until {seeding.ago(2):%Y-%m-%d}", "stale"), seeding.ago(1, hour=4)
    given_up = _give_up(seeding)
    (still_open,) = [one for one in work_findings(at=at) if (one.code, one.subject) == ("job", f"#{given_up.pk}")]
    AuditRun.keep([finding.as_json(), still_open.as_json()], at=at)
    AuditFinding.objects.record([finding, still_open], at=at)
    row = AuditFinding.objects.get(fingerprint=finding.fingerprint)
    (proposal,) = proposals(row)
    plan = plan_in_words(row, proposal.kind)
    AuditRepair.accept(row, proposal.kind, plan=plan, by=seeding.who(cast.OFFICER), at=seeding.ago(1))
