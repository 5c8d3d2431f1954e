"""The transparency log's part in the world of tests/world.py: a head that was stamped, and a witness."""

from datetime import datetime
from typing import Any

from accounts.models import User
from certificates.log.tree import sign_head
from certificates.models import HeadStamp, Witness

LOG_POSTS = {"log_cosign", "witness_bring", "witness_end"}


def log_arguments(*, by: User, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the arguments of the log's addresses. The stamp is no real one; tests/certificates/log/tsa.py has those."""
    head = sign_head(at=at)
    HeadStamp.objects.create(head=head, response=b"0", stamped_at=at, authority="Common Name: Test TSA", received_at=at)
    witness = Witness.register(code="w", name="示例见证方", address="", public_multibase="z6Mk", by=by, at=at)
    plain = ("log_cosign", "log_witness_script", "witness_list", "witness_bring")
    return {
        **{name: {"number": head.pk} for name in ("log_head_text", "log_head_stamp")},
        "witness_end": {"uuid": witness.uuid},
        **{name: {} for name in plain},
    }
