"""How long people wait in a tree of 500 pages: explorer, editor, draft, status, submission, both approvals.

    .venv/bin/python bench/tree.py    SQLite in a folder of its own; about three minutes

Makes one base with 500 pages of real size (a course of 420 lessons and 20 cases, and 60 pages beside it) and goes through
the steps as their people do, with the whole middleware around them, in one process. Prints seconds and SQL queries and
writes them to bench/results/<date>-tree-<database>.md. With `--course 40` the course under review has 40 lessons and the
rest of the tree stands beside it.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]
PAGES = 500
PARAGRAPH = (
    "技术经理人把实验室里的结果翻译成企业能用的说明,也把企业的难处翻译成研究人员能回答的问题。先核对权属,再看成熟度,"
    "然后才谈价格与条件;每一步都留下记录,别人照着能重走一遍。"
)
WAIT = 1.0  # seconds: what a person takes for an answer


def body() -> list:
    """Twelve sections of about 400 characters each."""
    blocks: list = []
    for number in range(12):
        blocks.append(("heading", f"第{number + 1}节"))
        blocks.append(("text", f"<p>{PARAGRAPH * 4}</p>"))
    return blocks


class Steps:
    """Measures steps. rows: (name, seconds, queries)."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, int]] = []

    def measure(self, name: str, step):
        from django.db import connection

        queries: list[str] = []

        def count(execute, sql, *rest):
            queries.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(count):
            began = time.perf_counter()
            answer = step()
            seconds = time.perf_counter() - began
        status = getattr(answer, "status_code", 200)
        if status not in (200, 302):
            raise SystemExit(f"{name}: answered {status}")
        self.rows.append((name, seconds, len(queries)))
        print(f"{name:<44} {seconds:8.2f} s {len(queries):7} queries", flush=True)
        return answer


def form_of(lesson) -> dict:
    """What the editor's form sends for a lesson."""
    from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

    sent = [(kind, rich_text(text) if kind == "text" else text) for kind, text in body()]
    plain = {
        name: getattr(lesson, name) or ""
        for name in ("title", "slug", "title_en", "summary", "summary_en", "minutes", "author", "source", "licence")
    }
    topics = {"topics": [topic.pk for topic in lesson.topics.all()]}
    return topics | nested_form_data({**plain, "source_url": "", "legally_valid_on": "", "body": streamfield(sent),
                             "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"})  # fmt: skip


