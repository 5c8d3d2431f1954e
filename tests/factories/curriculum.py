"""A small syllabus, a small course and its edition, made with the real verbs."""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone
from wagtail.signal_handlers import disable_reference_index_auto_update

from accounts.models import Membership, Organisation, Role, User
from curriculum import productkinds
from curriculum.models import (
    CasePlacement,
    CaseScenarioPage,
    Competence,
    CoursePage,
    CourseReview,
    Edition,
    LessonPage,
    Level,
    Module,
    Syllabus,
    Topic,
)
from curriculum.syllabus_drafts import new_draft
from curriculum.tree import ensure_home
from curriculum.walls import ensure_base_site

_numbers = count(1)


def make_syllabus(slug: str = "test-outline", *, in_force: bool = True) -> Syllabus:
    """Return a version with a junior level of 2 modules (2 hours each), 3 topics (A1, A2 and the elective B1) and
    2 competences (discover, trade); the one of that slug when it is there already."""
    if found := Syllabus.objects.filter(slug=slug).first():
        return found
    syllabus = Syllabus.objects.create(
        slug=slug, version="2020", title="测试大纲", title_en="Test outline", issuer="测试主管机构",
        issuer_en="Test authority", source_note="测试用,并非大纲原文。", minutes_per_hour=45,
    )  # fmt: skip
    discover = Competence.objects.create(
        syllabus=syllabus, code="discover", title="挖掘", title_en="Discovery", kind="stage", position=0
    )
    trade = Competence.objects.create(
        syllabus=syllabus, code="trade", title="交易", title_en="Transaction", kind="stage", position=1
    )
    level = Level.objects.create(
        syllabus=syllabus, code="junior", title="初级技术经理人", title_en="Junior technology manager",
        summary="入门。", summary_en="The first level.",
    )  # fmt: skip
    general = _module(level, "general", "公共知识", "General knowledge", 0)
    skills = _module(level, "skills", "实务技能", "Practical skills", 1)
    _topic(general, "A1", "职业概览", "The profession", 0, [discover])
    _topic(general, "A2", "成果与知识产权", "Results and intellectual property", 1, [discover])
    _topic(skills, "B1", "技术交易", "Technology transactions", 0, [trade], required=False)
    if in_force:
        syllabus.bring_into_force(at=date(2020, 3, 26))
    return syllabus


def make_next_version(source: Syllabus, slug: str = "test-outline-2", *, at: date = date(2026, 1, 1), change=None) -> Syllabus:
    """Return the next version of the same standard, in force from that day; the one of that slug when it is there already.

    change: called with the draft before it comes into force.
    """
    if found := Syllabus.objects.filter(slug=slug).first():
        return found
    draft = new_draft(source, slug=slug, version=str(at.year), by=None, at=timezone.now())
    if change:
        change(draft)
    draft.bring_into_force(at=at)
    return draft


def _module(level: Level, code: str, title: str, title_en: str, position: int) -> Module:
    return Module.objects.create(
        level=level, code=code, title=title, title_en=title_en, hours=Decimal(2), hours_source="测试", position=position
    )


def _topic(module, code, title, title_en, position, competences, *, required=True) -> Topic:
    topic = Topic.objects.create(
        module=module, code=code, title=title, title_en=title_en, required=required, hours=Decimal(1),
        outcomes=["说明所学"], outcomes_en=["Explain what was studied"], position=position,
    )  # fmt: skip
    topic.competences.set(competences)
    return topic


def make_person(name: str, *, at_base: Organisation, role: Role) -> User:
    user = User.objects.create_user(f"curriculum{next(_numbers)}@example.org", None, full_name=name)
    Membership.objects.create(user=user, organisation=at_base, role=role, valid_from=date(2020, 1, 1))
    return user


def make_authority() -> Organisation:
    """Return the one authority, making it when it is missing."""
    found = Organisation.objects.authority()
    return found or Organisation.objects.create(
        kind=Organisation.Kind.AUTHORITY, name="测试主管机构", name_en="Test authority", slug="authority"
    )


def stream(page_class, field: str, blocks: list[tuple[str, Any]]):
    """Return a StreamField value of (block type, plain value) pairs."""
    raw = [
        {"type": kind, "value": value, "id": f"00000000-0000-4000-8000-{place:012d}"}
        for place, (kind, value) in enumerate(blocks)
    ]
    return getattr(page_class, field).field.stream_block.to_python(raw)


