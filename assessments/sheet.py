"""The marking sheet as a form: names of inputs, what was chosen, what is missing. Knows no request.

Inputs are named `points.<criterion>` and `comment.<criterion>`, besides `comment`, `reason`, `notes` (JSON) and what
`passages.typed` reads where there is no script.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from . import passages
from .feedback import Voice
from .models import Band, Criterion
from .workproduct import plain

MAX_COMMENT = 4000


@dataclass(frozen=True)
class SheetLine:
    """One criterion to be judged. bands: best first; chosen: points as text; voices: for the moderator only."""

    criterion: Criterion
    bands: list[Band]
    chosen: str
    comment: str
    error: str = ""
    apart: bool = False
    voices: list[Voice] = field(default_factory=list)


def read(criteria: Iterable[Criterion], post: QueryDict) -> dict[str, Any]:
    """Return what was chosen and typed, in the shape that `Allocation.draft` keeps."""
    scores = {
        criterion.key: {
            "points": plain(post.get(f"points.{criterion.key}"))[:5],
            "comment": plain(post.get(f"comment.{criterion.key}")),
        }
        for criterion in criteria
    }
    notes = passages.typed(post)
    return {
        "scores": scores,
        "comment": plain(post.get("comment")),
        "reason": plain(post.get("reason")),
        **({"notes": notes} if notes else {}),
    }


def too_long(draft: Mapping[str, Any]) -> list[str]:
    """Return where more was written than a mark takes: criterion keys, "comment", "reason"."""
    found = [key for key, score in draft["scores"].items() if len(score["comment"]) > MAX_COMMENT]
    return found + [name for name in ("comment", "reason") if len(draft[name]) > MAX_COMMENT]


def pairs(draft: Mapping[str, Any]) -> list[list[str]]:
    """Return a draft as (name, value) pairs of inputs, for a page that has to take over newer content."""
    found = [["comment", draft.get("comment", "")], ["reason", draft.get("reason", "")]]
    found.append(["notes", passages.write(draft.get("notes", []))])
    for key, score in draft.get("scores", {}).items():
        found += [[f"points.{key}", str(score.get("points", ""))], [f"comment.{key}", score.get("comment", "")]]
    return found


def lines(
    criteria: Iterable[Criterion], draft: Mapping[str, Any], *, errors: Mapping[str, str] | None = None,
    apart: Iterable[str] = (), voices: Mapping[str, list[Voice]] | None = None,
) -> list[SheetLine]:  # fmt: skip
    """Return the criteria as they are drawn. errors: {criterion key: sentence}."""
    scores = draft.get("scores", {})
    found = []
    for criterion in criteria:
        score = scores.get(criterion.key, {})
        found.append(
            SheetLine(
                criterion,
                sorted(criterion.bands.all(), key=lambda band: -band.points),
                str(score.get("points", "")),
                str(score.get("comment", "")),
                (errors or {}).get(criterion.key, ""),
                criterion.key in apart,
                (voices or {}).get(criterion.key, []),
            )
        )
    return found
