"""What a next version may say, drawn by hypothesis, and the ways in which the authority's desk takes it in."""

import copy
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import strategies as st

from curriculum.syllabus_content import file_form
from curriculum.syllabus_diff import topics_of
from curriculum.syllabus_workbook import CSV_COLUMNS, write_csv, write_xlsx, write_yaml

WORDS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)
HOURS = st.decimals(0, 400, places=2).map(lambda value: f"{value.normalize():f}")
PLACE = st.integers(0, 30)

EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("topic hours"), PLACE, HOURS),
        st.tuples(st.just("module hours"), PLACE, HOURS),
        st.tuples(st.just("remove"), PLACE, st.none()),
        st.tuples(st.just("add"), PLACE, st.tuples(WORDS, HOURS)),
        st.tuples(st.just("move"), PLACE, PLACE),
        st.tuples(st.just("reorder"), PLACE, st.none()),
        st.tuples(st.just("rename"), PLACE, WORDS),
        st.tuples(st.just("recode"), PLACE, st.none()),
        st.tuples(st.just("required"), PLACE, st.booleans()),
        st.tuples(st.just("new module"), PLACE, st.tuples(WORDS, HOURS)),
        # Below here what only a file changes; the grids leave it.
        st.tuples(st.just("outcomes"), PLACE, st.lists(WORDS, max_size=3)),
        st.tuples(st.just("competences"), PLACE, st.none()),
        st.tuples(st.just("level words"), PLACE, WORDS),
        st.tuples(st.just("competence words"), PLACE, WORDS),
        st.tuples(st.just("minutes of an hour"), PLACE, st.integers(1, 120)),
    ),
    min_size=1,
    max_size=12,
)
BY_FILE_ONLY = {"outcomes", "competences", "level words", "competence words", "minutes of an hour"}


def edited(content: dict[str, Any], edits: list[tuple[str, int, Any]]) -> dict[str, Any]:
    """Return the content after these edits, as a version that could come into force: no module without a topic."""
    said = copy.deepcopy(content)
    for number, (what, place, value) in enumerate(edits):
        _edit(said, what, place, value, f"X{number}")
    for level in said["levels"]:
        level["modules"] = [module for module in level["modules"] if module["topics"]]
    return said


def _edit(said: dict[str, Any], what: str, place: int, value: Any, name: str) -> None:
    level = said["levels"][place % len(said["levels"])]
    modules = level["modules"]
    module = modules[place % len(modules)]
    topics = [(m, topic) for m in modules for topic in m["topics"]]
    home, topic = topics[place % len(topics)]
    if what == "topic hours":
        topic["hours"] = value
    elif what == "module hours":
        module["hours"] = value
    elif what == "remove" and len(topics) > 1:
        home["topics"].remove(topic)
    elif what == "add":
        module["topics"].append(_new_topic(name, *value))
    elif what == "move":
        home["topics"].remove(topic)
        modules[value % len(modules)]["topics"].append(topic)
    elif what == "reorder":
        home["topics"].insert(0, home["topics"].pop())
    elif what == "rename":
        topic |= {"title": value, "title_en": value}
    elif what == "recode":
        topic["code"] = name
    elif what == "required":
        topic["required"] = value
    elif what == "new module":
        title, hours = value
        modules.append({"code": name.lower(), "title": title, "title_en": title, "hours": hours, "hours_source": "",
                        "hours_verified": False, "topics": [_new_topic(name, title, hours)]})  # fmt: skip
    elif what == "outcomes":
        topic |= {"outcomes": value, "outcomes_en": value}
    elif what == "competences":
        topic["competences"] = []
    elif what == "level words":
        level |= {"title": value, "title_en": value, "summary": value}
    elif what == "competence words":
        said["competences"][place % len(said["competences"])] |= {"title": value, "title_en": value}
    elif what == "minutes of an hour":
        said["minutes_per_hour"] = value


def _new_topic(code: str, title: str, hours: str) -> dict[str, Any]:
    return {"code": code, "title": title, "title_en": title, "required": True, "hours": hours, "outcomes": [],
            "outcomes_en": [], "competences": [], "lineage": ""}  # fmt: skip


