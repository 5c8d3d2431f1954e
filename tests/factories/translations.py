"""A course in English, made with the real verbs. The English of a text is “EN” with its key, its markup kept."""

import re
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from curriculum.models import CoursePage, Translation, TranslationSegment
from curriculum.segments import CHINESE
from curriculum.translating import begin


def english(segment: TranslationSegment) -> str:
    """Every run of Chinese becomes one English word, so that links, tables and placeholders stay as they are."""
    word = "EN " + re.sub(r"[^a-z0-9]+", " ", segment.key.split("/", 1)[-1]).strip()
    words = re.sub(f"(?:{CHINESE.pattern}|[，。？！、：；（）“”])+", word, segment.source)
    return words[:255] if segment.kind in ("plain", "sister") else words


def translate(translation: Translation, *, by: User, reviewer: User, at: datetime | None = None,
              only: Callable[[TranslationSegment], bool] = lambda segment: True) -> Translation:  # fmt: skip
    """Translate the segments that `only` names, and approve them."""
    at = at or timezone.now()
    numbers = {}
    for segment in translation.segments.filter(present=True):
        if only(segment):
            assert segment.write(english(segment), done=True, seen=segment.number, by=by, at=at) == []
            numbers[str(segment.pk)] = segment.number
    translation.count()
    translation.approve(by=reviewer, at=at, numbers=numbers)
    return translation


def make_translations(course: CoursePage, *, by: User, reviewer: User, at: datetime | None = None) -> list[Translation]:
    """Begin the course and approve all of it."""
    at = at or timezone.now()
    begin(course, by=by, at=at)
    found = list(Translation.objects.order_by("pk"))
    return [translate(row, by=by, reviewer=reviewer, at=at) for row in found if row.segments.exists()]