def go(lessons: int) -> list[tuple[str, float, int]]:
    from django.test import Client
    from django.urls import reverse
    from django.utils.timezone import now
    from wagtail.models import Page

    from accounts.models import Membership, Organisation, Role, User
    from curriculum.models import CasePlacement, CoursePage, CourseReview, LessonPage, Topic
    from curriculum.tree import ensure_home
    from lms.lib.jobs.runner import run_due
    from tests.factories.curriculum import make_case, make_course, make_lesson, part_of, stream

    at = now()
    ensure_home()
    since = datetime(2020, 1, 1).date()
    authority = Organisation.objects.create(kind="authority", name="测量主管机构", slug="bench-authority")
    base = Organisation.objects.create(
        kind="base", name="测量基地", slug="bench-base", accredited_from=since, accredited_levels=["junior"]
    )

    def person(name: str, organisation: Organisation, role: str) -> Client:
        user = User.objects.create_user(f"{name}@example.org", None, full_name=name)
        Membership.objects.create(user=user, organisation=organisation, role=role, valid_from=since)
        client = Client(headers={"host": "localhost"})
        client.cookies["django_language"] = "zh-hans"
        client.force_login(user)
        client.user = user
        return client

    author = person("author", base, Role.AUTHOR)
    first = person("base-reviewer", base, Role.BASE_REVIEWER)
    second = person("reviewer", authority, Role.REVIEWER)

    print("making the tree …", flush=True)
    course = make_course(base, author.user, title="被测课程")
    beside = make_course(base, author.user, title="旁边的课程")
    topics = list(Topic.objects.filter(module__level=course.level))
    competences = list(course.level.syllabus.competences.all())
    cases = [make_case(base, topics, competences, author=author.user, title=f"案例{n}") for n in range(19)]
    text = body()
    for number in range(lessons - 2):
        make_lesson(course, f"第{number + 3}课", [topics[number % len(topics)]], author=author.user, body=text)
    placed = [placement.case for placement in course.case_placements.select_related("case")] + cases
    course.case_placements.set(
        [CasePlacement(case=case, required=True, sort_order=place) for place, case in enumerate(placed)]
    )
    course.parts = stream(CoursePage, "parts", [("part", part_of(placed))])
    course.save()
    course.save_revision(user=author.user)
    left = PAGES - Page.objects.filter(path__startswith=course.get_parent().path).count()
    for number in range(left):
        make_lesson(beside, f"旁边第{number + 1}课", topics[:1], author=author.user, body=text)
    run_due()
    lesson = LessonPage.objects.child_of(course).first()
    print(f"{Page.objects.filter(path__startswith=course.get_parent().path).count()} pages", flush=True)

    steps = Steps()
    visitor = Client(headers={"host": "localhost"})
    edit = reverse("wagtailadmin_pages:edit", args=[lesson.pk])
    author.get(reverse("authoring_home"))  # warm: templates, content types; what is measured is the second look
    author.get(edit)
    for client in (first, second):
        client.get(reverse("review_list"))
    steps.measure("authoring home", lambda: author.get(reverse("authoring_home")))
    steps.measure("course against its level", lambda: author.get(reverse("course_status", args=[course.pk])))
    steps.measure("explorer: the course", lambda: author.get(reverse("wagtailadmin_explore", args=[course.pk])))
    steps.measure("explorer: search", lambda: author.get(reverse("wagtailadmin_pages:search"), {"q": "第二课"}))
    steps.measure("editor: a lesson", lambda: author.get(edit))
    saved = steps.measure("editor: save the draft", lambda: author.post(edit, form_of(lesson)))
    if saved.status_code != 302:
        raise SystemExit("the draft was refused")
    steps.measure("authoring home after an edit", lambda: author.get(reverse("authoring_home")))
    steps.measure("course status after an edit", lambda: author.get(reverse("course_status", args=[course.pk])))
    steps.measure("submit", lambda: author.post(reverse("course_submit", args=[course.pk]), {"note": ""}))
    review = CourseReview.objects.get(course=course)
    page, decide = reverse("review_detail", args=[review.uuid]), reverse("review_approve", args=[review.uuid])
    steps.measure("review page", lambda: first.get(page))
    steps.measure("first approval", lambda: first.post(decide, {"stage": "with_base", "comment": ""}))
    steps.measure("second approval", lambda: second.post(decide, {"stage": "with_authority", "comment": ""}))
    steps.measure("worker: publication and search index", lambda: run_due() and None)
    review.refresh_from_db()
    if review.status != CourseReview.Status.APPROVED or not CoursePage.objects.get(pk=course.pk).live:
        raise SystemExit("the course was not published")
    steps.measure("public course page, drawn", lambda: visitor.get(course.url))
    steps.measure("public course page, kept", lambda: visitor.get(course.url))
    steps.measure("course status after the edition", lambda: author.get(reverse("course_status", args=[course.pk])))
    again(steps, author, first, second, course, edit, lesson)
    steps.measure("public search", lambda: visitor.get(reverse("search"), {"q": "测量基地"}))
    steps.measure("author's search", lambda: author.get(reverse("search"), {"q": "成熟度"}))
    if (now() - at).total_seconds() < 1:
        raise SystemExit("nothing was measured")
    return steps.rows


def again(steps: Steps, author, first, second, course, edit: str, lesson) -> None:
    """One lesson edited after the first edition, and the course through review once more."""
    from django.urls import reverse

    from curriculum.models import CourseReview
    from lms.lib.jobs.runner import run_due

    author.post(edit, form_of(lesson))
    author.post(reverse("course_submit", args=[course.pk]), {"note": ""})
    review = CourseReview.objects.open().get(course=course)
    decide = reverse("review_approve", args=[review.uuid])
    first.post(decide, {"stage": "with_base", "comment": ""})
    steps.measure(
        "second approval after one edit", lambda: second.post(decide, {"stage": "with_authority", "comment": ""})
    )
    run_due()
    review.refresh_from_db()
    if review.edition is None or review.edition.number != 2:
        raise SystemExit("no second edition was made")


def report(rows: list[tuple[str, float, int]], lessons: int, vendor: str) -> str:
    lines = [
        f"# A tree of {PAGES} pages, {vendor}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {os.cpu_count()} cores · Python {platform.python_version()} · "
        f"load {os.getloadavg()[0]:.1f} · course under review: {lessons} lessons, 20 cases · `bench/tree.py`",
        "",
        "| step | seconds | SQL queries |",
        "|---|---:|---:|",
        *(f"| {name} | {seconds:.2f} | {queries} |" for name, seconds, queries in rows),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--course", type=int, default=420, metavar="LESSONS", help="lessons of the course under review")
    parser.add_argument("--no-file", action="store_true", help="only the screen")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lms-tree-", ignore_cleanup_errors=True) as folder:
        os.environ |= {"LMS_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "bench.settings", "LMS_LOG_LEVEL": "WARNING"}
        os.environ.setdefault("LMS_STAFF_SECOND_FACTOR", "0")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        rows = go(chosen.course)
        text = report(rows, chosen.course, connection.vendor)
        if not chosen.no_file:
            name = f"{datetime.now(UTC):%Y-%m-%d}-tree-{chosen.course}-{connection.vendor}.md"
            (ROOT / "bench" / "results" / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
