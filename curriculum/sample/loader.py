"""Makes the sample courses from the YAML files beside it, as page drafts that then go through review like any other."""

import re
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import typst
import yaml
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from accounts.models import Organisation, User
from lms.lib.typesetting import FONTS

from ..default_rubric import defence_rubric
from ..library_blocks import pinned
from ..models import (
    CaseOrigin,
    CasePlacement,
    CaseScenarioPage,
    Competence,
    CoursePage,
    LessonPage,
    Level,
    Statute,
    Syllabus,
    Term,
    Topic,
    TrainingBasePage,
)
from ..productkinds import filled_value
from ..walls import collection_of, ensure_base_site

HERE = Path(__file__).resolve().parent
FILES = HERE.parent / "static" / "curriculum" / "examples"
SYLLABUS = "outline-2020"


def read(path: Path) -> Any:
    """Return what stands in a YAML file; libyaml is ten times as fast as the reader in Python, where it is there."""
    return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def lesson_files(level: str) -> list[Path]:
    """Return the lessons of a level in teaching order."""
    return sorted((HERE / "lessons" / level).glob("*.yaml"))


def case_files() -> list[Path]:
    return sorted((HERE / "cases").glob("*.yaml"))


def load_sample(base: Organisation, author: User) -> dict[str, CoursePage]:
    """Return the courses of the sample site by level code, lowest first, with lessons and cases; nothing of it
    published yet. A level without lessons has no course. A case stands in the course of every level whose topics it
    names."""
    return _Loading(base, author).run()


class _Loading:
    """One run: what the files refer to by code, read once."""

    def __init__(self, base: Organisation, author: User) -> None:
        self.base, self.author = base, author
        syllabus = Syllabus.objects.get(slug=SYLLABUS)
        topics = Topic.objects.filter(module__level__syllabus=syllabus).select_related("module__level")
        self.topics = {topic.code: topic for topic in topics}
        self.competences = {c.code: c for c in Competence.objects.filter(syllabus=syllabus)}
        self.levels = {level.code: level for level in Level.objects.filter(syllabus=syllabus)}

    def run(self) -> dict[str, CoursePage]:
        base_page = ensure_base_site(self.base)
        specs = [spec for spec in read(HERE / "courses.yaml") if lesson_files(spec["level"])]
        courses = {spec["level"]: self.course(base_page, spec) for spec in specs}
        cases = [self.case(base_page, read(path)) for path in case_files()]
        for spec in specs:
            self.assess(courses[spec["level"]], spec["parts"], cases)
        return courses

    def course(self, base_page: TrainingBasePage, spec: dict[str, Any]) -> CoursePage:
        course = CoursePage(
            **_titles(spec),
            level=self.levels[spec["level"]],
            about=spec["about"],
            author="示例编写组",
            licence="示例内容，随本项目使用",
            live=False,
            owner=self.author,
        )
        base_page.add_child(instance=course)
        for path in lesson_files(spec["level"]):
            data = read(path)
            lesson = lesson_from(data, self.base, self.author)
            lesson.topics.set([self.topics[code] for code in data["topics"]])
            course.add_child(instance=lesson)
            lesson.save_revision(user=self.author)
        return course

    def case(self, base_page: TrainingBasePage, data: dict[str, Any]) -> CaseScenarioPage:
        case = new_case(data, self.author)
        case.topics.set([self.topics[code] for code in data["topics"]])
        case.competences.set([self.competences[code] for code in data["competences"]])
        base_page.add_child(instance=case)
        case.save_revision(user=self.author)
        CaseOrigin.note_shipped(case, self.base, by=self.author)
        return case

    def assess(self, course: CoursePage, parts: list[dict[str, Any]], cases: list[CaseScenarioPage]) -> None:
        """Place the cases of the course's level, and divide them among its parts."""
        mine = {
            case.slug: case
            for case in cases
            if any(topic.module.level_id == course.level_id for topic in case.topics.all())
        }
        named = {slug for part in parts if isinstance(part.get("cases"), list) for slug in part["cases"]}
        rest = [slug for slug in mine if slug not in named]
        blocks, assessed = [], set()
        for part in parts:
            slugs = part.get("cases", rest)
            if slugs == "answered":
                slugs = [slug for slug in rest if (HERE / "answers" / f"{slug}.yaml").exists()]
            rules = {"defence": [{"rubric": defence_rubric()} | one for one in part["defence"]]} if "defence" in part else {}
            blocks.append(_block("part", part | rules | {"cases": [mine[slug].pk for slug in slugs]}))
            assessed.update(slugs)
        for order, (slug, case) in enumerate(mine.items(), start=1):
            placement = CasePlacement(case=case, required=slug in assessed, sort_order=order)
            course.case_placements.add(placement)
        course.parts = blocks
        course.save()
        course.save_revision(user=self.author)


