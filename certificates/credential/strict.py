"""Strict reading of JSON and JSON-LD: what two readers could understand differently is refused.

PyLD has no safe mode: it drops unknown terms and signs the rest. Ours refuses them, and anything that does not come
back the same after expansion and compaction.
"""

import json
import re
import threading
from typing import Any

from pyld import jsonld
from pyld.canon import URDNA2015

from .contexts import loader

MAX_BYTES = 512 * 1024
MAX_DEPTH = 24
MAX_VALUES = 8_000  # ours have 300 to 550, a record up to twelve of them; expansion costs a millisecond for every two or three
MAX_TWINS = 4  # nodes without an id in a document in which two may look the same
MAX_INTEGER = 2**53 - 1  # beyond, a JavaScript reader rounds
# PyLD resolves a relative IRI against a base and takes one of its own for none; so ours is one that must never show up.
BASE = "https://relative.invalid/"
NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')  # what N-Quads doesn't allow in an IRI
_PYLD = threading.RLock()  # PyLD keeps caches for the process and does not guard them


class NotStrict(ValueError):
    """The text or document is not what it has to be; the message says where."""


def parse(raw: bytes | str) -> dict[str, Any]:
    """Return the JSON object in `raw`.

    Refuses duplicate members, NaN, fractions (two readers may round them differently; our documents have none), half
    characters, other top-level values, and what is too large.
    """
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")  # half a character is refused by the decoding below
    if len(raw) > MAX_BYTES:
        raise NotStrict("larger than 512 KB")
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_no_fraction
        )
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


def _no_fraction(text: str) -> None:
    raise NotStrict(f"the number {text[:20]} is not an integer")


def _check_text(text: str) -> None:
    """An escape such as \\ud800 is half a character: valid JSON, but no Unicode text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotStrict("half a character") from error


def _measure(value: Any) -> None:
    stack, count = [(value, 1)], 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_VALUES:
            raise NotStrict("nested too deeply or too many values")
        if isinstance(node, str):
            _check_text(node)
        elif isinstance(node, int) and abs(node) > MAX_INTEGER:
            raise NotStrict("a number is too large")
        elif isinstance(node, dict):
            for key in node:
                _check_text(key)
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
        with _PYLD:
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
            if name.startswith((BASE, "_:")) or ":" not in name or NO_IRI.search(name):
                raise NotStrict(f"{name!r} is not an absolute IRI")
        if "@value" not in node:
            for key, child in node.items():
                if not key.startswith("@") and (":" not in key or key.startswith(BASE) or NO_IRI.search(key)):
                    raise NotStrict(f"{key!r} is not an absolute IRI")
                _absolute(child)


def check_round_trip(document: dict[str, Any], names: dict[str, str] | None = None) -> None:
    """Refuse a document that reads otherwise after it went through its meaning and back.

    names: IRI to term, for terms that compaction never chooses, since their context gives them a type that no object has.
    """
    expanded = expand(document)
    try:
        with _PYLD:
            compacted = jsonld.compact(expanded, document["@context"], {"documentLoader": loader, "base": BASE})
    except jsonld.JsonLdError as error:
        raise NotStrict(str(error).splitlines()[0][:200]) from error
    if _normal(compacted, names or {}) != _normal(document, {}):
        raise NotStrict("the document does not compact back to itself")


def _normal(value: Any, names: dict[str, str]) -> Any:
    """Lists of one and their only value are the same in JSON-LD; order in sets does not count."""
    if isinstance(value, dict):
        return {names.get(key, key): _normal(child, names) for key, child in value.items() if key != "@context"}
    if isinstance(value, list):
        children = [_normal(child, names) for child in value]
        return children[0] if len(children) == 1 else sorted(children, key=lambda child: json.dumps(child, sort_keys=True))
    return value


class _FewTwins(URDNA2015):
    """RDFC-1.0 without its costly half, telling apart nodes that look the same, unless so few nodes have no id that it costs
    nothing: each more multiplies the work, and a hostile file of a few KB would take hours.

    Every node of ours has an id or differs from its neighbours, so that half is never needed for them.
    """

    def hash_n_degree_quads(self, id_: str, issuer: Any) -> Any:
        if len(self.blank_node_info) > MAX_TWINS:
            raise NotStrict("two nodes without an id look the same")
        return super().hash_n_degree_quads(id_, issuer)


def canonical(document: dict[str, Any]) -> bytes:
    """Return the RDF dataset in canonical N-Quads (RDFC-1.0). Raises NotStrict as `expand` does, and for twins of many nodes."""
    expanded = expand(document)
    try:
        with _PYLD:
            dataset = jsonld.to_rdf(expanded, {"documentLoader": loader, "base": BASE})
    except jsonld.JsonLdError as error:
        raise NotStrict(str(error).splitlines()[0][:200]) from error
    return _FewTwins().main(dataset, {"format": "application/n-quads"}).encode()