def make_lesson(course: CoursePage, title: str, topics: list[Topic], *, author: User | None = None, minutes: int = 45,
                body: list[tuple[str, Any]] | None = None) -> LessonPage:  # fmt: skip
    lesson = LessonPage(
        title=title, title_en=f"Lesson {next(_numbers)}", slug=f"lesson-{next(_numbers)}", summary="这一课讲什么。",
        summary_en="What this lesson is about.", minutes=minutes, live=False, owner=author, author="测试编写组",
        body=stream(LessonPage, "body", body or LESSON_BODY),
    )  # fmt: skip
    course.add_child(instance=lesson)
    lesson.topics.set(topics)
    lesson.save()
    lesson.save_revision(user=author)
    return lesson


LESSON_BODY = [
    ("heading", "为什么需要技术经理人"),
    ("text", "<p>技术经理人在实验室和企业之间做翻译。</p>"),
    ("key_term", {"term": "技术经理人", "term_en": "technology manager", "definition": "促成技术转移的专业人员。"}),
    (
        "self_check",
        {
            "key": "q1",
            "question": "技术经理人首先要核对什么?",
            "options": [
                {"key": "a", "text": "权属", "correct": True, "feedback": "对,先弄清是谁的。"},
                {"key": "b", "text": "价格", "correct": False, "feedback": "还太早。"},
            ],
        },
    ),
]


def make_case(base: Organisation, topics: list[Topic], competences: list[Competence], *, author: User | None = None,
              title: str = "热水器用户需求翻译", at=None, **changes) -> CaseScenarioPage:  # fmt: skip
    """Return a case of two stages, a decision in the first, a work product of text, number and table, two criteria.

    at: the page it stands below, the base's own when not given.
    changes: other fields of the page, such as stages=stream(CaseScenarioPage, "stages", […]).
    """
    number = next(_numbers)
    values = {
        "title": title, "title_en": f"Case {number}", "slug": f"case-{number}", "summary": "一个案例。",
        "summary_en": "A case.", "minutes": 90, "role": "<p>你是技术经理人。</p>", "brief": "<p>企业提出了需求。</p>",
        "debrief": "<p>事后讲评。</p>", "disagreement_limit": 15,
        "exhibits": stream(CaseScenarioPage, "exhibits", EXHIBITS),
        "stages": stream(CaseScenarioPage, "stages", STAGES),
        "deliverable": stream(CaseScenarioPage, "deliverable", [("deliverable", DELIVERABLE)]),
        "rubric": stream(CaseScenarioPage, "rubric", [("criterion", c) for c in RUBRIC]),
    }  # fmt: skip
    case = CaseScenarioPage(**{**values, **changes}, live=False, owner=author)
    (at or ensure_base_site(base)).add_child(instance=case)
    case.topics.set(topics)
    case.competences.set(competences)
    case.save()
    case.save_revision(user=author)
    return case


def _exhibit(key: str, title: str, kind: str, html: str) -> tuple[str, dict[str, Any]]:
    return "exhibit", {"key": key, "title": title, "kind": kind, "html": html, "document": None}


EXHIBITS = [
    _exhibit("memo", "用户来信", "memo", "<p>洗澡时水忽冷忽热。</p>"),
    _exhibit("data", "测量数据", "data", "<table><tr><td>±6 ℃</td></tr></table>"),
]
STAGES = [
    (
        "stage",
        {
            "key": "visit",
            "title": "走访",
            "narrative": "<p>你到了企业。</p>",
            "exhibits": ["memo"],
            "decision": [
                {
                    "question": "先问什么?",
                    "options": [
                        {"key": "users", "text": "问用户怎么用", "consequence": "<p>得到来信。</p>", "next": ""},
                        {"key": "price", "text": "问预算", "consequence": "<p>对方不愿说。</p>", "next": "draft"},
                    ],
                }
            ],
        },
    ),
    (
        "stage",
        {"key": "draft", "title": "成文", "narrative": "<p>写需求说明。</p>", "exhibits": ["data"], "decision": []},
    ),
]
DELIVERABLE = {
    "title": "技术需求说明书",
    "title_en": "Technical requirement statement",
    "instructions": "<p>写给研发人员看。</p>",
    "attachment": "optional",
    "fields": [
        {"key": "problem", "label": "问题", "label_en": "Problem", "kind": "longtext", "required": True, "help": "",
         "max_length": 2000, "columns": [], "min_rows": 0},
        {"key": "budget", "label": "预算(万元)", "label_en": "Budget", "kind": "number", "required": False, "help": "",
         "max_length": 40, "columns": [], "min_rows": 0},
        {"key": "indicators", "label": "指标", "label_en": "Indicators", "kind": "table", "required": True, "help": "",
         "max_length": 400, "min_rows": 1, "columns": [
             {"key": "name", "label": "指标", "label_en": "Indicator"},
             {"key": "target", "label": "目标值", "label_en": "Target"},
         ]},
    ],
}  # fmt: skip


