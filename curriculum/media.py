"""What pages need in order to draw a film or a picture: addresses, tracks, chapters, what is said, renditions."""

from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.images.shortcuts import get_renditions_or_not_found

from lms.lib.language import local

from . import captions
from .films import Elsewhere, clock, elsewhere, media_type, seconds

WIDTHS = (480, 960, 1440)
CAPTIONS_SECONDS = 24 * 60 * 60  # in the cache; a file with other bytes has another key


@dataclass(frozen=True)
class Track:
    src: str
    lang: str
    label: str
    default: bool


@dataclass(frozen=True)
class Chapter:
    seconds: int
    time: str
    title: str


@dataclass(frozen=True)
class Film:
    """src: of a file of ours; elsewhere: of another site. said: (time, words) of the captions in the page's language."""

    src: str = ""
    media_type: str = ""
    poster: str = ""
    elsewhere: Elsewhere | None = None
    tracks: list[Track] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)


def film(value: Any) -> Film:
    """Return what a film's block shows. Files that can't be read are left out; nothing raises."""
    document, address = value.get("file"), value.get("address") or ""
    files = [(value.get("captions"), "zh", _("Chinese")), (value.get("captions_en"), "en", _("English"))]
    files = [line for line in files if line[0]]
    wanted = "en" if (get_language() or "").startswith("en") else "zh"
    first = next((line for line in files if line[1] == wanted), files[0] if files else None)
    return Film(
        src=address_of(document) if document else "",
        media_type=media_type(document.filename) if document else "",
        poster=_poster(value.get("poster")),
        elsewhere=elsewhere(address) if address and not document else None,
        tracks=[Track(address_of(file), lang, label, file is first[0]) for file, lang, label in files],
        chapters=[
            Chapter(start, clock(start), local(chapter, "title"))
            for chapter in value.get("chapters") or []
            if (start := seconds(chapter["time"])) is not None
        ],
        said=[(clock(cue.start), cue.text) for cue in cues_of(first[0])] if first else [],
    )


def address_of(document: Any) -> str:
    """Return where a film or its captions are played from."""
    return getattr(document, "play_url", "") or reverse("lesson_media", args=[document.pk])


def head_of(document: Any, size: int) -> bytes | None:
    """Return the first bytes of a document, None when it can't be read."""
    if example := getattr(document, "path", None):  # `examples.py`
        return example.read_bytes()[:size]
    try:
        with document.file.storage.open(document.file.name) as stored:
            return stored.read(size)
    except (OSError, ValueError):
        return None


def cues_of(document: Any) -> list[captions.Cue]:
    """Return the cues of a captions file; [] when it can't be read. Kept in the cache by the file's hash."""
    key = f"captions:{document.pk}:{document.file_hash}" if document.file_hash else ""
    if key and (found := cache.get(key)) is not None:
        return found
    try:
        found = captions.read(head_of(document, captions.MAX_BYTES + 1) or b"")
    except captions.Unreadable:
        return []
    if key:
        cache.set(key, found, CAPTIONS_SECONDS)
    return found


def captions_problem(data: bytes) -> str:
    """Return what is wrong with captions, by line, or ""."""
    try:
        captions.read(data)
    except captions.Unreadable as problem:
        words = {
            "encoding": _("the file is not UTF-8, or larger than captions are"),
            "header": _("the first line has to be WEBVTT"),
            "time": _("a time has to stand there, such as 00:01.000 --> 00:04.000"),
            "order": _("the times have to rise"),
            "text": _("the words are missing"),
            "nothing": _("there is no caption in it"),
        }
        return _("Captions, line %(line)s: %(problem)s.") % {"line": problem.line, "problem": words[problem.what]}
    return ""


def spoken(blocks: list[dict[str, Any]]) -> list[str]:
    """Return what the captions of a lesson's films say, in every language they have, for the search: one query when there
    are any. blocks: as they stand in a revision."""
    values = [block["value"] for block in blocks if block.get("type") == "video"]
    ids = [value.get(name) for value in values for name in ("captions", "captions_en")]
    files = get_document_model().objects.in_bulk([pk for pk in ids if pk]) if any(ids) else {}
    return [cue.text for pk in ids if pk in files for cue in cues_of(files[pk])]


def _poster(image: Any) -> str:
    if not image:
        return ""
    if hasattr(image, "picture"):
        return image.picture()["src"]
    return get_renditions_or_not_found(image, ["max-1280x720"])["max-1280x720"].url


def picture(image: Any) -> dict[str, Any]:
    """Return what `<picture>` needs: src, width and height, the widths there are in the image's own format and in WebP.

    One query; what is missing is drawn and kept. An animated GIF is shown as it is.
    """
    if hasattr(image, "picture"):  # an example (`examples.py`)
        return image.picture()
    if image.filename.lower().endswith(".gif"):
        return {"src": image.file.url, "width": image.width, "height": image.height, "sources": [], "srcset": ""}
    widths = sorted({min(width, image.width) for width in WIDTHS})
    own = [f"width-{width}" for width in widths]
    webp = [f"{spec}|format-webp|webpquality-80" for spec in own]
    found = get_renditions_or_not_found(image, own + webp)
    largest = found[own[-1]]
    return {
        "src": largest.url,
        "width": largest.width,
        "height": largest.height,
        "sources": [{"type": "image/webp", "srcset": _srcset(found[spec] for spec in webp)}],
        "srcset": _srcset(found[spec] for spec in own),
    }


def _srcset(renditions: Any) -> str:
    return ", ".join(f"{rendition.url} {rendition.width}w" for rendition in renditions)
