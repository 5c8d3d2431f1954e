"""Reads what a syllabus file says beside its topics (tracks, conditions for entering a level), and writes it as rows.

Called by `syllabus_file`, which reads the rest; format in curriculum/sample/FORMAT.md.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from .ladder import DEGREES, KINDS
from .models.standards import Precondition, Track, TrackRequirement
from .models.syllabus import Level, Syllabus, Topic

CONDITION = {"kind", "level", "degree", "years", "source", "verified"}
WANTED = {"none": set(), "level": {"level"}, "experience": {"years"}, "degree": {"degree"}}
ALLOWED = {"none": set(), "level": {"level"}, "experience": {"years", "degree"}, "degree": {"degree"}}
TEXTS = {"code": 30, "title": 60, "title_en": 80, "summary": 4000, "summary_en": 4000, "source": 400}
MOST_YEARS = Decimal(60)


def problems_of(data: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with tracks and conditions, each line saying where. The levels have been checked before."""
    levels = {row["code"]: row for row in _rows(data.get("levels")) if isinstance(row.get("code"), str)}
    for place, (code, row) in enumerate(levels.items()):
        yield from _way_problems(row.get("preconditions"), f"level {code}", list(levels)[:place])
    tracks = data.get("tracks")
    if tracks is None:
        return
    if not isinstance(tracks, list):
        yield "tracks: not a list"
        return
    seen: set[str] = set()
    for place, row in enumerate(tracks, 1):
        if not isinstance(row, dict):
            yield f"track {place}: not a mapping"
            continue
        here = f"track {row.get('code') or place}"
        if str(row.get("code")) in seen:
            yield f"{here}: this code stands twice"
        seen.add(str(row.get("code")))
        yield from _track_problems(row, here, levels)


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _way_problems(ways: Any, here: str, lower: list[str]) -> Iterator[str]:
    if ways is None:
        return
    if not isinstance(ways, list) or not all(isinstance(way, list) and way for way in ways):
        yield f"{here}: preconditions are not a list of lists of conditions"
        return
    for place, way in enumerate(ways, 1):
        for number, row in enumerate(way, 1):
            yield from _condition_problems(row, f"{here}, way {place}, condition {number}", lower)


def _condition_problems(row: Any, here: str, lower: list[str]) -> Iterator[str]:
    if not isinstance(row, dict) or row.get("kind") not in KINDS:
        yield f"{here}: kind is none of {', '.join(KINDS)}"
        return
    kind, given = row["kind"], {name for name, value in row.items() if value not in (None, "")}
    if strange := sorted(map(str, given - CONDITION)):
        yield f"{here}: unknown {', '.join(strange)}"
    if missing := sorted(WANTED[kind] - given):
        yield f"{here}: missing {', '.join(missing)}"
    if extra := sorted((given & {"level", "degree", "years"}) - ALLOWED[kind]):
        yield f"{here}: {', '.join(extra)} means nothing here"
    if "level" in given and kind == "level" and row["level"] not in lower:
        yield f"{here}: “{_short(row['level'])}” is no lower level of this version"
    if "degree" in given and row["degree"] not in list(DEGREES):
        yield f"{here}: degree is none of {', '.join(DEGREES)}"
    if "years" in given and not _is_number(row["years"], least=Decimal("0.1"), most=MOST_YEARS, places=1):
        yield f"{here}: years “{_short(row['years'])}” is no number between 0.1 and {MOST_YEARS}"
    yield from _text_problems(row, here, ("source",))


def _track_problems(row: dict[str, Any], here: str, levels: dict[str, dict[str, Any]]) -> Iterator[str]:
    if missing := [name for name in ("code", "title", "title_en", "levels") if row.get(name) in (None, "", [])]:
        yield f"{here}: missing {', '.join(missing)}"
    code = row.get("code")
    if isinstance(code, str) and not (code.isascii() and code.replace("-", "").replace("_", "").isalnum()):
        yield f"{here}: code “{_short(code)}” may hold letters, digits, - and _ only"
    yield from _text_problems(row, here, tuple(TEXTS))
    wanted = row.get("levels") or []
    if not isinstance(wanted, list):
        yield f"{here}: levels are not a list"
        return
    seen = set()
    for place, part in enumerate(wanted, 1):
        if not isinstance(part, dict) or not isinstance(part.get("level"), str) or part["level"] not in levels:
            yield f"{here}, level {place}: no level of this version"
            continue
        there = f"{here}, level {part['level']}"
        if part["level"] in seen:
            yield f"{there}: stands twice"
        seen.add(part["level"])
        yield from _requirement_problems(part, there, levels[part["level"]])


