"""The stages of a case as a drawing: boxes in rows from the start downwards, and the ways between them. Pure."""

from dataclasses import dataclass

from .cases import CaseScript, Stage

WIDE, HIGH, GAP_X, GAP_Y, EDGE = 168, 56, 24, 46, 8
LETTERS = 22  # of a title in a box; a Chinese character counts two


@dataclass(frozen=True)
class Box:
    """A stage. kind: decision, negotiation or text; reached: some way leads here."""

    key: str
    title: str
    short: str
    kind: str
    x: int
    y: int
    reached: bool
    last: bool
    choices: int
    news: int
    seats: int = 0  # of a table for several people


@dataclass(frozen=True)
class Line:
    """A way from one stage to another. path: SVG; conditional: only while a condition holds."""

    path: str
    label: str
    conditional: bool


@dataclass(frozen=True)
class Graph:
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    @property
    def box_width(self) -> int:
        return WIDE

    @property
    def box_height(self) -> int:
        return HIGH


def graph_of(script: CaseScript) -> Graph:
    """Return the drawing; stages that no way reaches stand in a row of their own at the bottom."""
    stages = {stage.key: stage for stage in script.stages}
    rows = _rows(script, stages)
    width = max([len(row) for row in rows] or [1]) * (WIDE + GAP_X) - GAP_X + 2 * EDGE
    boxes: dict[str, Box] = {}
    depth = {key: number for number, row in enumerate(rows) for key in row}
    reached = _reached(script, stages)
    for number, row in enumerate(rows):
        left = (width - len(row) * (WIDE + GAP_X) + GAP_X) // 2
        for place, key in enumerate(row):
            boxes[key] = _box(script, stages[key], left + place * (WIDE + GAP_X), EDGE + number * (HIGH + GAP_Y), key in reached)
    lines = [
        Line(_path(boxes[key], boxes[target], depth[target] - depth[key]), label, conditional)
        for key, stage in stages.items()
        for label, target, conditional in _ways(script, stage)
        if target in boxes
    ]
    return Graph(width, len(rows) * (HIGH + GAP_Y) - GAP_Y + 2 * EDGE, tuple(boxes.values()), tuple(lines))


def _ways(script: CaseScript, stage: Stage) -> list[tuple[str, str, bool]]:
    """(what leads there, stage, conditional), each once."""
    below = script.below(stage)
    found: list[tuple[str, str, bool]] = []

    def add(label: str, key: str, conditional: bool = False) -> None:
        target = key or (below.key if below else "")
        if target:
            found.append((label, target, conditional))

    if stage.negotiation:
        add("deal", stage.negotiation.next_deal)
        add("failure", stage.negotiation.next_failure)
    elif stage.decision:
        for option in stage.decision.options:
            for route in option.routes:
                add(option.key, route.next, True)
            add(option.key, option.next, bool(option.condition))
    else:
        add("", "")
    joined: dict[str, tuple[str, str, bool]] = {}
    for label, target, conditional in found:
        before = joined.get(target)
        joined[target] = (
            (f"{before[0]}, {label}", target, before[2] and conditional) if before else (label, target, conditional)
        )
    return list(joined.values())


def _reached(script: CaseScript, stages: dict[str, Stage]) -> set[str]:
    found: set[str] = set()
    waiting = [script.stages[0].key] if script.stages else []
    while waiting:
        key = waiting.pop()
        if key in stages and key not in found:
            found.add(key)
            waiting += [target for _label, target, _conditional in _ways(script, stages[key])]
    return found


def _rows(script: CaseScript, stages: dict[str, Stage]) -> list[list[str]]:
    """The longest way from the start decides the row; a circle stops where it would come round."""
    depth: dict[str, int] = {}

    def walk(key: str, level: int, path: tuple[str, ...]) -> None:
        if key not in stages or key in path or depth.get(key, -1) >= level:
            return
        depth[key] = level
        for _label, target, _conditional in _ways(script, stages[key]):
            walk(target, level + 1, (*path, key))

    if script.stages:
        walk(script.stages[0].key, 0, ())
    rows: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key in stages:
        if key in depth:
            rows[depth[key]].append(key)
    lost = [key for key in stages if key not in depth]
    return rows + ([lost] if lost else [])


def _box(script: CaseScript, stage: Stage, x: int, y: int, reached: bool) -> Box:
    kind = "negotiation" if stage.negotiation else "decision" if stage.decision else "text"
    choices = len(stage.decision.options) if stage.decision else 0
    return Box(
        stage.key, stage.title, _short(stage.title), kind, x, y, reached, not _ways(script, stage), choices, len(stage.injects),
        len(stage.negotiation.room.seats) if stage.negotiation and stage.negotiation.room else 0,
    )  # fmt: skip


def _short(title: str) -> str:
    kept, room = "", LETTERS
    for letter in title:
        room -= 2 if ord(letter) > 0x2E7F else 1
        if room < 0:
            return kept + "…"
        kept += letter
    return kept


def _path(start: Box, end: Box, rows: int) -> str:
    """A line from the foot of one box to the head of the other; one that jumps over rows bends aside."""
    x1, y1, x2, y2 = start.x + WIDE // 2, start.y + HIGH, end.x + WIDE // 2, end.y
    if rows == 1 or x1 != x2:
        middle = (y1 + y2) // 2
        return f"M{x1} {y1} C{x1} {middle} {x2} {middle} {x2} {y2}"
    aside = x1 + WIDE // 2 + 18 + 4 * abs(rows)
    return f"M{x1} {y1} C{aside} {y1 + 20} {aside} {y2 - 20} {x2} {y2}"

