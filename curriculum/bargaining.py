"""How a scripted counterpart answers offers, and what a deal comes to. Pure, and the same answer to the same offers.

The counterpart rates an offer from 0 to 1 by its own weights, asks for less from round to round, accepts what is worth enough,
and otherwise moves from its best towards the offer until the result is worth what it asks for in this round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .caserules import Negotiation, Term

Offer = Mapping[str, float | str]  # {term key: number, or key of a choice}


@dataclass(frozen=True)
class Answer:
    """accepted, or a counter-offer; `over`: the last round is played and nothing more will come.

    refused: terms that lie beyond what they ever do. worth: to the counterpart, 0 … 1 (for the debrief, never shown before).
    """

    accepted: bool
    counter: dict[str, float | str] | None
    refused: tuple[str, ...]
    worth: float
    asked: float
    over: bool = False


def term_worth(term: Term, value: float | str) -> float:
    """Return what one term is worth to the counterpart: 1 at its best, 0 at its worst, not more and not less."""
    if term.kind == "choice":
        return next((choice.value for choice in term.choices if choice.key == value), 0.0)
    share = (float(value) - term.worst) / (term.best - term.worst)
    return max(0.0, min(1.0, share))


def worth(talk: Negotiation, offer: Offer) -> float:
    """Return what an offer is worth to the counterpart, 0 … 1, by its weights."""
    weights = sum(term.weight for term in talk.terms)
    return sum(term.weight * term_worth(term, offer[term.key]) for term in talk.terms) / weights


def asked_in(talk: Negotiation, turn: int, patience: float = 0.0) -> float:
    """Return the worth the counterpart asks for in a round (1 is the first): evenly down from opening to reserve.

    patience: what trust or pressure has changed, taken off; it never goes below half of the reserve.
    """
    share = 1.0 if talk.rounds == 1 else (turn - 1) / (talk.rounds - 1)
    asked = talk.opening - (talk.opening - talk.reserve) * min(1.0, share)
    return max(talk.reserve / 2, min(1.0, asked - patience))


def beyond_limit(term: Term, value: float | str) -> bool:
    """Whether they would never agree to this, whatever else is offered."""
    if term.kind == "choice" or term.limit is None:
        return False
    return float(value) < term.limit if term.best > term.worst else float(value) > term.limit


def offer_problems(talk: Negotiation, offer: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with what was typed: {term key: "required", "number", "range" or "choice"}."""
    found = {}
    for term in talk.terms:
        text = (offer.get(term.key) or "").strip()
        if not text:
            found[term.key] = "required"
        elif term.kind == "choice":
            if text not in {choice.key for choice in term.choices}:
                found[term.key] = "choice"
        elif (number := _as_number(text)) is None:
            found[term.key] = "number"
        elif not term.least <= number <= term.most:
            found[term.key] = "range"
    return found


def read_offer(talk: Negotiation, offer: Mapping[str, str]) -> dict[str, float | str]:
    """Return a checked offer as values; numbers at the step of their term."""
    return {
        term.key: offer[term.key].strip() if term.kind == "choice" else at_step(term, _as_number(offer[term.key]) or 0.0)
        for term in talk.terms
    }


def _as_number(text: str) -> float | None:
    try:
        number = float(text.strip().replace(",", "").replace("，", ""))
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None  # neither infinite nor nan


def at_step(term: Term, value: float) -> float:
    """Return the nearest value that can be offered."""
    steps = round((value - term.least) / term.step)
    return round(max(term.least, min(term.most, term.least + steps * term.step)), 6)


def answer(talk: Negotiation, offers: Sequence[Offer], *, patience: float = 0.0) -> Answer:
    """Return the counterpart's answer to the latest of the offers made so far (at least one)."""
    turn, offer = len(offers), offers[-1]
    asked, value = asked_in(talk, turn, patience), worth(talk, offer)
    refused = tuple(term.key for term in talk.terms if beyond_limit(term, offer[term.key]))
    if value >= asked and not refused:
        return Answer(True, None, (), value, asked)
    return Answer(False, counter_offer(talk, offer, asked), refused, value, asked, over=turn >= talk.rounds)


def counter_offer(talk: Negotiation, offer: Offer, asked: float) -> dict[str, float | str]:
    """Return what they propose: as near to the offer as what they ask for allows.

    First every number moves the same share of the way from their best to the offer; then single choices change to the
    offered one where the whole is still worth enough.
    """
    best: dict[str, float | str] = {
        term.key: max(term.choices, key=lambda choice: choice.value).key if term.kind == "choice" else term.best
        for term in talk.terms
    }

    def moved(share: float) -> dict[str, float | str]:
        result = dict(best)
        for term in talk.terms:
            if term.kind == "number":
                aim = float(offer[term.key])
                if term.limit is not None and beyond_limit(term, aim):
                    aim = term.limit
                result[term.key] = term.best + share * (aim - term.best)
        return result

    low, high = 0.0, 1.0
    if worth(talk, moved(1.0)) >= asked:
        low = 1.0
    for _step in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(talk, moved(middle)) >= asked else (low, middle)
    result = moved(low)
    for term in sorted((term for term in talk.terms if term.kind == "choice"), key=lambda term: term.weight):
        tried = {**result, term.key: offer[term.key]}
        if worth(talk, tried) >= asked:
            result = tried
    return {term.key: value if term.kind == "choice" else _towards_best(term, float(value))
            for term in talk.terms for value in [result[term.key]]}  # fmt: skip


def _towards_best(term: Term, value: float) -> float:
    """Return the value at a step of the term, on the counterpart's side of it."""
    stepped = at_step(term, value)
    if term_worth(term, stepped) < term_worth(term, value):
        stepped = at_step(term, stepped + (term.step if term.best > term.worst else -term.step))
    return stepped


# --- What a deal comes to ---------------------------------------------------------------------------------------------


def npv(rate: float, *flows: float) -> float:
    """Return the present value of amounts paid after one, two … years. rate: in percent a year."""
    return sum(flow / (1 + rate / 100) ** year for year, flow in enumerate(flows, 1))


def annuity(rate: float, payment: float, years: float) -> float:
    """Return the present value of the same amount paid at the end of each of so many whole years. rate in percent."""
    return npv(rate, *[payment] * max(0, min(100, int(years))))


def dilution(share: float, new_money: float, pre_money: float) -> float:
    """Return what is left of a share (percent) after new money came in at a pre-money valuation."""
    whole = pre_money + new_money
    return share * pre_money / whole if whole > 0 else 0.0


MONEY = {"npv": npv, "annuity": annuity, "dilution": dilution}