def _requirement_problems(part: dict[str, Any], here: str, level: dict[str, Any]) -> Iterator[str]:
    electives = {
        topic.get("code"): topic
        for module in _rows(level.get("modules"))
        for topic in _rows(module.get("topics"))
        if topic.get("required") is False and isinstance(topic.get("code"), str)
    }
    codes = part.get("topics")
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) for code in codes):
        yield f"{here}: topics are not a list of codes"
        return
    if strange := [code for code in codes if code not in electives]:
        yield f"{here}: not an elective of this level: {', '.join(map(_short, strange))}"
        return
    if len(set(codes)) != len(codes):
        yield f"{here}: a topic stands twice"
    least, hours = part.get("minimum_topics", 0), part.get("minimum_hours", 0)
    if isinstance(least, bool) or not isinstance(least, int) or not 0 <= least <= len(codes):
        yield f"{here}: minimum_topics “{_short(least)}” is no number between 0 and {len(codes)}"
    try:
        there = sum((Decimal(str(electives[code].get("hours"))) for code in set(codes)), Decimal(0))
    except InvalidOperation:
        return  # said at the topic
    if not _is_number(hours, least=Decimal(0), most=there, places=2):
        yield f"{here}: minimum_hours “{_short(hours)}” is no number between 0 and {there:f}"


def _text_problems(row: dict[str, Any], here: str, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            yield f"{here}: {name} must be text"
        elif value and (len(value) > TEXTS[name] or "\x00" in value):
            yield f"{here}: {name} is longer than {TEXTS[name]} signs"
    if not isinstance(row.get("verified", False), bool):
        yield f"{here}: verified must be true or false"


def _is_number(value: Any, *, least: Decimal, most: Decimal, places: int) -> bool:
    if isinstance(value, bool):
        return False
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return False
    if not number.is_finite() or not least <= number <= most:
        return False
    return number == round(number, places)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def write(syllabus: Syllabus, data: dict[str, Any]) -> None:
    """Write the tracks and conditions of a draft whose levels and topics are there."""
    levels = {level.code: level for level in Level.objects.filter(syllabus=syllabus)}
    for row in data["levels"]:
        for place, way in enumerate(row.get("preconditions") or []):
            for number, condition in enumerate(way):
                Precondition.objects.create(
                    level=levels[row["code"]], alternative=place, position=number, kind=condition["kind"],
                    level_code=condition.get("level") or "", degree=condition.get("degree") or "",
                    years=Decimal(str(condition["years"])) if condition.get("years") else None,
                    source=condition.get("source") or "", verified=condition.get("verified", False),
                )  # fmt: skip
    for place, row in enumerate(data.get("tracks") or []):
        texts = {name: row.get(name) or "" for name in TEXTS}
        track = Track.objects.create(syllabus=syllabus, position=place, verified=row.get("verified", False), **texts)
        for part in row["levels"]:
            requirement = TrackRequirement.objects.create(
                track=track, level=levels[part["level"]], minimum_topics=part.get("minimum_topics", 0),
                minimum_hours=Decimal(str(part.get("minimum_hours", 0))),
            )  # fmt: skip
            requirement.topics.set(Topic.objects.filter(module__level=requirement.level, code__in=part["topics"]))


def said(syllabus: Syllabus) -> tuple[dict[str, list], list[dict[str, Any]]]:
    """Return (ways in by level code, tracks) of a version in the format of the file, for writing it out again."""
    ways: dict[str, list] = {}
    for row in Precondition.objects.filter(level__syllabus=syllabus).select_related("level"):
        line = {"kind": row.kind, "level": row.level_code, "degree": row.degree, "source": row.source,
                "years": _text(row.years)}  # fmt: skip
        alternatives = ways.setdefault(row.level.code, [])
        if len(alternatives) <= row.alternative:
            alternatives.append([])
        alternatives[-1].append({name: value for name, value in line.items() if value} | {"verified": row.verified})
    tracks = []
    for track in syllabus.tracks.prefetch_related("requirements__level", "requirements__topics"):
        parts = [
            {
                "level": part.level.code, "topics": [topic.code for topic in part.topics.all()],
                "minimum_topics": part.minimum_topics, "minimum_hours": _text(part.minimum_hours),
            }
            for part in track.requirements.all()
        ]  # fmt: skip
        own = {name: getattr(track, name) for name in TEXTS if getattr(track, name)}
        tracks.append(own | {"verified": track.verified, "levels": parts})
    return ways, tracks


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"
