"""A page that is made up by several apps asks each thing once.

The view that holds the one enrolment says so with `asks_once`; what is marked with `once` then remembers its answer on that
object, for as long as the page is made. Everywhere else it asks anew each time.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import Enrolment

Ask = Callable[["list[Enrolment]"], dict[int, Any]]


def asks_once(enrolment: "Enrolment") -> "Enrolment":
    enrolment._answers = {}
    return enrolment


def once(ask: Ask) -> Ask:
    """Mark a function from enrolments to {primary key: answer}."""

    @wraps(ask)
    def asked(enrolments: "Iterable[Enrolment]") -> dict[int, Any]:
        enrolments = list(enrolments)
        answers = getattr(enrolments[0], "_answers", None) if len(enrolments) == 1 else None
        if answers is None:
            return ask(enrolments)
        if ask not in answers:
            answers[ask] = ask(enrolments)
        return answers[ask]

    return asked
