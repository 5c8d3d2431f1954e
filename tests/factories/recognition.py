"""Agreements on recognition, and people who apply: bodies and papers are fictional."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from certificates.models import Recognition, RecognitionAgreement, RecognitionEnd
from lms.lib.uploads import check_upload

from .certificates import second_officer

RECOGNITION_POST = {"agreement_decide", "recognition_decide"}


def make_agreement(by: User, *, approve: User | None = None, at: datetime | None = None, **changes: Any) -> RecognitionAgreement:
    at = at or timezone.now()
    fields = {
        "body": "示例协会", "body_en": "Sample Society", "kind": "示例技术经理人证书", "kind_en": "Sample certificate",
        "level": "junior", "standard": None, "valid_from": date(2020, 1, 1), "valid_until": None,
        "source": "示例协议（示例）", "verified": False,
        "reason": "内容相当（示例）",
    }  # fmt: skip
    made = RecognitionAgreement.draft({**fields, **changes}, by=by, at=at)
    if approve:
        made.approve(by=approve, at=at)
    return made


def apply_for(agreement: RecognitionAgreement, by: User, *, at: datetime | None = None, **changes: Any) -> Recognition:
    upload = SimpleUploadedFile("paper.pdf", b"%PDF-1.4 paper")
    checked = check_upload(upload, max_bytes=1000)
    values = {"holder_name": by.full_name, "their_number": "示协0001", "their_day": date(2024, 5, 1), "valid_until": None}
    return Recognition.ask(
        agreement, **{**values, **changes}, upload=upload, checked=checked, request_id=uuid4(), by=by, at=at or timezone.now()
    )


def recognition_arguments(cast: dict, *, holder: User) -> dict[str, dict]:
    """Return the arguments of the URLs of recognition: one that the graduate applied for, one that was recognised, a draft."""
    from tests.factories.certificates import second_officer

    officer = cast["officer"]
    agreement = make_agreement(officer, approve=second_officer())
    found, recognised = apply_for(agreement, holder), apply_for(agreement, holder, their_number="示协0009")
    recognised.recognise(basis="看过", by=officer, at=timezone.now())
    draft = {"uuid": make_agreement(officer, kind="另一种").uuid}
    own = {"uuid": found.uuid}
    return {name: {} for name in ("recognition_list", "recognition_ask", "recognition_agreements")} | {
        "recognition_agreement": draft, "agreement_decide": draft, "recognition": own, "recognition_decide": own,
        "recognition_evidence": own, "recognition_share_list": {"uuid": recognised.uuid},
    }  # fmt: skip


def end_it(found: Recognition, *, by: User, reason: str = "对方撤销", day: date | None = None, at: datetime) -> RecognitionEnd:
    """Have it ended by two officers: `by` proposes it."""
    made = RecognitionEnd.propose(found, day=day or timezone.localdate(at), reason=reason, by=by, at=at)
    made.confirm(by=second_officer(), at=at)
    found.refresh_from_db()
    return made
