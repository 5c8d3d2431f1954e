"""The files a credential travels in: JSON, PDF attachment, baked PNG and SVG (Open Badges 3.0, section 5.3).

Reading is for files of strangers: told by content, never by name; nothing is unpacked beyond the size of a credential;
exactly one credential, or none. What lies around it (page, picture) is not read at all.
"""

import json
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .strict import MAX_BYTES

MAX_FILE = 1024 * 1024  # a PDF of ours has about 100 KB, a picture 60 KB
MAX_STREAMS = 8  # attachments looked at in one PDF
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
ZIP_MAGIC = b"PK\x03\x04"  # the holder's whole package, perhaps; the offline page opens those
PNG_KEYWORD = b"openbadgecredential"
SVG_NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"


class NotReadable(ValueError):
    """No credential can be taken out. `code`: a key of file_verdict.UNREADABLE."""

    def __init__(self, code: str, kind: str = "") -> None:
        super().__init__(code)
        self.code, self.kind = code, kind


@dataclass(frozen=True)
class Carried:
    """kind: "json", "pdf", "png" or "svg"; credential: the text inside, not checked yet."""

    kind: str
    credential: bytes


def extract(raw: bytes) -> Carried:
    """Return the credential inside a file. Raises NotReadable."""
    if len(raw) > MAX_FILE:
        raise NotReadable("too_large")
    start = raw[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    for kind, looks, read in (
        ("pdf", raw.startswith(b"%PDF-"), _in_pdf),
        ("png", raw.startswith(PNG_MAGIC), _in_png),
        ("json", start.startswith(b"{"), lambda raw: iter([raw])),
        ("svg", start.startswith(b"<"), _in_svg),
    ):
        if looks:
            found = list(read(raw))
            if len(found) != 1:
                raise NotReadable("more_than_one" if found else "none_inside", kind)
            if len(found[0]) > MAX_BYTES:
                raise NotReadable("too_large", kind)
            return Carried(kind, found[0])
    raise NotReadable("packed" if raw.startswith(ZIP_MAGIC) else "unknown_kind")


def _in_pdf(raw: bytes) -> Iterator[bytes]:
    """The attached JSON files. The objects are found by their text: a stream never lies inside another, so neither
    cross-references nor object streams (which can be bombs) have to be followed."""
    seen = set()
    for mark in list(re.finditer(rb"/EmbeddedFile(?![A-Za-z])", raw))[: MAX_STREAMS * 4]:
        opened = raw.rfind(b" obj", 0, mark.start())
        begin = re.compile(rb"stream\r?\n").search(raw, mark.end(), mark.end() + 2000)
        if opened < 0 or begin is None or begin.start() in seen or b"endobj" in raw[opened : begin.start()]:
            continue
        seen.add(begin.start())
        if len(seen) > MAX_STREAMS:
            raise NotReadable("more_than_one", "pdf")
        content = _stream(raw, raw[opened : begin.start()], begin.end())
        if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            yield content


def _stream(raw: bytes, dictionary: bytes, start: int) -> bytes:
    if b"/DecodeParms" in dictionary or re.search(rb"/Filter\s*\[[^\]]*/\w+[^\]]*/", dictionary):
        raise NotReadable("damaged", "pdf")
    if b"/Filter" not in dictionary:
        end = raw.find(b"endstream", start)
        return raw[start : max(end, start)].rstrip(b"\r\n")
    if not re.search(rb"/Filter\s*\[?\s*/FlateDecode", dictionary):
        raise NotReadable("damaged", "pdf")
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(raw[start:], MAX_BYTES + 1)
    except zlib.error as error:
        raise NotReadable("damaged", "pdf") from error
    if len(content) > MAX_BYTES:
        raise NotReadable("too_large", "pdf")
    return content


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG_MAGIC)
    while at + 12 <= len(raw):
        length, name = struct.unpack(">I4s", raw[at : at + 8])
        data = raw[at + 8 : at + 8 + length]
        if len(data) != length:
            break
        yield name, data
        if name == b"IEND":
            return
        at += 12 + length
    raise NotReadable("damaged", "png")