def kind_of_product(key: str, **changes):
    """Return the work product of a case as an author takes it from the library of kinds."""
    return stream(CaseScenarioPage, "deliverable", [("deliverable", productkinds.get(key).block_value() | changes)])


def _bands(*points: int) -> list[dict[str, Any]]:
    labels = ["不足", "合格", "优秀"]
    return [
        {"points": point, "label": label, "label_en": "", "descriptor": f"表现档次:{label}"}
        for point, label in zip(points, labels, strict=True)
    ]


def _criterion(key: str, title: str, title_en: str, competence: str, *points: int) -> dict[str, Any]:
    return {"key": key, "title": title, "title_en": title_en, "competence": competence, "bands": _bands(*points)}


RUBRIC = [
    _criterion("need", "需求清楚", "Clear need", "discover", 0, 30, 60),
    _criterion("terms", "指标可验", "Testable terms", "trade", 0, 20, 40),
]


def make_course(base: Organisation, author: User | None = None, *, syllabus: Syllabus | None = None,
                title: str = "初级课程(测试)", **case_changes) -> CoursePage:  # fmt: skip
    """Return a course of the base that could go to review: two lessons, one required case, one part. Nothing of it is
    reviewed or published. case_changes: fields of the case, such as deliverable=…"""
    ensure_home()
    syllabus = syllabus or make_syllabus()
    level = syllabus.levels.get(code="junior")
    topics = {topic.code: topic for topic in Topic.objects.filter(module__level=level)}
    competences = list(syllabus.competences.all())
    author = author or make_person("内容作者", at_base=base, role=Role.AUTHOR)
    number = next(_numbers)
    course = CoursePage(
        title=title, title_en=f"Junior course {number}", slug=f"junior-{number}", summary="一门测试课程。",
        summary_en="A course for tests.", level=level, about="<p>课程介绍。</p>", live=False, owner=author,
    )  # fmt: skip
    ensure_base_site(base).add_child(instance=course)
    make_lesson(course, "第一课 职业概览", [topics["A1"]], author=author)
    make_lesson(course, "第二课 成果与知识产权", [topics["A2"], topics["B1"]], author=author)
    case = make_case(base, [topics["B1"]], competences, author=author, **case_changes)
    course.case_placements.add(CasePlacement(case=case, required=True, sort_order=0))
    course.parts = stream(CoursePage, "parts", [("part", part_of([case]))])
    course.save()
    course.save_revision(user=author)
    return CoursePage.objects.get(pk=course.pk)


def part_of(cases: list[CaseScenarioPage], **changes) -> dict[str, Any]:
    """Return the value of an assessment part with these cases."""
    part = {"key": "cases", "kind": "case", "title": "实战案例", "title_en": "Case work", "weight": 100}
    return {**part, "pass_mark": 60, "cases": [case.pk for case in cases], **changes}


def make_edition(base: Organisation, at: datetime | None = None, *, author: User | None = None,
                 base_reviewer: User | None = None, reviewer: User | None = None,
                 course: CoursePage | None = None) -> Edition:  # fmt: skip
    """Return the edition of a course (a new one when not given) that went through both reviews."""
    at = at or timezone.now()
    author = author or make_person("内容作者", at_base=base, role=Role.AUTHOR)
    base_reviewer = base_reviewer or make_person("基地审核人", at_base=base, role=Role.BASE_REVIEWER)
    reviewer = reviewer or make_person("主管机构审核人", at_base=make_authority(), role=Role.REVIEWER)
    with disable_reference_index_auto_update():  # an eighth of the suite's time; nothing of ours reads that index
        review = CourseReview.submit(course or make_course(base, author), by=author, at=at)
        review.approve(by=base_reviewer, at=at)
        review.approve(by=reviewer, at=at, comment="同意")
    return review.edition
