"""The plain conventions of a manuscript (written out for authors on the import page): which headings open key terms,
questions for discussion and self-checks, which labels at the top of a lesson say what about it, and how each is read."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from .notes import Note
from .pieces import LIST, QUOTE, TEXT, Piece
from .tree import Node, lines, tidy

TERMS, DISCUSSION, CHECK = "terms", "discussion", "check"
_NUMBER = r"(?:第?[\d一二三四五六七八九十]+[章节课部分]*[、.．)）:： ]\s*)?"
SECTIONS = {
    TERMS: ("关键术语", "关键词汇", "术语", "名词解释", "key terms", "key term", "glossary"),
    DISCUSSION: ("思考题", "讨论题", "思考与讨论", "思考和讨论", "discussion questions", "discussion question", "discussion"),
    CHECK: ("自测", "自测题", "自我检测", "小测", "self-check", "self-checks", "self check", "quiz"),
}
LABELS = {
    "topics": ("专题", "对应专题", "课程专题", "topics", "topic"),
    "minutes": ("时长", "建议时长", "名义时长", "分钟", "minutes"),
    "title_en": ("英文标题", "english title"),
    "summary": ("摘要", "内容提要", "summary"),
    "summary_en": ("英文摘要", "english summary"),
    "author": ("作者", "编写", "author"),
    "source": ("来源", "资料来源", "source"),
    "licence": ("许可", "使用许可", "licence", "license"),
    "legally_valid_on": ("法规核对日期", "法规核对", "law checked on"),
    "ai_assistance": ("人工智能协助", "ai 协助", "help of ai"),
}
_LABEL = re.compile(r"\s*[【\[]?([^：:【】\[\]]{1,24}?)[】\]]?\s*[：:]\s*(\S.*)\Z", re.DOTALL)
_OPTION = re.compile(r"\s*(?:[（(]\s*([A-Ha-hＡ-Ｈａ-ｈ])\s*[)）]|([A-Ha-hＡ-Ｈａ-ｈ])\s*[)）.．、])\s*(\S.*)\Z", re.DOTALL)
_BULLET = re.compile(r"\s*(?:[-*•·]|[（(]?\d{1,2}[)）.．、])\s+(?=\S)|\s*(?:[（(]\d{1,2}[)）]|\d{1,2}[．、])\s*(?=\S)")
_TICK = re.compile(r"[✓✔√☑✅]\ufe0f?|[\[【]\s*[xX✓√对]\s*[\]】]")
_NO_TICK = re.compile(r"[✗✘×☐❌]\ufe0f?|\[\s*\]")
_FEEDBACK = re.compile(r"\s*(?:——|—|–|--|//|｜|\||(?:解析|反馈|说明|feedback|why)\s*[：:])\s*", re.IGNORECASE)
_WHY = re.compile(r"\s*(?:答案)?(?:解析|反馈|说明|feedback|why)\s*[：:]\s*(\S.*)\Z", re.IGNORECASE | re.DOTALL)
_TERM = re.compile(r"\s*(.{1,160}?)\s*(?:：|: |——| — | – | -- )\s*(\S.*)\Z", re.DOTALL)
_ENGLISH = re.compile(r"(.+?)\s*[（(]\s*([A-Za-z][^（()）]*)[)）]\s*\Z")


def section_of(heading: str) -> str:
    """Return which section a heading opens: terms, discussion, check; "" for a heading like any other."""
    words = re.sub(rf"^{_NUMBER}", "", heading.strip()).strip(" ：:").lower()
    return next((name for name, known in SECTIONS.items() if words in known), "")


def labelled(line: str, known: dict[str, tuple[str, ...]]) -> tuple[str, str] | None:
    """Return (name, words) of a line “label: words” with a label of the table, or None."""
    found = _LABEL.match(line)
    if not found:
        return None
    label = re.sub(r"\s+", " ", found[1]).strip(" *_").lower()
    name = next((name for name, words in known.items() if label in words), None)
    return (name, found[2].strip()) if name else None


def facts(piece: Piece) -> dict[str, str] | None:
    """What a paragraph at the top of a lesson says about it; None when a line of it is no label that is known."""
    if piece.kind not in (TEXT, LIST, QUOTE):
        return None
    found = [labelled(line, LABELS) for line in piece.lines]
    return dict(line for line in found if line) if found and all(found) else None


def minutes_in(words: str) -> int | None:
    """The minutes a label states: “45 分钟”, “45”, “1.5 小时”."""
    number = re.search(r"\d+(?:\.\d+)?", words)
    if not number or len(number[0]) > 6:
        return None
    value = float(number[0]) * (60 if re.search(r"小时|hour", words, re.IGNORECASE) else 1)
    return round(value) if 1 <= value <= 600 else None


def day_in(words: str) -> date | None:
    found = re.search(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})", words)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


# --- Key terms and discussion ---------------------------------------------------------------------------------------


def entries(piece: Piece) -> list[str]:
    """The points of a list, or a paragraph (line by line when every line has a number or is a term), without numbers."""
    if piece.node is not None:
        items = [tidy("\n".join(lines(item.children))) for item in piece.node.nodes if item.tag == "li"]
    else:
        apart = all(_BULLET.match(line) for line in piece.lines) or all(key_term(line) for line in piece.lines)
        items = piece.lines if apart else [piece.text]
    return [text for item in items if (text := _BULLET.sub("", item, count=1).strip())]


def key_term(line: str) -> dict[str, Any] | None:
    """“技术成熟度（technology readiness）：离实际应用还有多远。” as a key term; None for another line."""
    found = _TERM.match(line)
    if not found or not found[2].strip():
        return None
    name, english = found[1].strip(" *【】“”「」"), ""
    if both := _ENGLISH.match(name):
        name, english = both[1].strip(), both[2].strip()
    if not name or len(name) > 80 or len(english) > 120:
        return None
    return {"term": name, "term_en": english, "definition": found[2].strip()}


# --- Self-check -----------------------------------------------------------------------------------------------------


@dataclass
class Line:
    text: str
    place: int
    option: bool = False  # a point of a list that holds the answers
    question: bool = False  # a point of a list that holds questions


@dataclass
class Question:
    text: str
    place: int
    options: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""


def check_lines(piece: Piece) -> list[Line]:
    """The lines of a piece of the self-check section, each with what its place in a list says about it."""
    if piece.node is None:
        return [Line(text, piece.place) for text in piece.lines]
    return list(_list_lines(piece.node, piece.place, inner=False))


def _list_lines(node: Node, place: int, *, inner: bool) -> list[Line]:
    items = [item for item in node.nodes if item.tag == "li"]
    cut = []
    for item in items:
        below = [child for child in item.children if isinstance(child, Node) and child.tag in ("ul", "ol")]
        own = lines([child for child in item.children if child not in below])
        cut.append((own, below))
    # Answers stand below the points of this list, so the points are questions.
    questions = not inner and any(below or any(_OPTION.match(line) for line in own[1:]) for own, below in cut)
    out = []
    for own, below in cut:
        for number, text in enumerate(own):
            is_question = questions and number == 0
            out.append(Line(text, place, option=not questions and number == 0, question=is_question))
        for child in below:
            out += _list_lines(child, place, inner=True)
    return out


def questions(found: list[Line], notes: list[Note]) -> list[Question]:
    """Gather questions with their answers. A line without either belongs to the question before its answers."""
    out: list[Question] = []
    for line in found:
        current = out[-1] if out else None
        marked = _OPTION.match(line.text)
        why = _WHY.match(line.text)
        if current is not None and why and current.options:
            current.why = f"{current.why} {why[1]}".strip()
        elif not line.question and (marked or line.option) and current is not None:
            current.options.append(_option(marked[3] if marked else line.text, len(current.options)))
        elif marked or why:
            notes.append(Note(_("An answer without a question before it was left out: “%(text)s”.")
                              % {"text": line.text[:60]}, line.place))  # fmt: skip
        elif current is not None and not current.options and not line.question:
            current.text += "\n" + line.text
        else:
            out.append(Question(_BULLET.sub("", line.text, count=1).strip(), line.place))
    return out


def _option(text: str, number: int) -> dict[str, Any]:
    correct = bool(_TICK.search(text))
    text = _NO_TICK.sub("", _TICK.sub("", text)).strip()
    answer, feedback = text, ""
    if found := _FEEDBACK.search(text, 1):
        answer, feedback = text[: found.start()].strip(), text[found.end() :].strip()
    return {"key": _key(number), "text": answer or text, "correct": correct, "feedback": feedback}


def _key(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"o{number}"


def self_check(question: Question, key: str, notes: list[Note]) -> dict[str, Any] | None:
    """The block of a question, or None with a note when it has fewer than two answers."""
    if len(question.options) < 2:
        notes.append(Note(_("This self-check has fewer than two answers and stays plain text: “%(text)s”.")
                          % {"text": question.text[:60]}, question.place))  # fmt: skip
        return None
    for option in question.options:
        option["feedback"] = option["feedback"] or question.why
    if not any(option["correct"] for option in question.options):
        notes.append(Note(_("No answer is marked as right (✓): “%(text)s”. Mark one in the editor.")
                          % {"text": question.text[:60]}, question.place))  # fmt: skip
    if missing := [option["key"] for option in question.options if not option["feedback"]]:
        notes.append(Note(_("Answers without feedback (%(keys)s): “%(text)s”. Write it in the editor before review.")
                          % {"keys": ", ".join(missing), "text": question.text[:60]}, question.place))  # fmt: skip
    return {"key": key, "question": question.text, "options": question.options}
