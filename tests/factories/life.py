"""A certificate's life after issue: terms, continuing education, what comes of it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from certificates.models import Certificate, CpdEntry, Renewal, ValidityTerms
from lms.lib.uploads import check_upload
from tests.factories.historic import HISTORIC_POST, historic_arguments
from tests.factories.recognition import RECOGNITION_POST, recognition_arguments

CATEGORIES = {
    "general": {"least": "10", "most": "", "each": ""}, "professional": {"least": "20", "most": "", "each": ""},
    "conference": {"least": "", "most": "10", "each": "4"},
}  # fmt: skip
LIFE_POST = {"cpd_reminders", "leave_grant", "renewal_apply", "renewal_decide", *HISTORIC_POST, *RECOGNITION_POST}


def make_terms(*, by: User, at: datetime, **changes: Any) -> ValidityTerms:
    values = {"hours": 40, "months": 36, "categories": CATEGORIES, "window_days": 180, "grace_days": 90,
              "reminders": [180, 90, 30], "sample_percent": 0, "source": "测试"}  # fmt: skip
    terms = ValidityTerms(**{**values, **changes})
    terms.put_in_force(by=by, at=at)
    return terms


def hand_in_cpd(holder: User, *, at: datetime, accept: User | None = None, **changes: Any) -> CpdEntry:
    values = {"category": "professional", "title": "技术合同登记培训", "organiser": "示例学会", "hours": 8,
              "held_on": timezone.localdate(at)}
    upload = SimpleUploadedFile("evidence.pdf", b"%PDF-1.4 evidence")
    checked = check_upload(upload, max_bytes=1000)
    entry = CpdEntry.hand_in(holder, upload=upload, checked=checked, request_id=uuid4(), at=at, **{**values, **changes})
    if accept:
        entry.decide("accepted", by=accept, at=at)
    return entry


def life_arguments(certificate: Certificate, cast: dict, *, at: datetime) -> dict[str, dict]:
    """Return the arguments of the URLs of a certificate's life after issue."""
    make_terms(by=cast["officer"], at=at)
    entry = hand_in_cpd(certificate.holder, at=at)
    own = {"uuid": certificate.uuid}
    renewal = Renewal.objects.create(
        certificate=certificate, terms=ValidityTerms.objects.get(), found={"counted": "40", "asked": "40", "items": 2},
        seed="world", sampled=False, applied_at=at,
    )  # fmt: skip
    return historic_arguments(cast, holder=certificate.holder) | recognition_arguments(cast, holder=certificate.holder) | {
        "renewal_list": {}, "renewal_apply": own, "renewal": {"uuid": renewal.uuid}, "renewal_decide": {"uuid": renewal.uuid},
        "validity_terms": {}, "cpd_list": {}, "cpd_reminders": {}, "cpd_entry": {"uuid": entry.uuid},
        "cpd_evidence": {"uuid": entry.uuid}, "cpd": own, "cpd_add": own, "leave_grant": own,
    }  # fmt: skip
