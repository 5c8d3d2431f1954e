"""Draws a certificate: plain values in, the bytes of a PDF/A-3b with the credential attached out. The same in, the same out."""

import json
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import segno
import typst

from .glyphs import FONTS, missing_glyphs

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "certificate.typ"
# We issue ability-level certificates of training bases; nothing of ours may call itself a state qualification.
FORBIDDEN = ("国家职业资格", "職業資格證書", "National Vocational Qualification")


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
    texts: dict = field(default_factory=dict)


def check(document: CertificateDocument) -> None:
    """Raise NotDrawable when something printed has no glyph or may not be said."""
    printed = json.dumps(asdict(document), ensure_ascii=False, default=str)
    if missing := missing_glyphs(printed):
        raise NotDrawable(f"no glyph for {' '.join(missing)}")
    if any(words in printed for words in FORBIDDEN):
        raise NotDrawable("a certificate of ours is not a state qualification")


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def qr_svg(url: str) -> str:
    """Return the QR code of an address as SVG, error correction M, with its quiet zone."""
    return segno.make(url, error="m", micro=False).svg_inline(scale=1, border=2, dark="#16324f", light="#ffffff")


def render_pdf(document: CertificateDocument, credential: bytes) -> bytes:
    """Return the PDF/A-3b: certificate on the first page, record of study on the second, credential.json attached."""
    check(document)
    values = asdict(document)
    values.pop("texts")
    moment = document.signed_at.astimezone(UTC)
    values["signed_at"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "certificate.typ").write_bytes(_template())
        (root / "credential.json").write_bytes(credential)
        (root / "qr.svg").write_text(qr_svg(document.verify_url), "utf-8")
        (root / "data.json").write_text(json.dumps(values, ensure_ascii=False), "utf-8")
        compiler = typst.Compiler(
            str(root / "certificate.typ"), root=folder, font_paths=[str(FONTS)], ignore_system_fonts=True
        )
        return compiler.compile(format="pdf", pdf_standards=["a-3b"], timestamp=int(moment.timestamp()))
