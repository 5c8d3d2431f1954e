"""A change takes away exactly the pages that show it, and no page is older than a change, however they race."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import transaction
from django.utils import timezone
from wagtail.models import PageViewRestriction

from accounts.models import Organisation
from curriculum.models import HomePage, LessonPage, Term
from lms.lib import pagecache
from tests.conftest import make_organisation
from tests.factories.curriculum import make_syllabus
from tests.factories.training import make_enrolment, make_person
from training.models import Cohort

from .opening import cohort_of, drawn, page, publish, visitor

# --- What a change takes away ----------------------------------------------------------------------------------------

CHANGES = {
    "a lesson": (lambda p: publish(page(p, "lesson_a"), title="新题"), {"lesson_a", "course_a"}),
    "a case": (lambda p: publish(page(p, "case_a"), title="新题"), {"case_a", "base_a", "course_a"}),
    "a course": (
        lambda p: publish(page(p, "course_a"), title="新题"), {"course_a", "base_a", "level", "lesson_a"},
    ),
    "a base page": (
        lambda p: publish(page(p, "base_a"), title="新名"), {"base_a", "home", "course_a", "case_a", "catalogue"},
    ),
    "the front page": (lambda p: publish(HomePage.objects.get(), title="新首页"), {"home"}),
    "a lesson unpublished": (lambda p: page(p, "lesson_b").unpublish(), {"lesson_b", "course_b"}),
    "a cohort closed": (
        lambda p: cohort_of(p, "course_a").close(by=make_person(), at=timezone.now()), {"course_a", "catalogue"},
    ),
    "a seat taken": (
        lambda p: make_enrolment_in(cohort_of(p, "course_b")), {"course_b", "catalogue"},
    ),
    "an accreditation": (lambda p: end_accreditation(), {"home", "base_a", "catalogue", "course_a", "case_a"}),
    "a syllabus version": (lambda p: new_version(), {"home", "syllabuses", "syllabus", "level"}),
    "a term": (lambda p: make_term(), {"glossary"}),
    "a draft": (lambda p: page(p, "lesson_a").save_revision(), set()),
    "a closed page": (
        lambda p: PageViewRestriction.objects.create(page=page(p, "lesson_a"), restriction_type="login"),
        {"lesson_a", "course_a"},
    ),
}  # fmt: skip


def make_enrolment_in(cohort):
    make_enrolment(cohort)


def end_accreditation():
    base = Organisation.objects.get(slug="base-a")
    base.accredited_until = timezone.localdate() - timedelta(days=1)
    base.save()


def new_version():
    make_syllabus("newer")


def make_term():
    owner = Organisation.objects.filter(kind="authority").first() or make_organisation(
        "authority", "主管", "A", "authority"
    )
    Term.objects.create(organisation=owner, term="新术语", pinyin="xin shuyu", definition="释义", source="测试")


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_takes_away_what_shows_it_and_nothing_else(pages, what, django_capture_on_commit_callbacks):
    change, gone = CHANGES[what]
    drawn(pages)
    with django_capture_on_commit_callbacks(execute=True):
        change(pages)
    left = {name: url for name, url in pages.items() if what not in ("a lesson unpublished", "a closed page") or
            name not in ("lesson_a", "lesson_b")}  # fmt: skip
    assert drawn(left) == gone & set(left)
    if what == "a lesson unpublished":
        assert visitor().get(pages["lesson_b"]).status_code == 404
    if what == "a closed page":
        assert visitor().get(pages["lesson_a"]).status_code == 302


def test_what_is_shown_is_new(pages, django_capture_on_commit_callbacks):
    drawn(pages)
    with django_capture_on_commit_callbacks(execute=True):
        publish(page(pages, "course_a"), title="换了的课程名")
    for name in ("course_a", "base_a", "level", "lesson_a"):
        assert "换了的课程名" in visitor().get(pages[name]).text, name


def test_a_seat_given_back_and_taken_again_changes_what_is_left(pages, django_capture_on_commit_callbacks):
    own = make_enrolment(cohort_of(pages, "course_b"))
    for step in (own.withdraw, own.take_back):
        drawn(pages)
        with django_capture_on_commit_callbacks(execute=True):
            step(by=own.user, at=timezone.now())
        assert drawn(pages) == {"course_b", "catalogue"}


def test_another_address_takes_everything_below_along(pages, django_capture_on_commit_callbacks):
    drawn(pages)
    course = page(pages, "course_a")
    with django_capture_on_commit_callbacks(execute=True):
        publish(course, slug="another-address")
    assert visitor().get(pages["lesson_a"]).status_code == 404
    assert "another-address" in visitor().get(pages["base_a"]).text


def test_a_page_of_the_editor_that_is_deleted_is_gone(pages, django_capture_on_commit_callbacks):
    drawn(pages)
    course = page(pages, "course_b")
    lesson = LessonPage(title="多余", slug="extra", minutes=1)
    with django_capture_on_commit_callbacks(execute=True):
        course.add_child(instance=lesson)
        lesson.save_revision().publish()
    url = LessonPage.objects.get(slug="extra").url
    assert visitor().get(url).status_code == 200
    assert "多余" in visitor().get(pages["course_b"]).text
    with django_capture_on_commit_callbacks(execute=True):
        LessonPage.objects.get(slug="extra").delete()
    assert visitor().get(url).status_code == 404
    assert "多余" not in visitor().get(pages["course_b"]).text


# --- Races and time --------------------------------------------------------------------------------------------------


def test_a_page_that_was_drawn_while_something_was_published_is_not_kept(pages, monkeypatch):
    """The change comes when the old page is drawn already and not kept yet, at each of the two places that matter."""
    for place in ("_is_public", "_versions"):
        original = getattr(pagecache, place)

        def meanwhile(*args, original=original, **kwargs):
            pagecache._renew(["anything"])
            return original(*args, **kwargs)

        monkeypatch.setattr(pagecache, place, meanwhile)
        visitor().get(pages["home"])
        monkeypatch.setattr(pagecache, place, original)
        assert drawn({"home": pages["home"]}) == {"home"}, place
        caches["pages"].clear()


def test_a_change_after_the_last_look_leaves_an_old_version_behind(pages, monkeypatch):
    original = pagecache._seconds

    class Late:
        """Changes the page between the last look at the generation and the keeping."""

        def set(self, key, value, *args):
            if key.startswith("page:"):
                pagecache._renew(["bases"])
            return caches["pages"].set(key, value, *args)

        def __getattr__(self, name):
            return getattr(caches["pages"], name)

    assert original
    monkeypatch.setattr(pagecache, "store", Late)
    visitor().get(pages["home"])
    monkeypatch.undo()
    django_settings.PAGE_CACHE_SECONDS = 300
    assert drawn({"home": pages["home"]}) == {"home"}


def test_nothing_happens_before_the_commit_or_after_a_rollback(pages, django_capture_on_commit_callbacks):
    drawn(pages)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        try:
            with transaction.atomic():
                publish(page(pages, "course_a"), title="不会发生")
                raise ValueError
        except ValueError:
            pass
    assert not any(isinstance(callback, pagecache._Waiting) for callback in callbacks)
    assert drawn(pages) == set()


def test_one_transaction_is_one_renewal(pages, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        for number in range(20):
            pagecache.invalidate(f"page:{number}")
    waiting = [callback for callback in callbacks if isinstance(callback, pagecache._Waiting)]
    assert len(waiting) == 1 and len(waiting[0].names) == 20


def test_a_page_is_not_kept_beyond_its_own_end(pages):
    at = timezone.now()
    assert pagecache._seconds(at + timedelta(seconds=40)) <= 40
    assert pagecache._seconds(at - timedelta(seconds=1)) <= 0
    assert 0 <= pagecache._seconds(None) <= 300


def test_an_enrolment_window_ends_the_page_that_shows_it(pages, django_capture_on_commit_callbacks):
    at = timezone.now()
    soon = at + timedelta(seconds=30)
    cohort = cohort_of(pages, "course_a")
    with django_capture_on_commit_callbacks(execute=True):
        Cohort.objects.filter(pk=cohort.pk).update(enrol_until=soon)
    assert Cohort.objects.next_change(at) == soon
    response = visitor().get(pages["course_a"])
    assert response.status_code == 200
    ends = [panel.until for panel in response.context["panels"]]
    assert ends == [soon]


def test_a_cache_that_is_away_costs_speed_and_nothing_else(pages, monkeypatch):
    def away():
        raise ConnectionError

    monkeypatch.setattr(pagecache, "store", away)
    assert visitor().get(pages["home"]).status_code == 200
    pagecache.invalidate("bases")


def test_switched_off_it_keeps_nothing(pages, settings):
    settings.PAGE_CACHE_SECONDS = 0
    drawn(pages)
    assert drawn(pages) == set(pages)
