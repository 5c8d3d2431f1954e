"""What must not stand on a certificate of ours: words by which it would call itself something else (claims.json)."""

import json
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

REASONS = {
    "state": _("It belongs to certificates of the state. What we issue is the ability level of a training base."),
    "licence": _("It promises a right to practise. What we issue says what somebody has learned, nothing more."),
}


@cache
def _claims() -> list[dict[str, str]]:
    return json.loads((Path(__file__).resolve().parent / "claims.json").read_text("utf-8"))


def claims_in(text: str, *, only: str = "") -> list[tuple[str, str]]:
    """Return (words, why not) for each claim in a text, whatever its spaces and letter case. only: of this reason."""
    plain, claims = _plain(text), [claim for claim in _claims() if only in ("", claim["reason"])]
    return [(claim["words"], str(REASONS[claim["reason"]])) for claim in claims if _plain(claim["words"]) in plain]


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