def _block(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "id": str(uuid.uuid4())}


def _stream(field, blocks: list[dict[str, Any]]):
    return field.stream_block.to_python(blocks)


def _provenance(data: dict[str, Any]) -> dict[str, Any]:
    given = data.get("provenance", {})
    return {
        "author": given.get("author") or "",
        "source": (given.get("source") or "")[:255],
        "source_url": given.get("source_url") or "",
        "licence": (given.get("licence") or "")[:120],
        "legally_valid_on": given.get("valid_on"),
    }


def _titles(data: dict[str, Any]) -> dict[str, Any]:
    return {name: (data.get(name) or "").strip() for name in ("slug", "title", "title_en", "summary", "summary_en")}


def lesson_from(data: dict[str, Any], base: Organisation, author: User) -> LessonPage:
    """Return the lesson a file describes, not yet in the tree."""
    blocks = [made for block in data["body"] for made in _lesson_blocks(block, base)]
    if sources := data.get("sources"):
        lines = "".join(f'<li><a href="{s["url"]}">{s["title"]}</a></li>' for s in sources if s.get("url"))
        plain = "".join(f"<li>{s['title']}</li>" for s in sources if not s.get("url"))
        blocks += [_block("heading", "来源"), _block("text", f"<ul>{lines}{plain}</ul>")]
    return LessonPage(
        **_titles(data),
        **_provenance(data),
        minutes=data["minutes"],
        body=_stream(LessonPage.body.field, blocks),
        live=False,
        owner=author,
    )


def _lesson_blocks(block: dict[str, Any], base: Organisation) -> list[dict[str, Any]]:
    """Return what one entry of the file becomes: one block, or several where a text holds tables, because rich text has
    none and a block for simple HTML draws them."""
    if block["type"] != "text":
        return [_lesson_block(block, base)]
    pieces = re.split(r"(<table.*?</table>)", block["html"], flags=re.DOTALL)
    return [_block("table" if p.startswith("<table") else "text", p.strip()) for p in pieces if p.strip()]


def _lesson_block(block: dict[str, Any], base: Organisation) -> dict[str, Any]:
    kind, value = block["type"], {key: v for key, v in block.items() if key != "type"}
    if kind == "heading":
        return _block("heading", value["text"])
    if kind == "figure_svg":
        image = _figure(HERE / value["file"], value["alt"], base)
        named = {"source": "本站绘制", "licence": "示例内容，可用于教学演示"}
        return _block("figure", {"image": image.pk, "alt": value["alt"], "caption": value.get("caption", "")} | named)
    if kind == "document":
        value = {"description": "", "preview": True} | value
        file = _document(f"{Path(value['file']).stem}.pdf", _printed(HERE / value["file"]), base, title=value["title"])
        return _block("document", {key: v for key, v in value.items() if key != "file"} | {"document": file.pk})
    if kind == "film":
        return _block("video", _film(value, base))
    if kind == "self_check":
        value["options"] = [{"correct": False} | option for option in value["options"]]
    if kind == "statute":
        value["valid_on"] = str(value["valid_on"])
        if found := Statute.objects.readable_at(base).filter(title=value["title"]).first():
            words = {name: value.get(name) or "" for name in ("article", "quotation")}
            return _block("library_statute", pinned("statute", found, **words))
    if kind == "key_term" and (found := Term.objects.readable_at(base).filter(term=value["term"]).first()):
        return _block("library_term", pinned("library_term", found, boxed=True))
    return _block(kind, value)


