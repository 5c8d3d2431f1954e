"""Awards and certificates made through the real verbs: from attendance and marked work to the signed file."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Organisation, Role, User
from assessments.models import Allocation, Assignment, CaseRun, Result, Submission
from certificates.audit import Finding
from certificates.models import (
    AuditFinding,
    AwardProposal,
    AwardRule,
    Certificate,
    ChangeRequest,
    LearnerRecord,
    NameChange,
    ShareCode,
    StatusChange,
    WalletOffer,
)
from certificates.records import make as make_record
from curriculum.cases import CaseScript
from curriculum.models import Level
from lms.lib.jobs.runner import run_due
from lms.lib.uploads import check_upload
from tests.factories.training import attend_everything, make_person
from training.models import Enrolment

RULE = {"hours": {"modules": "syllabus"}, "cases": {"required": True}, "parts": {"each": True}}


def make_rule(level: Level, *, at: datetime, **changes) -> AwardRule:
    """Return the rule in force for a level."""
    values = {"version": 1, "title": "测试授予条件", "title_en": "Test rule", "conditions": RULE, "valid_months": 36}
    rule = AwardRule.objects.create(level=level, **{**values, **changes})
    rule.bring_into_force(by=None, at=at)
    return rule


def answers_for(script: CaseScript) -> dict[str, Any]:
    """Return a complete work product for any case."""
    values: dict[str, Any] = {}
    for field in script.deliverable.fields:
        if field.kind == "table":
            row = {column.key: "内容" for column in field.columns}
            values[field.key] = [dict(row) for _ in range(max(field.min_rows, 1))]
        else:
            values[field.key] = "12" if field.kind == "number" else "写得清楚的一段话。"
    return values


def hand_in(enrolment: Enrolment, assignment: Assignment, *, at: datetime) -> Submission:
    """Play the case by its first options and hand its work product in."""
    script = CaseScript.from_item(assignment.item)
    run = CaseRun.start(enrolment, assignment, at=at)
    while not run.is_played:
        stage = script.stage(run.stage_key)
        run.decide(stage.key, stage.decision.options[0].key if stage.decision else "", at=at)
    submission = Submission.start(run, at=at)
    submission.save_draft(answers_for(script), number=submission.draft_number, key="factory", at=at)
    return submission.hand_in(at=at, ai_use="未使用。")


def mark(submission: Submission, assessor: User, *, at: datetime, top: bool = True) -> Allocation:
    """Let the assessor take this script and give the highest (or lowest) band on every criterion."""
    allocation = Allocation.take_next(assessor, at=at)
    assert allocation is not None and allocation.submission_id == submission.pk
    scores = {}
    for criterion in submission.assignment.rubric.lines():
        points = [band.points for band in criterion.bands.all()]
        scores[criterion.key] = {"points": max(points) if top else min(points), "comment": "有依据。"}
    allocation.give_mark(scores, "总评。", at=at)
    return allocation


def pass_everything(enrolment: Enrolment, *, at: datetime, registrar: User | None = None, top: bool = True) -> None:
    """Give the enrolment every hour and a released result for every case; passed unless `top=False`."""
    base = enrolment.cohort.organisation
    registrar = registrar or make_person("登记员", at_base=base, role=Role.REGISTRAR)
    assessors = [make_person("评阅人", at_base=base, role=Role.ASSESSOR) for _ in range(2)]
    attend_everything(enrolment, at=at, by=registrar)
    for assignment in Assignment.objects.filter(part__plan__edition=enrolment.cohort.edition):
        submission = hand_in(enrolment, assignment, at=at)
        for assessor in assessors:
            mark(submission, assessor, at=at, top=top)
        submission.refresh_from_db()
        Result.release(submission, by=registrar, at=at)


def make_certificate(enrolment: Enrolment, *, registrar: User, officer: User, at: datetime) -> Certificate:
    """Return a certificate that went the whole way: facts, proposal, confirmation, signature."""
    if not AwardRule.objects.for_enrolment(enrolment):
        make_rule(enrolment.cohort.edition.level, at=at - timedelta(days=1))
    pass_everything(enrolment, at=at, registrar=registrar)
    award = AwardProposal.propose(enrolment, by=registrar, at=at).confirm(by=officer, at=at)
    run_due()
    return Certificate.objects.get(award=award)


def second_officer() -> User:
    """Return another officer of the authority, the same one each time."""
    authority = Organisation.objects.authority()
    found = User.objects.filter(full_name__startswith="第二发证").first()
    return found or make_person("第二发证", at_base=authority, role=Role.OFFICER)


def settle(certificate: Certificate, kind: str, *, by: User, **values) -> StatusChange:
    """Change a certificate's status as two officers do it: one proposed it, `by` confirms."""
    return certificate.change_status(kind, proposed_by=second_officer(), by=by, **values)


