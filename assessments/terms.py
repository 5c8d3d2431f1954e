"""The terms of an offer as they are read."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from curriculum.caserules import Negotiation, Term


def terms_of(talk: Negotiation, offer: Mapping[str, Any]) -> tuple[tuple[Term, str], ...]:
    """Return the terms of an offer with their values as words."""
    return tuple((term, said(term, offer.get(term.key))) for term in talk.terms)


def said(term: Term, value: Any) -> str:
    """Return a value of a term as it is read: "100 万元", or the text of a choice."""
    if value is None:
        return "–"
    if term.kind == "choice":
        return next((choice.text for choice in term.choices if choice.key == value), str(value))
    return f"{float(value):.10g} {term.unit}".strip()


def offer_errors(problems: Mapping[str, str]) -> dict[str, str]:
    """Return what is said beside each term of an offer that can't be made. problems: as of `bargaining.offer_problems`."""
    words = {
        "required": _("Enter something."), "number": _("Enter a number."), "range": _("This can't be offered."),
        "choice": _("Choose one."),
    }  # fmt: skip
    return {key: words[kind] for key, kind in problems.items()}