def _in_png(raw: bytes) -> Iterator[bytes]:
    for name, data in _chunks(raw):
        keyword, _, rest = data.partition(b"\0")
        if name == b"iTXt" and keyword == PNG_KEYWORD:
            if rest[:1] != b"\0":  # compressed, which the standard forbids
                raise NotReadable("damaged", "png")
            language_translated_text = rest[2:].split(b"\0", 2)
            if len(language_translated_text) != 3:
                raise NotReadable("damaged", "png")
            yield language_translated_text[2]


def _in_svg(raw: bytes) -> Iterator[bytes]:
    try:
        root = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise NotReadable("damaged", "svg") from error
    for element in root.iter(f"{{{SVG_NAMESPACE}}}credential"):
        yield (element.text or "").strip().encode("utf-8", "surrogatepass")


def credential_id(raw: bytes) -> str:
    """Return what the text calls itself, or "": read loosely, to find our row; it proves nothing."""
    return _name(_loosely(raw))


def is_record(raw: bytes) -> bool:
    """Whether the text calls itself a learner record: read loosely."""
    kinds = _loosely(raw).get("type")
    return isinstance(kinds, list) and "ClrCredential" in kinds


def belongs_to_one(raw: bytes) -> str:
    """Return "beside" for a status list, a log proof or keys, "receipt" for a receipt of an answer, "" for anything else: what
    comes with a certificate and is none. Read loosely."""
    found = _loosely(raw)
    kinds = found.get("type")
    if isinstance(kinds, list) and "BitstringStatusListCredential" in kinds:
        return "beside"
    if {"head", "inclusion"} <= found.keys() or {"verificationMethod", "assertionMethod"} <= found.keys():
        return "beside"
    return "receipt" if {"statement", "jws"} <= found.keys() else ""


def record_members(raw: bytes) -> list[str]:
    """Return what the certificates in a learner record call themselves, a few dozen at most: read loosely."""
    subject = _loosely(raw).get("credentialSubject")
    found = subject.get("verifiableCredential") if isinstance(subject, dict) else None
    return [_name(one) for one in (found if isinstance(found, list) else [])[:24] if isinstance(one, dict)]


def _name(credential: dict[str, Any]) -> str:
    name = credential.get("id")
    return name.removeprefix("urn:uuid:") if isinstance(name, str) and name.startswith("urn:uuid:") else ""


def signatures(raw: bytes) -> frozenset[str]:
    """Return the signatures the text carries: read loosely, to find which copy of ours it is."""
    return signatures_of(_loosely(raw))


def signatures_of(credential: dict[str, Any]) -> frozenset[str]:
    proofs = credential.get("proof")
    values = [p.get("proofValue") for p in (proofs if isinstance(proofs, list) else [proofs]) if isinstance(p, dict)]
    return frozenset(value for value in values if isinstance(value, str))


def _loosely(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def bake_png(picture: bytes, credential: str) -> bytes:
    """Return the PNG with the credential as its one iTXt chunk, uncompressed, right after the header."""
    data = PNG_KEYWORD + b"\0\0\0\0\0" + credential.encode()
    chunk = struct.pack(">I", len(data)) + b"iTXt" + data + struct.pack(">I", zlib.crc32(b"iTXt" + data))
    after_header = len(PNG_MAGIC) + 25
    return picture[:after_header] + chunk + picture[after_header:]


def bake_svg(picture: str, credential: str) -> bytes:
    """Return the SVG with the credential in CDATA right after its opening tag."""
    text = credential.replace("]]>", "]]]]><![CDATA[>")
    opening = re.match(r"<svg\b[^>]*>", picture)
    if opening is None:
        raise ValueError("an <svg> has to come first")
    tag = opening.group()[:-1] + f' xmlns:openbadges="{SVG_NAMESPACE}">'
    inside = f"<openbadges:credential><![CDATA[{text}]]></openbadges:credential>"
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + tag + inside + picture[opening.end() :]).encode()
