"""The English that ships: of texts as they stand now, good enough to be approved, whole pages and no leftovers."""

import re

import pytest

from curriculum.sample.loader import HERE, lesson_files, read
from curriculum.sample.translations import FOLDER, texts
from curriculum.segments import HTML, LONG, PLAIN, RICH, normal, source_hash
from curriculum.translation_checks import problems

FILES = sorted(FOLDER.rglob("*.yaml"))


def strings(node):
    """Every text of a source file, also as its pieces between tables."""
    if isinstance(node, str):
        yield node
        yield from (piece.strip() for piece in re.split(r"(<table.*?</table>)", node, flags=re.DOTALL))
    elif isinstance(node, list | dict):
        for child in node.values() if isinstance(node, dict) else node:
            yield from strings(child)


def sources(path):
    """{hash: text} of everything that the file's page could say."""
    if path.parent.name == "courses":
        data = [c for c in read(HERE / "courses.yaml") if c["level"] == path.stem]
    else:
        data = read(HERE / path.relative_to(FOLDER))
    found = {normal(kind, text) for text in strings(data) for kind in (RICH, PLAIN)}
    if isinstance(data, dict) and data.get("sources"):
        lines = "".join(
            f'<li><a href="{s["url"]}">{s["title"]}</a></li>' if s.get("url") else f"<li>{s['title']}</li>"
            for s in data["sources"]
        )
        found |= {"来源", f"<ul>{lines}</ul>"}
        if "debrief" in data:
            found.add(normal(RICH, f"{data['debrief']}<h3>来源</h3><ul>{lines}</ul>"))
    return {source_hash(text)[:16]: text for text in found}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_row_translates_a_text_that_is_there(path):
    known = sources(path)
    rows = read(path)
    gone = [row["zh"] for row in rows if row["of"] not in known]
    assert gone == [], "the Chinese has changed: translate it again"
    assert len({row["of"] for row in rows}) == len(rows)
    for row in rows:
        source = known[row["of"]]
        kind = HTML if "<" in source else LONG
        assert problems(kind, source, row["en"]) == [], row["zh"]


def test_there_is_something_to_read():
    lessons = [path for path in FILES if path.parent.name == "junior"]
    assert len(lessons) >= 3 and {p.name for p in lessons} <= {p.name for p in lesson_files("junior")}
    assert (FOLDER / "courses" / "junior.yaml").exists() and (FOLDER / "cases").glob("*.yaml")
    assert all(len(texts(path)) > 20 for path in lessons)
