"""Makes the sample course from the YAML files beside it, as page drafts that then go through review like any other."""

import re
import uuid
from pathlib import Path
from typing import Any

import typst
import yaml
from django.core.files.base import ContentFile
from wagtail.images import get_image_model

from accounts.models import Organisation, User

from ..models import CasePlacement, CaseScenarioPage, Competence, CoursePage, LessonPage, Level, Topic
from ..walls import collection_of, ensure_base_site

HERE = Path(__file__).resolve().parent
SYLLABUS = "outline-2020"


def load_sample(base: Organisation, author: User, at) -> CoursePage:
    """Return the junior course of the sample site: 12 lessons, 3 cases, one part; nothing of it published yet."""
    level = Level.objects.select_related("syllabus").get(syllabus__slug=SYLLABUS, code="junior")
    topics = {topic.code: topic for topic in Topic.objects.filter(module__level=level)}
    competences = {c.code: c for c in Competence.objects.filter(syllabus=level.syllabus)}
    base_page = ensure_base_site(base)
    course = CoursePage(
        title="初级技术经理人（示例课程）",
        title_en="Junior technology manager (sample course)",
        slug="junior",
        summary="按大纲初级的四个模块编写：学习必修专题，完成三个实战案例，提交可以交付的工作成果。",
        summary_en="The four modules of the junior level, three practical cases, and work products fit for delivery.",
        level=level,
        about=(
            "<p>本课程面向刚进入技术转移行业的从业者。课程按培训大纲初级的四个模块编写；每个必修专题都有对应的课，"
            "三个案例要求提交真实工作中会用到的文件，由两名评阅人匿名评分。</p>"
        ),
        author="示例编写组",
        licence="示例内容，随本项目使用",
        live=False,
        owner=author,
    )
    base_page.add_child(instance=course)
    for path in sorted((HERE / "lessons").glob("*.yaml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        course.add_child(instance=(lesson := _lesson(data, base, author)))
        lesson.topics.set([topics[code] for code in data["topics"]])
        lesson.save()
        lesson.save_revision(user=author)
    cases = []
    for path in sorted((HERE / "cases").glob("*.yaml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        base_page.add_child(instance=(case := _case(data, author)))
        case.topics.set([topics[code] for code in data["topics"]])
        case.competences.set([competences[code] for code in data["competences"]])
        case.save()
        case.save_revision(user=author)
        cases.append(case)
        course.case_placements.add(CasePlacement(case=case, required=True, sort_order=len(cases)))
    part = {
        "key": "cases",
        "kind": "case",
        "title": "实战案例",
        "title_en": "Case work",
        "weight": 100,
        "pass_mark": 60,
        "cases": [case.pk for case in cases],
    }
    course.parts = [_block("part", part)]
    course.save()
    course.save_revision(user=author)
    return course


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


def _lesson(data: dict[str, Any], base: Organisation, author: User) -> LessonPage:
    blocks = [_lesson_block(block, base) for block in data["body"]]
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


def _lesson_block(block: dict[str, Any], base: Organisation) -> dict[str, Any]:
    kind, value = block["type"], {key: v for key, v in block.items() if key != "type"}
    if kind == "text":
        # Rich text has no tables: a text with one is drawn by the block for simple HTML.
        return _block("table" if "<table" in value["html"] else "text", value["html"])
    if kind == "heading":
        return _block("heading", value["text"])
    if kind == "figure_svg":
        image = _figure(HERE / value["file"], value["alt"], base)
        return _block("figure", {"image": image.pk, "alt": value["alt"], "caption": value.get("caption", "")})
    if kind == "self_check":
        value["options"] = [{"correct": False} | option for option in value["options"]]
    if kind == "statute":
        value["valid_on"] = str(value["valid_on"])
    return _block(kind, value)


def _figure(path: Path, alt: str, base: Organisation):
    """Return the drawing as an image of the base; typst turns SVG into PNG."""
    width = int(re.search(r'width="(\d+)', path.read_text("utf-8")).group(1))
    source = f'#set page(width: {width}pt, height: auto, margin: 0pt)\n#image("{path.name}", width: 100%)'
    png = typst.compile(source.encode(), root=str(path.parent), format="png", ppi=144)
    model = get_image_model()
    image = model(title=alt[:255], collection=collection_of(base))
    image.file = ContentFile(png, name=f"{path.stem}.png")
    image.save()
    return image


def _case(data: dict[str, Any], author: User) -> CaseScenarioPage:
    fields = CaseScenarioPage
    stages = [
        stage | {"decision": [stage["decision"]] if stage.get("decision") else []} for stage in data["stages"]
    ]
    deliverable = data["deliverable"]
    deliverable = deliverable | {
        "fields": [{"columns": [], "min_rows": 1, "max_length": 4000, "help": ""} | f for f in deliverable["fields"]]
    }
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
        debrief=debrief,
        deliverable=_stream(fields.deliverable.field, [_block("deliverable", deliverable)]),
        rubric=_stream(fields.rubric.field, [_block("criterion", c) for c in data["rubric"]["criteria"]]),
        live=False,
        owner=author,
    )
