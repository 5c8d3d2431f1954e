"""The content calendar: what stands in it, for whom, and the private address for calendar programs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from curriculum.agenda import events_for
from curriculum.icalendar import calendar, escaped, folded
from curriculum.models import CalendarToken, CourseReview, ReviewTask
from tests.factories.library import make_statute
from tests.factories.training import make_cohort

URL = "content_calendar"
MONTH = {"month": "2026-06"}


@pytest.fixture
def busy(base, authority, other_base, course, edition, author, outsider, at):
    """June 2026 at the base: a review due, a task due, a cohort, checks of a local and of a national statute; and
    something at the other base."""
    CourseReview.submit(course, by=author, at=at)
    ReviewTask.objects.create(
        key="x", organisation=base, page=course.get_children().first(), cause="law_check_old", since=date(2026, 5, 1),
        due_on=date(2026, 6, 20), opened_at=at,
    )  # fmt: skip
    make_statute(base, "本地办法", next_check_on=date(2026, 6, 21))
    make_statute(base, "失效办法", next_check_on=date(2026, 6, 21), ended_on=date(2026, 5, 1))
    make_statute(authority, "国家条例", next_check_on=date(2026, 6, 22))
    make_statute(other_base, "乙地办法", next_check_on=date(2026, 6, 23))
    return make_cohort(edition, at=at + timedelta(days=9), title="六月班")


def kinds(organisations):
    found = events_for(organisations, date(2026, 6, 1), date(2026, 6, 30))
    return [(event.day.day, event.kind) for event in found]


def test_what_stands_in_it(busy, base, authority):
    assert kinds([base]) == [(9, "cohort"), (15, "review"), (20, "task"), (21, "statute")]
    assert kinds([authority]) == [(22, "statute")]
    assert kinds([]) == []


def test_publications_stand_on_their_day(base, course, author, base_reviewer, reviewer, at):
    day = timezone.make_aware(datetime(2026, 6, 10, 23, 30))
    review = CourseReview.submit(course, by=author, at=at, go_live_at=day)
    review.approve(by=base_reviewer, at=at)
    review.approve(by=reviewer, at=at)
    assert kinds([base]) == [(10, "publication")]


def test_a_base_sees_its_own_the_authority_all(busy, author, base_reviewer, reviewer, outsider, trainee, client_for):
    for person in (author, base_reviewer):
        text = client_for(person).get(reverse(URL), MONTH).text
        assert "本地办法" in text and "六月班" in text
        assert "国家条例" not in text and "乙地办法" not in text
    text = client_for(reviewer).get(reverse(URL), MONTH).text
    assert "本地办法" in text and "国家条例" in text and "乙地办法" in text
    assert "乙地办法" not in client_for(reviewer).get(reverse(URL), MONTH | {"base": "base-a"}).text
    assert "本地办法" not in client_for(outsider).get(reverse(URL), MONTH | {"base": "base-a"}).text
    assert client_for(trainee).get(reverse(URL)).status_code == 403


@pytest.mark.parametrize("text", ["", "2026-13", "junk", "9999-01", "0001-01", "2026-06-01"])
def test_an_odd_month_is_this_one(busy, author, client_for, text):
    response = client_for(author).get(reverse(URL), {"month": text})
    assert response.context["first"] == timezone.localdate().replace(day=1)


def test_months_join(busy, author, client_for):
    context = client_for(author).get(reverse(URL), {"month": "2026-12"}).context
    assert (context["before"].month, context["after"]) == (11, date(2027, 1, 1))
    assert client_for(author).get(reverse(URL), MONTH | {"kind": "task"}).context["days"][0][0] == date(2026, 6, 20)


def test_the_number_of_queries_does_not_grow(busy, base, authority, django_assert_num_queries):
    with django_assert_num_queries(5) as few:
        events_for([base, authority], date(2026, 6, 1), date(2026, 6, 30))
    for number in range(9):
        make_statute(base, next_check_on=date(2026, 6, number + 1))
    with django_assert_num_queries(len(few)):
        assert len(events_for([base, authority], date(2026, 6, 1), date(2026, 6, 30))) == 14


# --- The private address ----------------------------------------------------------------------------------------------


def test_the_address_reads_without_logging_in(base, author, client_for):
    make_statute(base, "本地办法", next_check_on=timezone.localdate() + timedelta(days=5))
    client = client_for(author)
    assert client.post(reverse("calendar_address")).status_code == 302
    url = CalendarToken.objects.get().get_absolute_url()
    assert url in client.get(reverse(URL)).text
    response = client_for(None).get(url)
    assert response["Content-Type"].startswith("text/calendar")
    assert "SUMMARY:法规待核对: 本地办法" in response.text and "no-store" in response["Cache-Control"]
    client.post(reverse("calendar_address"))
    assert client_for(None).get(url).status_code == 404
    fresh = CalendarToken.objects.get().get_absolute_url()
    client.post(reverse("calendar_address"), {"withdraw": "1"})
    assert client_for(None).get(fresh).status_code == 404
    assert client_for(None).get(reverse("calendar_feed", args=["guessed"])).status_code == 404


def test_the_address_ends_with_the_role(author, client_for):
    url = CalendarToken.objects.renew(author).get_absolute_url()
    assert client_for(None).get(url).status_code == 200
    author.memberships.all().delete()
    assert client_for(None).get(url).status_code == 404


def test_others_get_no_address(trainee, client_for):
    assert client_for(trainee).post(reverse("calendar_address")).status_code == 403
    assert not CalendarToken.objects.exists()


# --- iCalendar --------------------------------------------------------------------------------------------------------


def test_text_is_escaped_and_lines_are_folded():
    assert escaped("a;b,c\\d\r\ne\x07") == "a\\;b\\,c\\\\d\\ne"
    line = "SUMMARY:" + "技术经理人" * 20
    rows = folded(line).split("\r\n")
    assert all(len(row.encode()) <= 75 for row in rows)
    assert "".join(rows[:1] + [row[1:] for row in rows[1:]]) == line


def test_days_and_moments():
    event = {"uid": "u1", "day": date(2026, 6, 30), "at": None, "title": "核对", "description": "", "url": ""}
    stamp = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    moment = timezone.make_aware(datetime(2026, 6, 30, 8, 0))
    text = calendar("日历", [event, event | {"uid": "u2", "at": moment, "url": "https://x/"}], stamp=stamp, host="x")
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert "DTSTART;VALUE=DATE:20260630" in lines and "DTEND;VALUE=DATE:20260701" in lines
    assert "DTSTART:20260630T000000Z" in lines and "URL:https://x/" in lines
    assert "UID:u1@x" in lines and text.count("DTSTAMP:20260601T020000Z") == 2