# --- Ways in --------------------------------------------------------------------------------------------------------


def as_file(kind: str, content: dict[str, Any]) -> SimpleUploadedFile:
    """Return the content as somebody who knows the template would upload it."""
    if kind == "xlsx":
        data = write_xlsx(content, {name: name for name in CSV_COLUMNS}, ["说明"])
    elif kind == "csv":
        data = write_csv(content)
    else:
        data = write_yaml(file_form(content))
    return SimpleUploadedFile(f"next.{kind}", data)


def import_file(client, draft, upload: SimpleUploadedFile) -> None:
    """Upload, look at the preview, apply."""
    answer = client.post(reverse("syllabus_import", args=[draft.slug]), {"file": upload})
    assert answer.status_code == 302, [problem["text"] for problem in answer.context["problems"]]
    assert client.get(answer["Location"]).status_code == 200
    assert client.post(answer["Location"]).status_code == 302
    draft.refresh_from_db()


def sent_by_a_browser(grid) -> dict[str, str]:
    """What a browser would send of a grid as it was shown."""
    sent = {}
    for cells in grid.all_cells():
        for bound in cells:
            value = bound.value()
            if value is True:
                sent[bound.html_name] = "on"
            elif value not in (None, False):
                sent[bound.html_name] = str(getattr(value, "pk", value))
    return sent


def type_into_grids(client, draft, wanted: dict[str, Any]) -> None:
    """Make modules and topics of the draft's one level say what is wanted, by its page: first new modules, then all."""
    (level,) = wanted["levels"]
    url = reverse("syllabus_draft_level", args=[draft.slug, level["code"]])
    for module in level["modules"]:
        if not draft.levels.get().modules.filter(code=module["code"]).exists():
            values = {f"mn-{name}": module[name] for name in ("code", "title", "title_en", "hours")}
            _save(client, url, sent_by_a_browser(client.get(url).context["grid"]) | values, draft)
    grid = client.get(url).context["grid"]
    sent = sent_by_a_browser(grid)
    rows = {str(cells.row.lineage): cells.prefix for block in grid.blocks for cells in block.topics}
    modules = {block.module.code: block.module for block in grid.blocks}
    wanted_modules = {module["code"]: module for module in level["modules"]}
    for code, module in modules.items():
        if code in wanted_modules:
            sent[f"m{module.pk}-hours"] = wanted_modules[code]["hours"]
        else:
            sent[f"m{module.pk}-remove"] = "on"
    new = 0
    for code, module in wanted_modules.items():
        for place, topic in enumerate(module["topics"], 1):
            prefix = rows.pop(topic["lineage"], None)
            if prefix is None:
                prefix, new = f"tn-{modules[code].pk}-{new}", new + 1
            sent |= {f"{prefix}-{name}": topic[name] for name in ("code", "title", "title_en", "hours")}
            sent |= {f"{prefix}-module": str(modules[code].pk), f"{prefix}-position": str(place)}
            sent.pop(f"{prefix}-required", None)
            if topic["required"]:
                sent[f"{prefix}-required"] = "on"
    sent |= {f"{prefix}-remove": "on" for prefix in rows.values()}
    _save(client, url, sent, draft)


def _save(client, url: str, sent: dict[str, str], draft) -> None:
    answer = client.post(url, sent | {"edit_number": str(draft.edit_number)})
    assert answer.status_code == 302, answer.context["grid"].errors
    draft.refresh_from_db()


def told(content: dict[str, Any], *, by_grid: bool) -> list[Any]:
    """What the way in was to change, for a comparison: of a grid the topics with their places and module hours."""
    topics = [
        (t.level, t.module, t.code, t.title, t.title_en, t.required, Decimal(t.hours)) for t in topics_of(content)
    ]
    hours = [(m["code"], Decimal(m["hours"])) for level in content["levels"] for m in level["modules"]]
    if by_grid:
        return [topics, hours]
    words = [(level["title"], level["summary"]) for level in content["levels"]]
    words += [(t.outcomes, t.competences) for t in topics_of(content)]
    return [topics, hours, words, [c["title"] for c in content["competences"]], content["minutes_per_hour"]]
