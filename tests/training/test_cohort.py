"""A cohort's way from planned to closed, and who may send it there."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.models import Organisation
from lms.lib.errors import WrongState
from tests.factories.training import make_cohort, make_enrolment, study
from training.models import Cohort, Enrolment


@pytest.fixture
def planned(edition, own_registrar, at):
    return make_cohort(edition, at=at, by=own_registrar, opened=False)


def test_it_opens(planned, own_registrar, own_base, at):
    planned.open(by=own_registrar, at=at)
    assert Cohort.objects.get().status == "open"
    entry = ModelLogEntry.objects.get(action="training.cohort.open")
    assert (entry.user, entry.data["organisation"]) == (own_registrar, own_base.pk)


def test_a_second_opening_is_refused_and_changes_nothing(planned, own_registrar, at):
    other = Cohort.objects.get(pk=planned.pk)
    planned.open(by=own_registrar, at=at)
    with pytest.raises(WrongState):
        other.open(by=own_registrar, at=at)
    assert other.status == "open"
    assert ModelLogEntry.objects.filter(action="training.cohort.open").count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"accredited_until": date(2026, 5, 30)},  # the cohort begins on 31 May
        {"accredited_from": date(2026, 6, 1)},
        {"accredited_levels": ["intermediate"]},
        {"accredited_from": None, "accredited_until": None},
    ],
)
def test_only_an_accredited_base_opens(planned, own_registrar, own_base, at, fields):
    Organisation.objects.filter(pk=own_base.pk).update(**fields)
    with pytest.raises(WrongState):
        Cohort.objects.get().open(by=own_registrar, at=at)
    assert Cohort.objects.get().is_planned


def test_the_first_and_last_day_of_the_accreditation_count(planned, own_registrar, own_base, at):
    Organisation.objects.filter(pk=own_base.pk).update(
        accredited_from=planned.starts_on, accredited_until=planned.starts_on
    )
    Cohort.objects.get().open(by=own_registrar, at=at)


def test_a_window_that_is_over_refuses(planned, own_registrar):
    with pytest.raises(WrongState):
        planned.open(by=own_registrar, at=planned.enrol_until)


def test_a_window_beyond_the_last_day_refuses(planned, own_registrar, at):
    planned.enrol_until = at + timedelta(days=300)
    with pytest.raises(WrongState):
        planned.open(by=own_registrar, at=at)


def test_it_closes_once(cohort, own_registrar, at):
    cohort.close(by=own_registrar, at=at)
    with pytest.raises(WrongState):
        cohort.close(by=own_registrar, at=at)
    with pytest.raises(WrongState):
        cohort.open(by=own_registrar, at=at)
    assert Cohort.objects.get().status == "closed"


def test_cancelling_withdraws_everybody(cohort, enrolment, own_registrar, at):
    cohort.cancel(by=own_registrar, at=at, reason="报名人数不足")
    assert Cohort.objects.get().status == "cancelled"
    assert Enrolment.objects.get().status == "withdrawn"


def test_cancelling_needs_a_reason(cohort, own_registrar, at):
    with pytest.raises(WrongState):
        cohort.cancel(by=own_registrar, at=at, reason=" ")


def test_a_cohort_with_earned_hours_is_not_cancelled(cohort, enrolment, lessons, own_registrar, at):
    study(enrolment, lessons[0], 5, at=at)
    with pytest.raises(WrongState):
        cohort.cancel(by=own_registrar, at=at, reason="改期")
    cohort.refresh_from_db()
    assert cohort.is_open


def test_an_open_cohort_only_grows(cohort, own_registrar, at):
    cohort.change(by=own_registrar, at=at, seats=cohort.seats + 5, ends_on=cohort.ends_on + timedelta(days=5))
    assert cohort.seats == 35
    for fields in ({"seats": 1}, {"ends_on": date(2026, 6, 2)}, {"code": "other"}, {"starts_on": date(2026, 5, 1)}):
        with pytest.raises(WrongState):
            cohort.change(by=own_registrar, at=at, **fields)
    cohort.refresh_from_db()
    assert (cohort.seats, cohort.code != "other") == (35, True)


def test_a_closed_cohort_does_not_change(cohort, own_registrar, at):
    cohort.close(by=own_registrar, at=at)
    with pytest.raises(WrongState):
        cohort.change(by=own_registrar, at=at, seats=99)


@pytest.mark.parametrize(("shift", "found"), [(-1, 0), (0, 1), (1, 1)])
def test_the_window_opens_to_the_second(cohort, shift, found):
    moment = cohort.enrol_from + timedelta(seconds=shift)
    assert Cohort.objects.enrollable(moment).count() == found


@pytest.mark.parametrize(("shift", "found"), [(-1, 1), (0, 0), (1, 0)])
def test_the_window_closes_to_the_second(cohort, shift, found):
    moment = cohort.enrol_until + timedelta(seconds=shift)
    assert Cohort.objects.enrollable(moment).count() == found


# --- The pages -------------------------------------------------------------------------------------------------------


def form_data(on, /, **changes):
    today = timezone.localdate()
    data = {
        "edition": on.pk, "title": "2026 年第一期", "title_en": "", "code": "2026-1", "place": "示例市",
        "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=60)).isoformat(),
        "enrol_from": f"{today}T00:00:00", "enrol_until": f"{today + timedelta(days=20)}T18:00", "seats": "30",
    }  # fmt: skip
    return {**data, **changes}


def test_a_registrar_plans_opens_and_closes(client, edition, own_registrar):
    client.force_login(own_registrar)
    response = client.post(reverse("cohort_create"), form_data(edition))
    cohort = Cohort.objects.get()
    assert response.url == cohort.get_absolute_url()
    assert cohort.is_planned
    for name, status in (("cohort_open", "open"), ("cohort_close", "closed")):
        url = reverse(name, args=[cohort.uuid])
        assert client.get(url).status_code == 200
        assert Cohort.objects.get().status != status  # asking changes nothing
        assert client.post(url).status_code == 302
        assert client.post(url).status_code == 302  # a second click is harmless
        assert Cohort.objects.get().status == status


@pytest.mark.parametrize(
    ("field", "value"),
    [("ends_on", "2020-01-01"), ("enrol_until", "2020-01-01T00:00"), ("seats", "0"), ("seats", "-3"),
     ("edition", "999"), ("code", "ab c"), ("title", "")],
)  # fmt: skip
def test_bad_input_is_explained_and_kept(client, edition, own_registrar, field, value):
    client.force_login(own_registrar)
    response = client.post(reverse("cohort_create"), form_data(edition, **{field: value}))
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert "2026 年第一期" in response.text or field == "title"
    assert not Cohort.objects.exists()


def test_a_code_is_given_once_per_base(client, edition, cohort, own_registrar):
    client.force_login(own_registrar)
    response = client.post(reverse("cohort_create"), form_data(edition, code=cohort.code))
    assert "code" in response.context["form"].errors


def test_an_edition_of_another_base_is_no_choice(client, edition, stranger):
    client.force_login(stranger)
    response = client.post(reverse("cohort_create"), form_data(edition))
    assert "edition" in response.context["form"].errors
    assert not Cohort.objects.exists()


def test_editing_a_planned_cohort(client, planned, own_registrar, own_instructor, edition):
    client.force_login(own_registrar)
    url = reverse("cohort_edit", args=[planned.uuid])
    assert client.get(url).status_code == 200
    response = client.post(url, form_data(edition, title="改名", instructors=[own_instructor.pk]))
    assert response.status_code == 302
    planned.refresh_from_db()
    assert (planned.title, list(planned.instructors.all())) == ("改名", [own_instructor])


def test_editing_an_open_cohort_ignores_forged_fields_and_refuses_cuts(client, cohort, own_registrar, edition):
    client.force_login(own_registrar)
    url = reverse("cohort_edit", args=[cohort.uuid])
    closes = timezone.localtime(cohort.enrol_until)
    later = {
        "ends_on": (cohort.ends_on + timedelta(days=1)).isoformat(),
        "enrol_until": closes.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    assert client.post(url, form_data(edition, code="forged", seats="31", **later)).status_code == 302
    old = cohort.code
    cohort.refresh_from_db()
    assert (cohort.code, cohort.seats) == (old, 31)
    response = client.post(url, form_data(edition, seats="5", **later))
    assert "seats" in response.context["form"].errors


def test_the_list_filters_and_exports(client, cohort, planned, own_registrar):
    client.force_login(own_registrar)
    response = client.get(reverse("cohort_list"), {"status": "open"})
    assert cohort.title in response.text
    assert planned.title not in response.text
    export = b"".join(client.get(reverse("cohort_list"), {"format": "csv"}).streaming_content).decode()
    assert cohort.code in export


def test_detail_asks_no_more_for_more_trainees(client, cohort, own_registrar, lessons, at, django_assert_num_queries):
    client.force_login(own_registrar)
    study(make_enrolment(cohort, at=at), lessons[0], 6, at=at)
    url = cohort.get_absolute_url()
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        assert client.get(url).status_code == 200
    for _more in range(8):
        study(make_enrolment(cohort, at=at), lessons[1], 6, at=at)
    with django_assert_num_queries(len(few)):
        client.get(url)


@pytest.mark.parametrize(
    "name",
    ["cohort_detail", "cohort_edit", "cohort_open", "cohort_close", "cohort_cancel", "cohort_add_trainees",
     "session_create"],
)  # fmt: skip
def test_walls(client, cohort, stranger, own_instructor, student, name):
    url = reverse(name, args=[cohort.uuid])
    assert client.get(url).status_code == 302
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    assert client.post(url).status_code in (404, 405)
    client.force_login(own_instructor)  # of the base, but does not teach this cohort
    assert client.get(url).status_code == 404
    client.force_login(student)
    assert client.get(url).status_code == 404
    cohort.instructors.add(own_instructor)
    client.force_login(own_instructor)
    assert client.get(url).status_code == (200 if name == "cohort_detail" else 403)


def test_a_trainee_has_no_cohort_pages(client, student):
    client.force_login(student)
    assert client.get(reverse("cohort_list")).status_code == 403
    assert client.get(reverse("cohort_create")).status_code == 403