def share_arguments(certificate: Certificate, *, at: datetime) -> dict[str, dict]:
    """Return the arguments of the URLs of share codes."""
    share, code = ShareCode.make(certificate, request_id=uuid4(), label="示例单位", days=30, by=certificate.holder, at=at)
    record = LearnerRecord.ask(certificate.holder, request_id=uuid4(), at=at)
    make_record(record, at=at)
    names = ("share_extend", "share_revoke")
    return {name: {"uuid": share.uuid} for name in names} | {
        "share_list": {"uuid": certificate.uuid}, "share_link": {"code": code}, "share_link_json": {"code": code},
        "verify_qr": {"payload": "A"}, "verify_offline": {}, "verify_offline_zip": {}, "learner_records": {},
        "learner_record_json": {"uuid": record.uuid},
        **wallet_arguments(certificate, at=at),
    }  # fmt: skip


def wallet_arguments(certificate: Certificate, *, at: datetime) -> dict[str, dict]:
    """Return the arguments of the URLs of wallets. The link is open for an hour, whenever the world began."""
    asked = {"by": certificate.holder, "at": at}
    offer, _code, _tx = WalletOffer.make(certificate, "offer", request_id=uuid4(), **asked)
    link, code, _none = WalletOffer.make(certificate, "link", request_id=uuid4(), **asked)
    WalletOffer.objects.filter(pk=link.pk).update(expires_at=timezone.now() + timedelta(hours=1))
    return {
        "wallet": {"uuid": certificate.uuid}, "wallet_revoke": {"uuid": offer.uuid}, "wallet_link": {"code": code},
        "wallet_token": {}, "wallet_credential": {}, "wallet_issuer": {}, "wallet_server": {},
    }  # fmt: skip


def change_arguments(certificate: Certificate, *, at: datetime) -> dict[str, dict]:
    """Return the arguments of the URLs of changes: one that the holder asked for, and a request for all certificates."""
    upload = SimpleUploadedFile("evidence.pdf", b"%PDF-1.4 evidence")
    checked = check_upload(upload, max_bytes=1000)
    asked = ChangeRequest.ask(
        certificate, name="新名", name_latin="", shown=False, upload=upload, checked=checked, by=certificate.holder, at=at
    )
    own = {"uuid": asked.uuid}
    names = ("change_request", "change_request_decide", "change_request_evidence")
    case = NameChange.objects.create(
        holder=certificate.holder, name="新名", evidence_type=checked.media_type, evidence_sha256=checked.sha256, asked_at=at
    )
    case.keep_evidence(upload, checked)
    together = {name: {"uuid": case.uuid} for name in ("name_change", "name_change_decide", "name_change_evidence")}
    return dict.fromkeys(names, own) | together | {
        "name_change_ask": {},
        "change_request_list": {}, "certificate_audit": {}, **finding_arguments(at=at),
        "did_versions": {}, "did_version": {"number": 1}, "pdf_signers": {},
        "pdf_signer_lists": {}, "pdf_signer_list": {"number": 1}, "key_list": {},
    }  # fmt: skip


def finding_arguments(*, at: datetime) -> dict[str, dict]:
    """Return the arguments of the URLs of the audit's findings: one that is open."""
    AuditFinding.objects.record([Finding("list", "/status/1/", "good until yesterday", "stale")], at=at)
    own = {"uuid": AuditFinding.objects.get().uuid}
    return {"audit_finding": own, "audit_finding_decide": own}
