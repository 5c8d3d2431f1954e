"""What the readers say about a manuscript: notes with a place, and the refusal of a file as a whole."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Note:
    """Something that could not be kept, or should be looked at. place: line (Markdown) or paragraph (Word), 0 = nowhere."""

    text: str
    place: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"place": self.place, "text": str(self.text)}


class Refused(Exception):
    """The manuscript is not taken at all; `text` says why, in the reader's words."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
