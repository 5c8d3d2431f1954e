"""What SCORM activities report: read strictly, kept once, gone on with, and never counted as hours by their own word."""

import json
import uuid
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from curriculum.library_blocks import pinned
from curriculum.models import ScormPackage
from lms.lib.immutable import ImmutableRow
from tests.curriculum.scorm_zips import packed
from tests.factories.training import make_cohort, make_enrolment, make_person
from training.models import ScormCommit, ScormState, StudyRecord
from training.scorm import Refused, read_report, resumed

BLOCK = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("version", "cmi", "wanted"),
    [
        ("1.2", {"core": {"lesson_status": "passed", "score": {"raw": "80"}, "session_time": "0000:02:05.5"}},
         ("completed", "passed", Decimal(80), 125)),
        ("1.2", {"core": {"score": {"raw": "3", "min": "0", "max": "4"}}}, ("unknown", "unknown", Decimal(75), 0)),
        ("2004", {"score": {"scaled": "0.855"}, "success_status": "failed", "session_time": "PT1H2M3S"},
         ("unknown", "failed", Decimal("85.5"), 3723)),
        ("2004", {"completion_status": "completed", "score": {"scaled": ""}}, ("completed", "unknown", None, 0)),
    ],
)  # fmt: skip
def test_reports(version, cmi, wanted):
    report = read_report(cmi, version)
    assert (report.completion, report.success, report.score, report.seconds) == wanted


@pytest.mark.parametrize(
    ("version", "cmi"),
    [
        ("1.2", []),
        ("1.2", {"core": 3}),
        ("1.2", {"core": {"lesson_status": "brilliant"}}),
        ("1.2", {"core": {"score": {"raw": "101"}}}),
        ("1.2", {"core": {"score": {"raw": "NaN"}}}),
        ("1.2", {"core": {"session_time": "1 hour"}}),
        ("1.2", {"suspend_data": "x" * 64_001}),
        ("2004", {"score": {"scaled": 1.01}}),
        ("2004", {"score": {"scaled": True}}),
        ("2004", {"location": "a\x00b"}),
        ("2004", {"interactions": {str(n): {"id": "x" * 1000} for n in range(300)}}),
        ("2004", {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}}}}}}}}),
    ],
)
def test_what_is_not_taken(version, cmi):
    with pytest.raises(Refused):
        read_report(cmi, version)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["core", "score", "raw", "scaled", "session_time", "lesson_status", "suspend_data", "exit"]), inner
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.sampled_from(["1.2", "2004"]))
def test_any_json_is_taken_or_refused(cmi, version):
    try:
        report = read_report(cmi, version)
    except Refused:
        return
    assert report.score is None or -100 <= report.score <= 100
    assert resumed(report.cmi, version, seconds=5, person="p", launch_data="", mastery_score="")


@pytest.fixture
def edition(own_base):
    from tests.factories import curriculum

    package = ScormPackage.receive(
        packed(), organisation=own_base, by=make_person("作者"), at=timezone.now()
    )
    before = curriculum.LESSON_BODY
    curriculum.LESSON_BODY = [("scorm_package", pinned("scorm_package", package)), *before]
    try:
        return curriculum.make_edition(own_base, timezone.now())
    finally:
        curriculum.LESSON_BODY = before


@pytest.fixture
def own(edition, student, own_registrar):
    return make_enrolment(make_cohort(edition, by=own_registrar), student)


def url(own, lesson, name="lesson_scorm"):
    return reverse(name, args=[own.uuid, lesson.uuid])


def report(number=0, key=None, session=None, cmi=None, **more):
    said = {"core": {"lesson_status": "passed", "score": {"raw": "80"}, "session_time": "0000:02:00", "exit": "suspend"},
            "suspend_data": "slide-7"}  # fmt: skip
    return {"block": BLOCK, "number": number, "key": str(key or uuid.uuid4()), "session": str(session or uuid.uuid4()),
            "cmi": said if cmi is None else cmi} | more  # fmt: skip


def post(client, address, data):
    return client.post(address, json.dumps(data), content_type="application/json")


def test_it_works_and_is_gone_on_with(client, own, student, lessons):
    client.force_login(student)
    cache.clear()
    page = client.get(url(own, lessons[0], "lesson"))
    assert [a["cmi"]["core"]["entry"] for a in page.context["activities"]] == ["ab-initio"]
    assert "frame-src http://testserver/scorm/" in page["Content-Security-Policy"]
    assert post(client, url(own, lessons[0]), report()).json()["number"] == 1
    told = client.get(url(own, lessons[0], "lesson")).context["activities"][0]
    assert told["cmi"]["suspend_data"] == "slide-7"
    assert told["cmi"]["core"]["entry"] == "resume"
    assert told["cmi"]["core"]["total_time"] == "0000:02:00"
    assert told["cmi"]["core"]["student_name"] == ""
    state = ScormState.objects.get()
    assert (state.completion, state.success, state.score) == ("completed", "passed", 80)
    assert state.completed_at
    assert not StudyRecord.objects.exists()  # hours are counted by the server's clock, not by what a package says
    assert "核对权属" in client.get(reverse("hours_ledger", args=[own.uuid])).text


def test_the_same_report_twice_is_kept_once_and_a_late_window_is_told(client, own, student, lessons):
    client.force_login(student)
    first = report()
    assert post(client, url(own, lessons[0]), first).status_code == 200
    assert post(client, url(own, lessons[0]), first).json()["number"] == 1
    assert post(client, url(own, lessons[0]), report(number=0)).status_code == 409
    assert post(client, url(own, lessons[0]), report(number=1)).json()["number"] == 2
    assert [row.number for row in ScormCommit.objects.all()] == [1, 2]
    assert ScormState.objects.get().claimed_seconds == 240  # two sessions of two minutes
    with pytest.raises(ImmutableRow):
        ScormCommit.objects.first().save()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422), ([], 422), (report(number="1"), 422), (report(number=-1), 422), (report(block="x"), 422),
        (report(cmi={"core": {"lesson_status": "?"}}), 422), (report(block=str(uuid.uuid4())), 404),
        (report(cmi={"suspend_data": "x" * 300_000}), 413),
    ],
)  # fmt: skip
def test_bad_reports(client, own, student, lessons, data, status):
    client.force_login(student)
    assert post(client, url(own, lessons[0]), data).status_code == status
    assert not ScormState.objects.exists()


def test_nobody_reports_for_somebody_else(client, own, own_registrar, stranger, lessons):
    for person in (own_registrar, stranger, make_person()):
        client.force_login(person)
        assert post(client, url(own, lessons[0]), report()).status_code == 404


def test_after_the_end_nothing_is_saved(client, own, student, own_registrar, lessons):
    own.cohort.close(by=own_registrar, at=timezone.now())
    client.force_login(student)
    assert post(client, url(own, lessons[0]), report()).status_code == 409
