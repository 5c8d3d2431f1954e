"""Reading forms (`application/x-www-form-urlencoded`) as Python's `urllib.parse.parse_qsl` does, and several times as fast where
they hold Chinese: each character comes as nine signs, %XX three times, and Python takes them one after another. An autosave sends
a whole work product; two fifths of its time was that.
"""

import re
from urllib.parse import parse_qsl as slow_parse_qsl

_ESCAPED = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_ASCII = re.compile("([\x00-\x7f]+)")


def parse_qsl(
    query: str, keep_blank_values: bool = False, *, encoding: str = "utf-8", max_num_fields: int | None = None
) -> list[tuple[str, str]]:
    """Return the names and values in order. Raises ValueError for more fields than `max_num_fields`, as Python's own does."""
    if not isinstance(query, str):
        return slow_parse_qsl(query, keep_blank_values, encoding=encoding, max_num_fields=max_num_fields)
    if max_num_fields is not None and max_num_fields < 1 + query.count("&"):
        raise ValueError("Max number of fields exceeded")
    found = []
    for pair in query.split("&"):
        name, _equals, value = pair.partition("=")
        if pair and (value or keep_blank_values):
            found.append((unquoted(name.replace("+", " "), encoding), unquoted(value.replace("+", " "), encoding)))
    return found


def unquoted(text: str, encoding: str = "utf-8") -> str:
    """Return what `urllib.parse.unquote` does. What is no escape stays as it is."""
    if "%" not in text:
        return text
    if text.isascii():
        return _bytes_of(text).decode(encoding, "replace")
    return "".join(_bytes_of(part).decode(encoding, "replace") if part.isascii() else part for part in _ASCII.split(text))


def _bytes_of(text: str) -> bytes:
    return _ESCAPED.sub(lambda run: bytes.fromhex(run[0].replace(b"%", b"").decode("ascii")), text.encode("ascii"))
