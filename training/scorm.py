"""What a SCORM package reports, read strictly: types, ranges, sizes. Arithmetic on plain values, no database."""

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_BYTES = 200 * 1024
MAX_DEPTH = 12
LONGEST_SESSION = 24 * 60 * 60
STATUSES_12 = {"passed", "completed", "failed", "incomplete", "browsed", "not attempted"}
_OLD = re.compile(r"^(\d{2,4}):(\d{2}):(\d{2})(?:\.\d{1,2})?$")
_ISO = re.compile(r"^P(?:(\d{1,3})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d{1,2})?S)?)?$")


class Refused(ValueError):
    """The report is not what a package of this version may say."""


@dataclass(frozen=True)
class Report:
    """completion: unknown, incomplete or completed; success: unknown, passed or failed; score: percent, None without;
    seconds: of this session, as the package claims."""

    completion: str
    success: str
    score: Decimal | None
    seconds: int
    cmi: dict[str, Any]


def read_report(cmi: Any, version: str) -> Report:
    """Return what a package reports. Raises Refused."""
    if not isinstance(cmi, dict):
        raise Refused("not an object")
    _check(cmi, 0)
    if len(json.dumps(cmi).encode()) > MAX_BYTES:
        raise Refused("too large")
    return _old(cmi) if version == "1.2" else _new(cmi)


def resumed(
    cmi: dict[str, Any], version: str, *, seconds: int, person: str, launch_data: str, mastery_score: str
) -> dict[str, Any]:
    """Return what a package is told at its launch: where its reader was, and what only the platform sets."""
    if version == "1.2":
        core, old = {}, cmi.get("core") or {}
        for name in ("lesson_location", "lesson_status", "score"):
            if old.get(name):
                core[name] = old[name]
        core |= {"student_id": person, "student_name": "", "credit": "credit", "lesson_mode": "normal",
                 "entry": _entry(cmi, old.get("exit")), "total_time": _hms(seconds)}  # fmt: skip
        told: dict[str, Any] = {"core": core, "suspend_data": cmi.get("suspend_data", ""), "launch_data": launch_data}
        if mastery_score:
            told["student_data"] = {"mastery_score": mastery_score}
        return told
    told = {name: cmi[name] for name in ("location", "suspend_data", "completion_status", "success_status", "progress_measure",
                                         "score", "objectives", "interactions") if cmi.get(name)}  # fmt: skip
    return told | {"learner_id": person, "learner_name": "", "credit": "credit", "mode": "normal", "launch_data": launch_data,
                   "entry": _entry(cmi, cmi.get("exit")), "total_time": f"PT{seconds}S"}  # fmt: skip


def _entry(cmi: dict[str, Any], left: Any) -> str:
    """A page that was simply closed is gone on with, too: people close tabs."""
    return "ab-initio" if not cmi else "" if left in ("logout", "normal") else "resume"


def _hms(seconds: int) -> str:
    return f"{min(seconds // 3600, 9999):04d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Refused("too deep")
    if isinstance(value, dict):
        for child in value.values():
            _check(child, depth + 1)
    elif isinstance(value, list):
        for child in value:
            _check(child, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused("not a number")
    elif isinstance(value, str) and ("\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise Refused("not text")


def _old(cmi: dict[str, Any]) -> Report:
    core = _part(cmi, "core")
    status = _text(core, "lesson_status", 20) or "not attempted"
    if status not in STATUSES_12:
        raise Refused("lesson_status")
    _text(core, "lesson_location", 255)
    _text(cmi, "suspend_data", 64_000)
    completion = {"passed": "completed", "failed": "completed", "not attempted": "unknown", "browsed": "incomplete"}
    success = status if status in ("passed", "failed") else "unknown"
    return Report(completion.get(status, status), success, _score(_part(core, "score")), _seconds(core, _OLD), cmi)


def _new(cmi: dict[str, Any]) -> Report:
    completion = _text(cmi, "completion_status", 20) or "unknown"
    success = _text(cmi, "success_status", 20) or "unknown"
    if completion not in ("unknown", "incomplete", "completed", "not attempted"):
        raise Refused("completion_status")
    if success not in ("unknown", "passed", "failed"):
        raise Refused("success_status")
    _text(cmi, "location", 1000)
    _text(cmi, "suspend_data", 64_000)
    score = _part(cmi, "score")
    scaled = _number(score, "scaled")
    if scaled is not None and not -1 <= scaled <= 1:
        raise Refused("score.scaled")
    percent = _score(score) if scaled is None else (scaled * 100).quantize(Decimal("0.01"))
    completion = "unknown" if completion == "not attempted" else completion
    return Report(completion, success, percent, _seconds(cmi, _ISO), cmi)


def _part(node: dict[str, Any], name: str) -> dict[str, Any]:
    part = node.get(name) or {}
    if not isinstance(part, dict):
        raise Refused(name)
    return part


def _text(node: dict[str, Any], name: str, most: int) -> str:
    value = node.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise Refused(name)
    return value


def _number(node: dict[str, Any], name: str) -> Decimal | None:
    value = node.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refused(name)
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Refused(name) from error
    if not number.is_finite() or abs(number) > 1_000_000:
        raise Refused(name)
    return number


def _score(node: dict[str, Any]) -> Decimal | None:
    """The raw score as percent of its range; without a range it is of 100."""
    raw, low, high = (_number(node, name) for name in ("raw", "min", "max"))
    if raw is None:
        return None
    low, high = low or Decimal(0), Decimal(100) if high is None else high
    if high <= low or not low <= raw <= high:
        raise Refused("score")
    return ((raw - low) * 100 / (high - low)).quantize(Decimal("0.01"))


def _seconds(node: dict[str, Any], shape: re.Pattern) -> int:
    text = _text(node, "session_time", 30)
    if not text:
        return 0
    if not (found := shape.match(text)):
        raise Refused("session_time")
    parts = [int(part or 0) for part in found.groups()]
    weights = [3600, 60, 1] if len(parts) == 3 else [86400, 3600, 60, 1]
    return min(sum(p * w for p, w in zip(parts, weights, strict=True)), LONGEST_SESSION)
