"""The library of kinds of work products: templates an author takes into a case and adapts there.

Each file of `product_kinds/` is one kind (its format stands in `product_kinds/FORMAT.md`). A case keeps its own copy of the
fields, so a change here changes no page and no edition. The automatic checks of a kind stand in `assessments/checks/`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

from .deliverables import Deliverable, read_deliverable

FOLDER = Path(__file__).resolve().parent / "product_kinds"


@dataclass(frozen=True)
class Kind:
    """case_types: numbers of the table of case types in the project's notes on the domain, for authors who look for one.
    source, source_url: what the choice of fields follows; "" where it is the project's own proposal."""

    key: str
    title: str
    title_en: str
    purpose: str
    purpose_en: str
    source: str
    source_url: str
    data: dict[str, Any]

    def block_value(self) -> dict[str, Any]:
        """Return the template as the value of a DeliverableBlock, complete."""
        data = self.data
        return {
            "kind": self.key,
            "title": self.title,
            "title_en": self.title_en,
            "instructions": data["instructions"],
            "instructions_en": data["instructions_en"],
            "attachment": data.get("attachment", "optional"),
            "ai_shown": "beside",
            "team_least": 1,
            "team_most": 1,
            "fields": [_field_value(field) for field in data["fields"]],
        }

    def deliverable(self) -> Deliverable:
        return read_deliverable(self.block_value())


FIELD_DEFAULTS = {
    "label_en": "", "required": False, "help": "", "help_en": "", "max_length": 4000, "choices": [], "unit": "",
    "columns": [], "min_rows": 1, "role": "",
}  # fmt: skip
COLUMN_DEFAULTS = {"label_en": "", "kind": "text", "choices": [], "unit": "", "total": False, "role": ""}


def _field_value(field: dict[str, Any]) -> dict[str, Any]:
    value = FIELD_DEFAULTS | field
    value["choices"] = _choice_values(value["choices"])
    value["columns"] = [
        COLUMN_DEFAULTS | column | {"choices": _choice_values(column.get("choices", []))} for column in value["columns"]
    ]
    return value


def _choice_values(choices: list[Any]) -> list[dict[str, str]]:
    """Choices as [key, 中文, English] for brevity, or as the block has them."""
    return [dict(zip(("key", "label", "label_en"), c, strict=True)) if isinstance(c, list) else c for c in choices]


def filled_value(value: dict[str, Any]) -> dict[str, Any]:
    """Return the deliverable of a file (the sample's YAML) as the value of its block: what it does not say it takes from its
    kind, and else from the defaults."""
    kind = get(value.get("kind") or "")
    base = kind.block_value() if kind else {"kind": "", "title_en": "", "instructions_en": ""}
    fields = value.get("fields")
    for name in ("title", "instructions"):
        if value.get(name):
            base = base | {f"{name}_en": ""}  # words of the case's own are not translated by those of the kind
    merged = base | {name: given for name, given in value.items() if given not in (None, "")}
    if fields:
        merged["fields"] = [_field_value(field) for field in fields]
    return {"ai_shown": "beside", "team_least": 1, "team_most": 1} | merged


@cache
def library() -> dict[str, Kind]:
    """Every kind by its key, in the order of the files' `position`."""
    found = []
    for path in FOLDER.glob("*.yaml"):
        data = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        said = ("title", "title_en", "purpose", "purpose_en", "source", "source_url")
        found.append((data["position"], Kind(path.stem, *(data.get(name) or "" for name in said), data)))
    return {kind.key: kind for _position, kind in sorted(found, key=lambda pair: pair[0])}


def get(key: str) -> Kind | None:
    return library().get(key)


def choices() -> list[tuple[str, str]]:
    """The kinds for a list of choices, in the reader's language."""
    english = (get_language() or "").startswith("en")
    return [(kind.key, kind.title_en if english else kind.title) for kind in library().values()]
