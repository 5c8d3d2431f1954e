"""Reads captions (WebVTT, https://www.w3.org/TR/webvtt1/). Pure: text in, cues out, or a line that is wrong."""

import re
from dataclasses import dataclass

TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
TIMES = re.compile(rf"{TIME}[ \t]+-->[ \t]+{TIME}(?:[ \t].*)?$")
MARKS = re.compile(r"</?[a-zA-Z0-9][^<>]*>|<\d[\d:.]*>")  # in one pass, however many < there are
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": "\u00a0", "&lrm;": "", "&rlm;": ""}
MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class Cue:
    """start and end: seconds from the beginning; text: lines without marks."""

    start: float
    end: float
    text: str


class Unreadable(Exception):
    """line: from 1; what: "encoding", "header", "time", "order", "text" or "nothing"."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line, self.what = line, what


def read(data: bytes) -> list[Cue]:
    """Return the cues in their order. Raises Unreadable: not UTF-8 or too large, no header, a time that is none, a cue
    that ends before it begins or begins before the one above it, a cue without words, no cue at all."""
    if len(data) > MAX_BYTES:
        raise Unreadable(1, "encoding")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(data[: error.start].count(b"\n") + 1, "encoding") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if "\x00" in text or not re.match(r"WEBVTT(?:[ \t].*)?$", lines[0]):
        raise Unreadable(1, "header")
    cues: list[Cue] = []
    for number, block in _blocks(lines):
        if cue := _cue(number, block):
            if cues and cue.start < cues[-1].start:
                raise Unreadable(number, "order")
            cues.append(cue)
    if not cues:
        raise Unreadable(len(lines), "nothing")
    return cues


def _blocks(lines: list[str]) -> list[tuple[int, list[str]]]:
    """The runs of lines after the header that blank lines divide, each with the number of its first line."""
    found: list[tuple[int, list[str]]] = []
    open_block = True  # the header goes on to the first blank line
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            open_block = False
        elif open_block and found:
            found[-1][1].append(line)
        elif not open_block:
            found.append((number, [line]))
            open_block = True
    return found


def _cue(number: int, block: list[str]) -> Cue | None:
    """The cue of a block; None for notes, styles and regions."""
    if re.match(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)", block[0]):
        return None
    at = 0 if "-->" in block[0] else 1  # the cue may have a name
    found = TIMES.match(block[at].strip()) if len(block) > at else None
    if not found:
        raise Unreadable(number + at, "time")
    start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    if end <= start:
        raise Unreadable(number + at, "order")
    words = "\n".join(_plain(line) for line in block[at + 1 :]).strip()
    if not words:
        raise Unreadable(number + at, "text")
    return Cue(start, end, words)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _plain(line: str) -> str:
    line = MARKS.sub("", line)
    return re.sub("|".join(ENTITIES), lambda found: ENTITIES[found[0]], line).strip()
