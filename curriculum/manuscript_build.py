"""From a manuscript to lessons: receive it, read it again, make the drafts below its course, all of them or none."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.images import get_image_model

from accounts.models import Organisation, User
from lms.lib.hashing import file_hash

from .manuscripts.lessons import topics_named
from .manuscripts.reading import Reading, read
from .models import CoursePage, LessonPage, Manuscript, Topic
from .portable import bytes_hash
from .walls import collection_of


@dataclass(frozen=True)
class LessonChoice:
    """What the author chose for one lesson of the reading. page: the lesson whose text is replaced; None makes a new one."""

    number: int
    title: str
    title_en: str
    minutes: int
    topics: list[int]
    page: LessonPage | None = None


@dataclass(frozen=True)
class PictureChoice:
    """alt: the words instead of the picture. left_out: the lessons do without it."""

    alt: str
    caption: str
    left_out: bool = False


def topics_of(course: CoursePage) -> list[Topic]:
    """The topics of the level that the course has as last saved, in the order of the syllabus."""
    level = course.get_latest_revision_as_object().level_id
    rows = Topic.objects.filter(module__level=level).select_related("module")
    return list(rows.order_by("module__position", "module__pk", "position", "pk"))


def receive(
    data: bytes, *, kind: str, title: str, split: bool, course: CoursePage, organisation: Organisation, by: User, at: datetime
) -> Manuscript:
    """Read the manuscript and keep it with what was found. Raises manuscripts.notes.Refused: then nothing is kept."""
    found = read(data, kind=kind, title=title, split=split)
    manuscript = Manuscript(
        course=course, organisation=organisation, title=title[:255], kind=kind, split=split, size=len(data),
        sha256=file_hash(BytesIO(data)), uploaded_by=by, uploaded_at=at, reading=_with_topics(found, course),
    )  # fmt: skip
    manuscript.keep_files(data, {key: picture.data for key, picture in found.pictures.items()})
    manuscript.save()
    return manuscript


def read_again(manuscript: Manuscript, *, split: bool) -> None:
    """Read the kept file as one lesson or as several. Raises Refused and changes nothing when that gives no lessons."""
    data = manuscript.source()
    found = read(data, kind=manuscript.kind, title=manuscript.title, split=split)
    manuscript.note_reading(_with_topics(found, manuscript.course), split=split)
    manuscript.keep_files(data, {key: picture.data for key, picture in found.pictures.items()})


def _with_topics(found: Reading, course: CoursePage) -> dict[str, Any]:
    """The reading as JSON, each lesson with the codes of the topics it names."""
    reading = found.as_json()
    topics = [(topic.code, topic.title, topic.title_en) for topic in topics_of(course)]
    for lesson in reading["lessons"]:
        lesson["codes"], unknown = topics_named(lesson, topics)
        lesson["notes"] += [
            {"place": lesson["place"], "near": "",
             "text": _("“%(name)s” is no topic of this level; choose the topics below.") % {"name": name[:60]}}
            for name in unknown
        ]  # fmt: skip
    return reading


def make(
    manuscript: Manuscript, lessons: Iterable[LessonChoice], pictures: dict[str, PictureChoice], *, by: User, at: datetime
) -> list[LessonPage]:
    """Make or change the lessons as drafts, in one transaction. Raises WrongState when that was done before, and
    ValidationError when a page is not as its fields want it."""
    kept: list[Any] = []
    try:
        with transaction.atomic():
            course = CoursePage.objects.select_for_update().get(pk=manuscript.course_id)
            lessons = list(lessons)
            drafts = {choice.number: manuscript.reading["lessons"][choice.number] for choice in lessons}
            images = {
                key: _image(manuscript, key, pictures[key], kept, by=by)
                for key in _used(drafts.values()) if not pictures[key].left_out
            }  # fmt: skip
            pages = [_lesson(choice, drafts[choice.number], course, images, pictures, by=by) for choice in lessons]
            made = [{"page": page.pk, "title": page.title, "new": choice.page is None}
                    for page, choice in zip(pages, lessons, strict=True)]  # fmt: skip
            manuscript.note_made(made, by=by, at=at)
    except BaseException:
        for image in kept:  # the rows go with the transaction; the bytes would stay
            image.file.storage.delete(image.file.name)
        raise
    return pages


def _used(drafts: Iterable[dict[str, Any]]) -> list[str]:
    """The pictures that the lessons show, each once."""
    keys = [block["value"]["image"] for draft in drafts for block in draft["body"] if block["type"] == "figure"]
    return list(dict.fromkeys(keys))


def _image(manuscript: Manuscript, key: str, choice: PictureChoice, kept: list[Any], *, by: User):
    """The picture in the base's own collection: the one that is there with these bytes, or a new one."""
    model, collection = get_image_model(), collection_of(manuscript.organisation)
    data = manuscript.picture(key)
    suffix = manuscript.reading["pictures"][key]["suffix"]
    sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()  # what Wagtail keeps of a picture
    for there in model.objects.filter(collection=collection, file_hash=sha1).order_by("pk"):
        if bytes_hash(there, fresh=True) == f"sha256:{key}":
            return there
    image = model(
        title=(choice.caption or choice.alt)[:255], description=choice.alt[:255], collection=collection, uploaded_by_user=by,
        file=ContentFile(data, f"{slugify(choice.caption or choice.alt)[:40] or 'figure'}-{key[:8]}{suffix}"),
    )  # fmt: skip
    image.save()
    kept.append(image)
    image.get_file_hash()
    return image


def body_of(draft: dict[str, Any], images: dict[str, int], pictures: dict[str, PictureChoice]) -> list[dict[str, Any]]:
    """The blocks of a lesson with the ids of its pictures; pictures without one are left out."""
    body = []
    for block in draft["body"]:
        value = block["value"]
        if block["type"] == "figure":
            if value["image"] not in images:
                continue
            choice = pictures[value["image"]]
            value = {"image": images[value["image"]], "alt": choice.alt, "caption": choice.caption}
        body.append({"type": block["type"], "value": value})
    return body


def _lesson(
    choice: LessonChoice, draft: dict[str, Any], course: CoursePage, images: dict[str, Any],
    pictures: dict[str, PictureChoice], *, by: User,
) -> LessonPage:  # fmt: skip
    body = body_of(draft, {key: image.pk for key, image in images.items()}, pictures)
    values = {
        **draft["facts"], "title": choice.title, "title_en": choice.title_en, "minutes": choice.minutes,
        "body": LessonPage.body.field.stream_block.to_python(body),
    }  # fmt: skip
    if choice.page is None:
        page = LessonPage(**values, slug=_slug(choice, course), live=False, owner=by)
        course.add_child(instance=page)
    else:
        page = choice.page.get_latest_revision_as_object()
        for name, value in values.items():
            setattr(page, name, value)
        page.full_clean()
    page.topics.set(choice.topics)
    if choice.page is None:
        page.save()
    page.save_revision(user=by, log_action=choice.page is not None)
    return page


def _slug(choice: LessonChoice, course: CoursePage) -> str:
    """A short address from the English title, one that no page below the course has; "" leaves it to Wagtail."""
    wanted = slugify(choice.title_en)[:80].strip("-")
    if not wanted:
        return ""
    taken = set(course.get_children().values_list("slug", flat=True))
    number = 1
    while (slug := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return slug

