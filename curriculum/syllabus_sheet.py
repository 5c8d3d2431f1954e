"""A syllabus version as tables (one a sheet) and back: plain values, no files and no database.

Reading is forgiving about how people write yes, no and lists, and exact about everything else. A sheet that a file does
not have leaves that part of the draft as it is.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .syllabus_problems import AT, Problem, short

VERSION = ("version", "title", "title_en", "issuer", "issuer_en", "document_number", "source_url", "source_note",
           "verified", "minutes_per_hour")  # fmt: skip
SHEETS: dict[str, tuple[str, ...]] = {
    "version": VERSION,
    "competences": ("code", "title", "title_en", "kind", "description", "description_en"),
    "levels": ("code", "title", "title_en", "summary", "summary_en", "admission", "admission_en"),
    "modules": ("level", "code", "title", "title_en", "hours", "hours_source", "hours_verified"),
    "topics": ("level", "module", "code", "title", "title_en", "required", "hours", "competences", "outcomes",
               "outcomes_en", "hours_source", "hours_verified", "lineage"),
    "conditions": ("level", "alternative", "kind", "level_code", "degree", "years", "source", "verified"),
    "tracks": ("code", "title", "title_en", "summary", "summary_en", "source", "verified"),
    "track_levels": ("track", "level", "topics", "minimum_topics", "minimum_hours"),
}  # fmt: skip
NEEDED = {"modules": ("level", "code"), "topics": ("level", "module", "code"), "conditions": ("level", "kind"),
          "track_levels": ("track", "level", "topics")}  # fmt: skip
FLAGS, SENTENCES, CODES = {"verified", "hours_verified", "required"}, {"outcomes", "outcomes_en"}, {"competences", "topics"}
NUMBERS = {"hours", "minutes_per_hour", "years", "minimum_topics", "minimum_hours", "alternative"}
YES, NO = {"yes", "y", "true", "1", "是", "必修", "已核实"}, {"no", "n", "false", "0", "否", "选修", "未核实"}
MAX_ROWS = 2000

Row = tuple[int, dict[str, Any]]  # number in the sheet, cells by column
Tables = dict[str, list[Row]]


def tables_of(content: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every sheet as values of a spreadsheet: text, numbers, "yes" or "no"."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SHEETS}
    rows["version"].append(content)
    rows["competences"] += content.get("competences", [])
    for level in content.get("levels", []):
        rows["levels"].append(level)
        rows["conditions"] += [row | {"level": level["code"]} for row in level.get("preconditions", [])]
        for module in level["modules"]:
            rows["modules"].append(module | {"level": level["code"]})
            rows["topics"] += [t | {"level": level["code"], "module": module["code"]} for t in module["topics"]]
    for track in content.get("tracks", []):
        rows["tracks"].append(track)
        rows["track_levels"] += [part | {"track": track["code"]} for part in track["levels"]]
    return {
        sheet: [{name: _cell(name, row.get(name, "")) for name in SHEETS[sheet]} for row in lines]
        for sheet, lines in rows.items()
    }


def _cell(name: str, value: Any) -> Any:
    if name in FLAGS:
        return "yes" if value else "no"
    if name in SENTENCES:
        return "\n".join(escaped(text) for text in value or [])
    if name in CODES:
        return ", ".join(value or [])
    if name in NUMBERS and value not in (None, ""):
        return Decimal(str(value))
    return "" if value is None else value


def escaped(text: str) -> str:
    """One sentence on one line of a cell: its own line breaks are written as \\n."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def column_names(sheet: str, cells: Iterable[Any]) -> tuple[dict[int, str], list[Problem]]:
    """Return {place: column} of a heading row, and what is wrong with it. A heading ends with the column's name, with
    anything before it: “学时 hours”."""
    found: dict[int, str] = {}
    problems = []
    for place, cell in enumerate(cells):
        heading = text_of(cell).strip()
        name = heading.split()[-1].lower() if heading else ""
        if name in SHEETS[sheet] and name not in found.values():
            found[place] = name
        elif heading:
            text = _("this column stands twice") if name in SHEETS[sheet] else _("this column is not known; take it out")
            problems.append(Problem(f"{sheet} 1", text, short(heading), sheet, 1))
    needed = NEEDED.get(sheet, ("code",) if sheet != "version" else ())
    if missing := [name for name in needed if name not in found.values()]:
        text = _("missing columns: %(names)s") % {"names": ", ".join(missing)}
        problems.append(Problem(f"{sheet} 1", text, "", sheet, 1))
    return found, problems


