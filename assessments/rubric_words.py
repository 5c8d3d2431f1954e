"""The words of a rubric in the reader's language. Only words: keys, points and competences are the rubric's own, and what
is marked, hashed and stored is the rubric."""

from collections.abc import Iterable

from curriculum.models import EditionItem
from curriculum.reading import Reader, reader_of_item

from .models import Band, Criterion


def speak(criteria: Iterable[Criterion], item: EditionItem) -> list[Criterion]:
    """Return the criteria with the approved English words of the case they belong to, for drawing; nothing is saved.
    One query for an English reader, unless the item was asked before."""
    criteria = list(criteria)
    if (reader := reader_of_item(item)) is not None:
        for criterion in criteria:
            key = f"rubric/{criterion.key}"
            criterion.title_en = criterion.title_en or reader.text(f"{key}/title", "sister", criterion.title)
            for band in criterion.bands.all():
                speak_band(band, criterion.key, reader)
    return criteria


def speak_band(band: Band, criterion_key: str, reader: Reader) -> None:
    key = f"rubric/{criterion_key}/bands/{band.points}"
    band.label_en = band.label_en or reader.text(f"{key}/label", "sister", band.label)
    band.descriptor = reader.text(f"{key}/descriptor", "long", band.descriptor)
