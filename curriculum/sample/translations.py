"""The English of the sample courses, from the files in `translations/`: one file a page, one row a segment, found by the
first characters of the hash of its Chinese. Written and approved through the same verbs that people use."""

from datetime import datetime
from pathlib import Path

from accounts.models import User

from ..models import CoursePage, Translation
from ..translating import begin
from .loader import HERE, case_files, lesson_files, read

FOLDER = HERE / "translations"


def files(level: str) -> dict[str, Path]:
    """Return the files of a course by the slug of their page."""
    sources = [*((path, FOLDER / "lessons" / level / path.name) for path in lesson_files(level)),
               *((path, FOLDER / "cases" / path.name) for path in case_files())]  # fmt: skip
    found = {read(source)["slug"]: path for source, path in sources if path.exists()}
    course = FOLDER / "courses" / f"{level}.yaml"
    return found | ({level: course} if course.exists() else {})


def texts(path: Path) -> dict[str, str]:
    """{first 16 characters of the hash of the Chinese: English}"""
    return {row["of"]: row["en"] for row in read(path)}


def load_translations(course: CoursePage, level: str, *, by: User, reviewer: User, at: datetime) -> int:
    """Begin the course's translation and approve what the files have; return how many segments that is."""
    begin(course, by=by, at=at)
    count = 0
    for slug, path in files(level).items():
        translation = Translation.objects.filter(page__slug=slug, organisation=course.get_parent().specific.organisation).first()
        if translation is None:  # a case that stands in another course
            continue
        english, numbers = texts(path), {}
        for segment in translation.segments.filter(present=True):
            if text := english.get(segment.source_hash[:16]):
                segment.write(text, done=True, seen=segment.number, by=by, at=at)
                numbers[str(segment.pk)] = segment.number
        translation.count()
        count += translation.approve(by=reviewer, at=at, numbers=numbers)
    return count
