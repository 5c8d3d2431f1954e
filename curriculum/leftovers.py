"""What must not remain in a case that was made from a firm's demand: names, contacts, numbers. Pure.

One list of secrets serves both sides: it blanks them out when a case is prefilled, and it finds them again before review.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

NAMED, REGION, DISGUISED = "named", "region", "disguised"
BLANK = "〔数〕"  # stands where a number was; the author writes another one
FIRM = "该企业"

_SUFFIX = re.compile(r"(股份有限公司|有限责任公司|有限公司|集团公司|公司|集团|厂)$")
_ENGLISH_SUFFIX = re.compile(r"[,\s]+(co\.?,?\s*ltd\.?|ltd\.?|inc\.?|corp\.?|limited|company|group)$", re.IGNORECASE)
_BRACKETS = re.compile(r"[（(][^）)]*[）)]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Secret:
    """kind: name, contact, place or number; text: as it stands in the demand."""

    kind: str
    text: str


@dataclass(frozen=True)
class Leftover:
    """A secret that stands in a case, and where. kind "blank": a number the author has not written yet."""

    kind: str
    text: str
    where: str


def secrets_of(
    level: str, *, names: Iterable[str], contact: Iterable[str], place: str, texts: Iterable[str], values: Iterable[str]
) -> list[Secret]:
    """Return what the level of anonymity forbids, longest first.

    level: named (personal data of the contact only), region (no name of the firm, no number of six digits or more, such
    as those of registers, patents and telephones), disguised (no place either, and no number of two digits or more but years).
    texts: the demand's own sentences; values: thresholds of its indicators.
    """
    found = [Secret("contact", text) for text in contact if len(text.strip()) > 1]
    if level in (REGION, DISGUISED):
        found += [Secret("name", short) for name in names for short in _short_names(name)]
        least = 6 if level == REGION else 2
        numbers = {number for text in texts for number in _numbers(text) if _digits(number) >= least}
        if level == DISGUISED:
            numbers |= {number for value in values for number in _numbers(value) if _digits(number) >= least}
            found += [Secret("place", place)] if len(place) > 1 else []
        found += [Secret("number", number) for number in numbers if not _is_year(number)]
    return sorted(set(found), key=lambda secret: (-len(secret.text), secret.text))


def _short_names(name: str) -> set[str]:
    """Return the name, and what people call the firm: without brackets and without the legal form."""
    whole = name.strip()
    bare = _BRACKETS.sub("", whole).strip()
    short = _ENGLISH_SUFFIX.sub("", _SUFFIX.sub("", bare)).strip()
    return {text for text in (whole, bare, short) if len(text) > 1}


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(_one_width(text))


def _one_width(text: str) -> str:
    """Digits and letters in one width, no marks of thousands; a Chinese comma divides sentences, never digits."""
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", text.replace("，", "、")))


def _digits(number: str) -> int:
    """How many digits say something: zeros in front and at the end do not ("0.50" has one, "1200" two, "12.05" four)."""
    return len(number.replace(".", "").strip("0"))


def _is_year(number: str) -> bool:
    return bool(re.fullmatch(r"(19|20)\d\d", number))


def plain(text: str) -> str:
    """Return the text as it is compared: no tags, one width, no blanks, lower case, no marks of thousands."""
    return re.sub(r"\s+", "", _one_width(unescape(_TAG.sub("", text)))).casefold()


def found_in(text: str, secrets: Iterable[Secret]) -> list[Secret]:
    """Return the secrets that stand in a text; a number only where it is the whole number."""
    where = plain(text)
    if not where:
        return []
    compact = re.sub(r"[-－—()（）+]", "", where)  # telephone numbers are written in many ways
    found: list[Secret] = []
    for secret in secrets:
        wanted = plain(secret.text)
        if secret.kind == "number":
            hit = re.search(rf"(?<![\d.]){re.escape(wanted)}(?![\d]|\.\d)", where)
        else:
            hit = wanted in where or (secret.kind == "contact" and re.sub(r"[-－—()（）+]", "", wanted) in compact)
        if hit and not any(wanted in plain(longer.text) for longer in found if longer.kind == secret.kind != "number"):
            found.append(secret)
    return found


def leftovers(places: Iterable[tuple[str, str]], secrets: list[Secret]) -> list[Leftover]:
    """Return what remains. places: (where, text) in the order of the page; each secret is named once, at its first place."""
    seen: dict[tuple[str, str], Leftover] = {}
    for where, text in places:
        for secret in found_in(text, secrets):
            seen.setdefault((secret.kind, secret.text), Leftover(secret.kind, secret.text, where))
        if BLANK in text:
            seen.setdefault(("blank", where), Leftover("blank", BLANK, where))
    return list(seen.values())


def disguise(text: str, secrets: list[Secret]) -> str:
    """Return a text with the secrets blanked out: the firm is "该企业", a number waits to be written anew."""
    for secret in secrets:
        if secret.kind == "number":
            digits = re.escape(secret.text)
            pattern = rf"(?<![\d.]){digits}(?![\d]|\.\d)"
            text = re.sub(pattern, BLANK, _THOUSANDS.sub("", text))
        else:
            said = {"name": FIRM, "place": "某地"}.get(secret.kind, "〔略〕")
            text = re.sub(re.escape(secret.text), said, text, flags=re.IGNORECASE)
    return text
