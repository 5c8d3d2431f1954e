"""Draws a certificate: plain values in, the bytes of a PDF/A-3b with the credential attached out. The same in, the same out."""

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import segno

from lms.lib.typesetting import typeset, typeset_picture

from .claims import claims_in
from .design import Design
from .glyphs import code_named, missing_glyphs

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "certificate.typ"


class NotDrawable(ValueError):
    """The certificate can't be drawn as it is: characters without a glyph, or words that must not stand on it."""


@dataclass(frozen=True)
class HoursLine:
    title: str
    title_en: str
    earned: str
    required: str


@dataclass(frozen=True)
class CertificateDocument:
    """Everything printed. Chinese first, English beside; empty English falls back to Chinese."""

    number: str
    name: str
    name_latin: str
    level: str
    level_en: str
    syllabus: str
    syllabus_en: str
    syllabus_version: str
    course: str
    course_en: str
    base: str
    base_en: str
    authority: str
    authority_en: str
    issued_on: str
    valid_until: str
    verify_url: str
    verify_page: str
    is_sample: bool
    hours_verified: bool
    signed_at: datetime
    hours: tuple[HoursLine, ...] = ()
    cases: tuple[tuple[str, str], ...] = ()
    competences: tuple[tuple[str, str, str], ...] = ()  # title, English title, level code
    edition_hash: str = ""
    credential_sha256: str = ""
    copy: int = 1
    replaces: str = ""  # the number of the certificate that this one corrects
    design: Design = field(default_factory=Design)
    qr: tuple[str, ...] = ()  # the address in the QR code, in pieces; without it, verify_url


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from _strings(child)
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))


def check(document: CertificateDocument) -> None:
    """Raise NotDrawable when something printed has no glyph or may not be said."""
    printed = list(_strings(asdict(document)))
    if missing := missing_glyphs(" ".join(printed)):
        raise NotDrawable("no glyph for " + code_named(missing))
    if any(claims_in(text, only="state") for text in printed):
        raise NotDrawable("a certificate of ours is not a state qualification")


def _one_line(value: Any) -> Any:
    """The same values with every run of white space, line breaks too, as one space."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, (list, tuple)):
        return [_one_line(child) for child in value]
    if isinstance(value, dict):
        return {key: _one_line(child) for key, child in value.items()}
    return value


def qr_svg(parts: tuple[str, ...]) -> str:
    """Return the QR code of an address as SVG, error correction M or better, with the whole quiet zone.

    parts: written one after the other, each in the densest mode it fits (base32 needs 5.5 bits a character, not 8).
    """
    code = segno.make(parts, error="m", micro=False)
    return code.svg_inline(scale=1, border=4, dark="#16324f", light="#ffffff")


def render_pdf(document: CertificateDocument, credential: bytes) -> bytes:
    """Return the PDF/A-3b: certificate on the first page, record of study after it, credential.json attached.

    credential: UTF-8 text; the attachment has exactly these bytes.
    Raises NotDrawable. The first call of a process takes a few tenths of a second, each further one about 0.05 s.
    """
    moment, inputs = _inputs(document)
    inputs["credential"] = credential.decode("utf-8")
    return typeset(TEMPLATE, inputs, at=moment, standards=["a-3b"])


def render_preview(document: CertificateDocument) -> bytes:
    """Return the first page as PNG, about 1,100 pixels at its longer side. Raises NotDrawable."""
    return typeset_picture(TEMPLATE, _inputs(document)[1] | {"credential": "{}"})


def _inputs(document: CertificateDocument) -> tuple[datetime, dict[str, str]]:
    check(document)
    moment = document.signed_at.astimezone(UTC)
    values = asdict(replace(document, design=replace(document.design, logo=b"", seal=b"")))
    values = _one_line(values | {"signed_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "design": document.design.as_values()})
    return moment, {
        "data": json.dumps(values, ensure_ascii=False),
        "qr": qr_svg(document.qr or (document.verify_url,)),
        "logo": _wrapped(document.design.logo),
        "seal": _wrapped(document.design.seal),
    }


def _wrapped(picture: bytes) -> str:
    """A PNG inside an SVG, for what goes to typst is text."""
    if not picture:
        return ""
    width, height = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    data = base64.b64encode(picture).decode()
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="data:image/png;base64,{data}"/></svg>'
