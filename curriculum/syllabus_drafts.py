"""Beginning a draft: an empty one, or a deep copy of a version from which later changes can be told."""

from datetime import datetime

from django.db import transaction

from lms.lib.audit import log

from .models.syllabus import Syllabus
from .models.syllabus_standard import SyllabusStandard
from .syllabus_content import OWN, replace_content

WORDS = ("title", "title_en", "issuer", "issuer_en", "document_number", "source_url", "source_note")


def start_draft(standard: SyllabusStandard, *, slug: str, version: str, by, at: datetime) -> Syllabus:
    """Return an empty draft of the standard, with the standard's own words to begin with."""
    with transaction.atomic():
        words = {name: getattr(standard, name) for name in WORDS}
        draft = Syllabus(standard=standard, slug=slug, version=version, edited_by=by, edited_at=at, **words)
        draft.save()
        log(draft, "curriculum.syllabus.draft", by=by)
    return draft


def new_draft(
    source: Syllabus, *, slug: str, version: str, by, at: datetime, standard: SyllabusStandard | None = None
) -> Syllabus:
    """Return a draft that says what `source` says, each topic with the lineage of the one it was copied from.

    In the same standard it is the next version, keeping the core that `source` keeps; in another standard it is a
    variant that keeps the core of `source`. Nothing of it is verified: the new text has to be compared with its source.
    """
    with transaction.atomic():
        other = standard is not None and standard.pk != source.standard_id
        draft = Syllabus(
            standard=standard if other else source.standard, base=source if other else source.base,
            drafted_from=source, slug=slug, version=version, edited_by=by, edited_at=at,
            **{name: getattr(source, name) for name in OWN if name not in ("version", "verified")},
        )  # fmt: skip
        if other:
            for name in WORDS:
                setattr(draft, name, getattr(standard, name))
        draft.save()
        own = {name: getattr(draft, name) for name in OWN}
        replace_content(draft, source.content() | own)
        log(draft, "curriculum.syllabus.draft", by=by, source=source.slug)
    return draft
