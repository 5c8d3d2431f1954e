"""One line of the desk: something a person can or should do next. Each app offers its own in `<app>/desk.py`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeskItem:
    """section: heading it stands under (translated); count: how many wait, None where counting makes no sense;
    primary: the next thing to do; order: small numbers first within a section."""

    section: str
    title: str
    url: str
    note: str = ""
    count: int | None = None
    primary: bool = False
    order: int = 50
