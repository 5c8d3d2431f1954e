"""The transparency log's part in the world of tests/world.py: a head that was stamped."""

from datetime import datetime
from typing import Any

from certificates.log.tree import sign_head
from certificates.models import HeadStamp


def log_arguments(*, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the arguments of the log's addresses. The stamp is no real one; tests/certificates/log/tsa.py has those."""
    head = sign_head(at=at)
    HeadStamp.objects.create(head=head, response=b"0", stamped_at=at, authority="Common Name: Test TSA", received_at=at)
    return {name: {"number": head.pk} for name in ("log_head_text", "log_head_stamp")}