def text_of(cell: Any) -> str:
    """Return what a cell says as text; whole numbers without a point, days as 2020-03-26."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).replace("\r\n", "\n").replace("\r", "\n")


def content_of(tables: Tables, draft: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the content that the sheets and, for sheets that are missing, the draft make together, and problems of
    the cells and of rows that belong nowhere. `draft` is `Syllabus.content()`."""
    problems: list[Problem] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    standing = tables_of(draft)
    for sheet in SHEETS:
        given = tables.get(sheet)
        lines = [(0, row) for row in standing[sheet]] if given is None else given
        rows[sheet] = [_row(sheet, number, cells, problems) for number, cells in lines]
    if len(rows["version"]) != 1:
        problems.append(Problem("version", _("this sheet has exactly one row below its headings"), "", "version", 1))
    return _assembled(rows, problems), problems


def _row(sheet: str, number: int, cells: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        text = text_of(cell)
        if name in FLAGS:
            word = text.strip().lower()
            row[name] = True if word in YES else False if word in NO else None
            if row[name] is None and word:
                problems.append(_at(sheet, number, _("“%(value)s” is neither yes nor no") % {"value": short(text)}, name))
            if row[name] is None and name != "required":
                row[name] = False
        elif name in SENTENCES:
            row[name] = [unescaped(line) for line in text.split("\n") if line.strip()]
        elif name in CODES:
            row[name] = [code for code in re.split(r"[\s,;，；、]+", text) if code]
        elif name in NUMBERS or name in ("code", "level", "module", "track", "kind", "level_code", "degree", "lineage"):
            row[name] = text.strip()
        else:
            row[name] = text
    if number:
        row[AT] = (sheet, number)
    return row


def _at(sheet: str, number: int, text: str, column: str = "") -> Problem:
    return Problem(f"{sheet} {number}", text, column, sheet, number)


def _assembled(rows: dict[str, list[dict[str, Any]]], problems: list[Problem]) -> dict[str, Any]:
    content: dict[str, Any] = dict(rows["version"][0]) if rows["version"] else {}
    levels = {row["code"]: row | {"modules": []} for row in reversed(rows["levels"]) if row.get("code")}
    content["competences"] = rows["competences"]
    content["levels"] = [levels[row["code"]] if _is_first(rows["levels"], row) else row | {"modules": [{}]}
                         for row in rows["levels"]]  # fmt: skip
    modules: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows["modules"]:
        if (level := levels.get(row.get("level", ""))) is None:
            problems.append(_nowhere(row, "level", row.get("level", "")))
            continue
        module = {name: value for name, value in row.items() if name != "level"} | {"topics": []}
        level["modules"].append(module)
        modules.setdefault((row["level"], row.get("code", "")), module)
    for row in rows["topics"]:
        place = (row.get("level", ""), row.get("module", ""))
        if place not in modules:
            level_there = place[0] in levels
            problems.append(_nowhere(row, "module" if level_there else "level", place[level_there]))
            continue
        modules[place]["topics"].append({n: v for n, v in row.items() if n not in ("level", "module")})
    _conditions(rows["conditions"], levels, problems)
    content["tracks"] = _tracks(rows, problems)
    return content


def _is_first(rows: list[dict[str, Any]], row: dict[str, Any]) -> bool:
    return bool(row.get("code")) and next(r for r in rows if r.get("code") == row["code"]) is row


def _nowhere(row: dict[str, Any], column: str, value: str) -> Problem:
    sheet, number = row.get(AT) or ("", 0)
    text = _("“%(value)s” is not in the sheets above") % {"value": short(value)}
    return Problem(f"{sheet} {number}" if number else short(row.get("code", "")), text, column, sheet, number or None)


def _conditions(rows: list[dict], levels: dict[str, dict], problems: list[Problem]) -> None:
    ways: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if (level := levels.get(row.get("level", ""))) is None:
            problems.append(_nowhere(row, "level", row.get("level", "")))
            continue
        said = {("level" if name == "level_code" else name): row[name] for name in row if name not in ("level", AT)}
        key = (row["level"], said.pop("alternative", "") or "0")
        if key not in ways:
            ways[key] = []
            level.setdefault("preconditions", []).append(ways[key])
        ways[key].append({name: value for name, value in said.items() if value not in (None, "")})


def _tracks(rows: dict[str, list[dict[str, Any]]], problems: list[Problem]) -> list[dict[str, Any]]:
    tracks = [{name: value for name, value in row.items() if name != AT} | {"levels": []} for row in rows["tracks"]]
    by_code = {track.get("code"): track for track in reversed(tracks)}
    for row in rows["track_levels"]:
        if (track := by_code.get(row.get("track", ""))) is None:
            problems.append(_nowhere(row, "track", row.get("track", "")))
            continue
        part = {name: value for name, value in row.items() if name not in ("track", AT)}
        least = part.get("minimum_topics") or "0"
        part["minimum_topics"] = int(least) if least.isascii() and least.isdigit() and len(least) < 5 else least
        part["minimum_hours"] = part.get("minimum_hours") or "0"
        track["levels"].append(part)
    return tracks
