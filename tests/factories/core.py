"""National core, written and released with the real verbs."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Role, User
from curriculum import course_core
from curriculum.models import CaseScenarioPage, CoreChangeRequest, CoreRelease, CoreReview, LessonPage, Level, Topic
from curriculum.tree import ensure_home
from curriculum.walls import ensure_core_site
from tests.factories.curriculum import LESSON_BODY, make_authority, make_case, make_lesson, make_syllabus, stream


def core_person(key: str, *roles: Role) -> User:
    """Return somebody of the authority, the same one for the same key."""
    email = f"core-{key}@authority.example"
    if found := User.objects.filter(email=email).first():
        return found
    user = User.objects.create_user(email, None, full_name=f"主管机构{key}")
    for role in roles:
        Membership.objects.create(user=user, organisation=make_authority(), role=role, valid_from=date(2020, 1, 1))
    return user


def core_author() -> User:
    return core_person("author", Role.AUTHOR)


def core_reviewers() -> tuple[User, User]:
    return core_person("reviewer-1", Role.REVIEWER), core_person("reviewer-2", Role.REVIEWER)


def core_level() -> Level:
    return make_syllabus().levels.get(code="junior")


def make_core_lesson(
    title: str = "核心课 技术经理人是谁", codes: tuple[str, ...] = ("A1",), *, minutes: int = 45
) -> LessonPage:
    """Return a core lesson that could be released; its draft only."""
    ensure_home()
    level = core_level()
    collection = ensure_core_site(make_authority(), level)
    topics = list(Topic.objects.filter(module__level=level, code__in=codes))
    lesson = make_lesson(collection, title, topics, author=core_author(), minutes=minutes)
    return LessonPage.objects.get(pk=lesson.pk)


def make_core_case(title: str = "核心案例 高校成果转化") -> CaseScenarioPage:
    """Return a core case that could be released; its draft only."""
    ensure_home()
    level = core_level()
    collection = ensure_core_site(make_authority(), level)
    topics = list(Topic.objects.filter(module__level=level, code="B1"))
    case = make_case(
        make_authority(),
        topics,
        list(level.syllabus.competences.all()),
        author=core_author(),
        title=title,
        at=collection,
    )
    return CaseScenarioPage.objects.get(pk=case.pk)


def release(page, *, at: datetime | None = None, note: str = "首次发布。") -> CoreRelease:
    """Return the release of the page's latest revision, approved by two people."""
    at = at or timezone.now()
    review = CoreReview.submit(page, by=core_author(), at=at, note=note)
    for person in core_reviewers():
        review.approve(by=person, at=at)
    return review.release


def rewrite(page, text: str, **changes):
    """Give the draft of a core lesson another second paragraph, and other fields as told."""
    draft = page.get_latest_revision_as_object()
    for name, value in changes.items():
        setattr(draft, name, value)
    if isinstance(draft, LessonPage):
        blocks = [*LESSON_BODY]
        blocks[1] = ("text", f"<p>{text}</p>")
        draft.body = stream(LessonPage, "body", blocks)
    else:
        draft.debrief = f"<p>{text}</p>"
    draft.save_revision(user=core_author())
    return type(page).objects.get(pk=page.pk)


def core_arguments(course, *, at: datetime) -> dict[str, dict[str, Any]]:
    """For tests/world.py, the arguments of every URL of the core: a lesson in its second version, the first of which the
    course has; a case under review; a change request of the base."""
    lesson = make_core_lesson()
    first = release(lesson, at=at)
    course_core.include(course, first, by=course.owner, at=at)
    second = release(rewrite(lesson, "第二版。"), at=at, note="第二版。")
    case = make_core_case()
    review = CoreReview.submit(case, by=core_author(), at=at, note="新案例。")
    base = course.get_parent().specific.organisation
    words = {"place": "第二段", "text": "改为……", "reason": "依据……"}
    asked = CoreChangeRequest.send(second, base, **words, by=course.owner, at=at)
    in_course = {"pk": course.pk, "uuid": second.uuid}
    return {
        "core_home": {}, "core_usage": {}, "core_request_list": {}, "core_open_level": {"pk": second.level_id},
        "core_page": {"pk": lesson.pk}, "core_submit": {"pk": case.pk}, "core_request": {"uuid": asked.uuid},
        "course_contents": {"pk": course.pk}, "course_core_offer": in_course, "course_core_add": in_course,
        "course_core_accept": in_course, "course_core_decline": in_course,
        **{name: {"uuid": review.uuid} for name in CORE_REVIEW},
        **{name: {"uuid": second.uuid} for name in ("core_release", "core_release_changes", "core_request_send")},
    }  # fmt: skip


CORE_REVIEW = (
    "core_review", "core_review_preview", "core_review_approve", "core_review_return", "core_review_withdraw",
)  # fmt: skip
