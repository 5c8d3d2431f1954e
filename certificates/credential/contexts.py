"""The pinned JSON-LD contexts and JSON schemas shipped with the product; nothing else is ever loaded."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "vc_data"

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
BADGE_CONTEXT = [CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS]  # exactly these, in this order
RECORD_CONTEXT = [CREDENTIALS_V2, CLR, OPEN_BADGES, OPEN_BADGES_EXTENSIONS]
STATUS_CONTEXT = [CREDENTIALS_V2]
DID_CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
ACHIEVEMENT_SCHEMA = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
CLR_SCHEMA = "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_clrcredential_schema.json"


class UnknownDocument(Exception):
    """A document was asked for that is not shipped with the product."""


@cache
def manifest() -> dict[str, Any]:
    return json.loads((DATA / "manifest.json").read_text("utf-8"))


@cache
def document(url: str) -> Any:
    """Return a pinned context or schema by its address, its bytes checked against the manifest's SHA-256."""
    entry = manifest()["contexts"].get(url) or manifest()["schemas"].get(url)
    if entry is None:
        raise UnknownDocument(url)
    raw = (DATA / entry["file"]).read_bytes()
    if hashlib.sha256(raw).hexdigest() != entry["sha256"]:
        raise UnknownDocument(f"{url}: the file shipped with the product was changed")
    return json.loads(raw)


def loader(url: str, options: dict | None = None) -> dict[str, Any]:
    """PyLD's document loader: pinned documents only."""
    return {"contextUrl": None, "documentUrl": url, "document": document(url), "contentType": "application/ld+json"}
