"""Strict reading of JSON and JSON-LD: what two readers could understand differently is refused.

PyLD has no safe mode: it drops unknown terms and signs the rest. Ours refuses them, and anything that does not come
back the same after expansion and compaction.
"""

import json
from typing import Any

from pyld import jsonld

from .contexts import loader

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_VALUES = 20_000
# PyLD resolves a relative IRI against a base and takes one of its own for none; so ours is one that must never show up.
BASE = "https://relative.invalid/"


class NotStrict(ValueError):
    """The text or document is not what it has to be; the message says where."""


def parse(raw: bytes | str) -> dict[str, Any]:
    """Return the JSON object in `raw`. Refuses duplicate members, NaN, other top-level values, and what is too large."""
    if isinstance(raw, str):
        raw = raw.encode()
    if len(raw) > MAX_BYTES:
        raise NotStrict("larger than 256 KB")
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as error:
        raise NotStrict("nested too deeply") from error
    except ValueError as error:
        raise NotStrict(str(error) or "not JSON") from error
    if not isinstance(value, dict):
        raise NotStrict("not a JSON object")
    _measure(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("a member stands twice")
    return found


def _no_constant(name: str) -> None:
    raise NotStrict(f"{name} is not JSON")


def _measure(value: Any) -> None:
    stack, count = [(value, 1)], 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_VALUES:
            raise NotStrict("nested too deeply or too many values")
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        stack.extend((child, depth + 1) for child in children)


def check_shape(document: dict[str, Any], context: list[str]) -> None:
    """Refuse another @context than exactly this list, contexts further in, and members that are keywords or IRIs."""
    if document.get("@context") != context:
        raise NotStrict("the contexts are not exactly the ones of our profile")

    def walk(node: Any, top: bool) -> None:
        if isinstance(node, list):
            for child in node:
                walk(child, False)
        elif isinstance(node, dict):
            for key, child in node.items():
                if key.startswith("@") and not (top and key == "@context"):
                    raise NotStrict(f"the member {key} is a keyword")
                if ":" in key:
                    raise NotStrict(f"the member {key} is not a plain term")
                if child is None:
                    raise NotStrict(f"the member {key} is null")
                if key != "@context":
                    walk(child, False)

    walk(document, True)


def expand(document: dict[str, Any]) -> list[Any]:
    """Return the expanded form; refuses a term no context defines, and types or ids that are not absolute IRIs."""

    def dropped(term: Any) -> None:
        raise NotStrict(f"no context defines {term!r}")

    try:
        expanded = jsonld.expand(document, {"documentLoader": loader, "base": BASE}, on_property_dropped=dropped)
    except jsonld.JsonLdError as error:
        raise NotStrict(str(error).splitlines()[0][:200]) from error
    _absolute(expanded)
    return expanded


def _absolute(node: Any) -> None:
    if isinstance(node, list):
        for child in node:
            _absolute(child)
    elif isinstance(node, dict):
        names = node.get("@type", [])
        for name in [*(names if isinstance(names, list) else [names]), *([node["@id"]] if "@id" in node else [])]:
            if name.startswith(BASE) or (not name.startswith("_:") and ":" not in name):
                raise NotStrict(f"{name!r} is not an absolute IRI")
        if "@value" not in node:
            for key, child in node.items():
                if not key.startswith("@") and (":" not in key or key.startswith(BASE)):
                    raise NotStrict(f"{key!r} is not an absolute IRI")
                _absolute(child)


def check_round_trip(document: dict[str, Any]) -> None:
    """Refuse a document that reads otherwise after it went through its meaning and back."""
    expanded = expand(document)
    compacted = jsonld.compact(expanded, document["@context"], {"documentLoader": loader, "base": BASE})
    if _normal(compacted) != _normal(document):
        raise NotStrict("the document does not compact back to itself")


def _normal(value: Any) -> Any:
    """Lists of one and their only value are the same in JSON-LD; order in sets does not count."""
    if isinstance(value, dict):
        return {key: _normal(child) for key, child in value.items() if key != "@context"}
    if isinstance(value, list):
        children = [_normal(child) for child in value]
        return children[0] if len(children) == 1 else sorted(children, key=lambda child: json.dumps(child, sort_keys=True))
    return value


def canonical(document: dict[str, Any]) -> bytes:
    """Return the RDF dataset in canonical N-Quads (RDFC-1.0) of a document that passed `expand`."""
    expand(document)
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader, "base": BASE}
    return jsonld.normalize(document, options).encode()