@cache
def drawing(path: Path) -> bytes:
    """Return the drawing as PNG: typst reads SVG, and needs no library of the system."""
    width = int(re.search(r'width="(\d+)', path.read_text("utf-8")).group(1))
    source = f'#set page(width: {width}pt, height: auto, margin: 0pt)\n#image("{path.name}", width: 100%)'
    return typst.compile(source.encode(), root=str(path.parent), format="png", ppi=144)


def _figure(path: Path, alt: str, base: Organisation):
    """Return the drawing as an image of the base."""
    image = get_image_model()(title=alt[:255], collection=collection_of(base))
    image.file = ContentFile(drawing(path), name=f"{path.stem}.png")
    image.save()
    return image


def _film(value: dict[str, Any], base: Organisation) -> dict[str, Any]:
    """Return the block of a film whose files come with the product: `file`, `captions`, `captions_en`, `poster`."""
    names = {name: value[name] for name in ("file", "captions", "captions_en")}
    documents = {part: _document(name, (FILES / name).read_bytes(), base).pk for part, name in names.items()}
    poster = get_image_model()(title=value["title"], collection=collection_of(base))
    poster.file = ContentFile((FILES / value["poster"]).read_bytes(), name=value["poster"])
    poster.save()
    return value | documents | {"poster": poster.pk, "address": "", "transcript": value.get("transcript", "")}


def _document(name: str, data: bytes, base: Organisation, *, title: str = ""):
    """Return a file that comes with the product as a document of the base."""
    document = get_document_model()(title=title or name, collection=collection_of(base), file_size=len(data))
    document.file = ContentFile(data, name=name)
    document.save()
    document.get_file_hash()
    return document


@cache
def _printed(path: Path) -> bytes:
    """Return a form written for typst as PDF, in the fonts that come with the product."""
    return typst.compile(path, font_paths=[FONTS], ignore_system_fonts=True)


def _stage(stage: dict[str, Any]) -> dict[str, Any]:
    """A stage of the file as its block wants it: at most one decision or negotiation, in a list."""
    one = {name: [stage[name]] if stage.get(name) else [] for name in ("decision", "negotiation")}
    one["negotiation"] = [{"counterpart": ""} | talk | {"room": [talk["room"]] if talk.get("room") else []}
                          for talk in one["negotiation"]]  # fmt: skip
    return stage | one


def new_case(data: dict[str, Any], author: User) -> CaseScenarioPage:
    fields = CaseScenarioPage
    stages = [_stage(stage) for stage in data["stages"]]
    deliverable = filled_value(data["deliverable"])
    sources = "".join(
        f'<li><a href="{s["url"]}">{s["title"]}</a></li>' if s.get("url") else f"<li>{s['title']}</li>"
        for s in data.get("sources", [])
    )
    debrief = data["debrief"] + (f"<h3>来源</h3><ul>{sources}</ul>" if sources else "")
    return CaseScenarioPage(
        **_titles(data),
        **_provenance(data),
        sector=data.get("sector", ""),
        sector_en=data.get("sector_en", ""),
        minutes=data["minutes"],
        role=data["role"],
        brief=data["brief"],
        exhibits=_stream(fields.exhibits.field, [_block("exhibit", e | {"document": None}) for e in data["exhibits"]]),
        stages=_stream(fields.stages.field, [_block("stage", s) for s in stages]),
        variables=_stream(fields.variables.field, [_block("variable", v) for v in data.get("variables", [])]),
        counterparts=_stream(fields.counterparts.field, [_block("counterpart", c) for c in data.get("counterparts", [])]),
        variants=_stream(fields.variants.field, [_block("variant", v) for v in data.get("variants", [])]),
        debrief=debrief,
        deliverable=_stream(fields.deliverable.field, [_block("deliverable", deliverable)]),
        rubric=_stream(fields.rubric.field, [_block("criterion", c) for c in data["rubric"]["criteria"]]),
        live=False,
        owner=author,
    )
