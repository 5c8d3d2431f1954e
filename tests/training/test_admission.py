"""Conditions of a level at enrolment: the tree before, facts stated, certificates read, admission despite with a name."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from curriculum.models import Precondition
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.certificates import make_certificate, make_rule
from tests.factories.training import make_cohort, make_enrolment, make_person
from training import holdings
from training.models import Admission, AdmissionStatement, Enrolment, ListRefused, NotAdmitted
from training.models.admissions import admission_trees


def set_ways(cohort, *ways) -> None:
    """Give the cohort's level conditions. The version is in force, so they are written past the guard of the model."""
    Precondition.objects.bulk_create(
        Precondition(level=cohort.edition.level, alternative=place, position=number, **row)
        for place, way in enumerate(ways)
        for number, row in enumerate(way)
    )


JUNIOR = {"kind": "level", "level_code": "junior"}
BACHELOR_5 = {"kind": "experience", "degree": "bachelor", "years": Decimal(5)}


@pytest.fixture
def strict(cohort):
    set_ways(cohort, [JUNIOR], [BACHELOR_5])
    return cohort


def state(cohort, user, at, degree="bachelor", years=Decimal(5)):
    return AdmissionStatement.state(cohort, user, degree=degree, years=years, at=at)


def test_a_level_without_conditions_keeps_nothing(cohort, student, at):
    enrolment = Enrolment.enrol(cohort, student, at=at)
    assert not Admission.objects.exists() and enrolment.is_active


def test_whoever_states_enough_is_enrolled_and_the_tree_is_kept(strict, student, at):
    with pytest.raises(NotAdmitted):
        Enrolment.enrol(strict, student, at=at)
    statement = state(strict, student, at)
    admission = Enrolment.enrol(strict, student, at=at).admission
    assert admission.met is True and not admission.despite and admission.reason == ""
    assert admission.statement == statement and admission.decided_by == student
    assert [child["ok"] for child in admission.tree["children"]] == [False, True]


def test_what_is_stated_last_counts(strict, student, at):
    state(strict, student, at)
    state(strict, student, at + timedelta(seconds=1), years=Decimal(1))
    with pytest.raises(NotAdmitted) as refused:
        Enrolment.enrol(strict, student, at=at)
    assert refused.value.tree.ok is False
    assert state(strict, student, at + timedelta(seconds=2), years=Decimal(1)).pk == AdmissionStatement.objects.last().pk
    assert AdmissionStatement.objects.count() == 2  # the same again is no new row


def test_a_statement_counts_for_its_cohort_only(strict, student, edition, at):
    other = make_cohort(edition, at=at)
    state(other, student, at)
    with pytest.raises(NotAdmitted):
        Enrolment.enrol(strict, student, at=at)


def test_a_certificate_of_the_lower_level_opens_the_door_while_it_is_good(officer, cohort, edition, own_registrar, at):
    rule = make_rule(edition.level, at=at - timedelta(days=8))
    assert rule
    holder = make_person("持证人")
    certificate = make_certificate(make_enrolment(cohort, holder, at=at), registrar=own_registrar, officer=officer, at=at)
    day = timezone.localdate(at)
    assert holdings.levels_held([holder.pk, own_registrar.pk], day) == {holder.pk: {"junior"}, own_registrar.pk: frozenset()}
    assert holdings.levels_held([holder.pk], day - timedelta(days=1))[holder.pk] == frozenset()  # not issued yet
    following = make_cohort(edition, at=at)
    set_ways(following, [JUNIOR])
    assert admission_trees(following, [holder], at=at)[holder.pk][0].ok is True
    certificate.change_status("suspended", reason="other", by=officer, at=at)
    assert admission_trees(following, [holder], at=at)[holder.pk][0].ok is False


def test_when_nobody_can_tell_it_is_unknown_not_unmet(strict, student, at, monkeypatch):
    monkeypatch.setattr(holdings, "_providers", [])
    tree = admission_trees(strict, [student], at=at)[student.pk][0]
    assert tree.children[0].ok is None


def test_a_list_names_each_condition_and_nobody_is_enrolled(strict, registrar, at):
    good, bad = make_person("够"), make_person("不够")
    state(strict, good, at)
    with pytest.raises(ListRefused) as refused:
        Enrolment.enrol_list(strict, [good.email, bad.email], by=registrar, at=at)
    assert [row.conditions for row in refused.value.rows] == [False, True]
    assert "初级" in refused.value.rows[1].problem or "junior" in refused.value.rows[1].problem
    assert not strict.enrolments.exists()


def test_a_registrar_admits_despite_it_with_reason_and_name(strict, registrar, at):
    good, bad = make_person("够"), make_person("不够")
    state(strict, good, at)
    Enrolment.enrol_list(strict, [good.email, bad.email], by=registrar, at=at, despite="原单位出具了证明")
    kept = {row.enrolment.user: row for row in Admission.objects.select_related("enrolment__user")}
    assert (kept[good].despite, kept[good].reason) == (False, "")
    assert (kept[bad].despite, kept[bad].reason, kept[bad].decided_by) == (True, "原单位出具了证明", registrar)
    entry = ModelLogEntry.objects.get(action="training.admission.despite")
    assert entry.user == registrar and entry.data["reason"] == "原单位出具了证明"


def test_blanks_are_no_reason(strict, registrar, at):
    with pytest.raises(ListRefused):
        Enrolment.enrol_list(strict, [make_person().email], by=registrar, at=at, despite="   ")


def test_what_was_kept_is_not_changed(strict, student, at):
    state(strict, student, at)
    admission = Enrolment.enrol(strict, student, at=at).admission
    for row in (admission, admission.statement):
        with pytest.raises(ImmutableRow):
            row.save()
        with pytest.raises(ImmutableRow):
            row.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Admission.objects.bulk_create([Admission(enrolment=make_enrolment_without(strict, at), tree={}, met=None,
                                                 decided_by=student, decided_at=at)])  # fmt: skip


def make_enrolment_without(cohort, at):
    return Enrolment.objects.create(cohort=cohort, user=make_person(), syllabus=cohort.edition.syllabus,
                                    anonymous_code="ZZZZ0000", enrolled_at=at)  # fmt: skip


def test_a_closed_cohort_takes_no_statements(strict, registrar, student, at):
    strict.close(by=registrar, at=at)
    with pytest.raises(WrongState):
        state(strict, student, at)


def test_queries_do_not_grow_with_people(strict, at, django_assert_max_num_queries):
    people = [make_person() for _ in range(12)]
    for person in people[:6]:
        state(strict, person, at)
    with django_assert_max_num_queries(5):
        assert len(admission_trees(strict, people, at=at)) == 12


# --- The pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
def now_strict(edition, own_registrar):
    cohort = make_cohort(edition, by=own_registrar)
    set_ways(cohort, [JUNIOR], [BACHELOR_5])
    return cohort


def test_the_tree_is_shown_before_and_the_statement_is_asked_for(client_for, now_strict, student):
    client = client_for(student)
    address = reverse("cohort_enrol", args=[now_strict.uuid])
    page = client.get(address).text
    assert "本科（学士）及以上学历" in page and "尚未申报" in page and 'name="years"' in page
    response = client.post(address, {"degree": "college", "years": "2", "note": "某公司"})
    assert response.status_code == 409 and "申报学历：大专" in response.text and "某公司" in response.text
    assert AdmissionStatement.objects.get().note == "某公司"
    response = client.post(address, {"degree": "master", "years": "6"})
    enrolment = Enrolment.objects.get()
    assert response.status_code == 302 and enrolment.admission.met
    page = client.get(reverse("admission_detail", args=[enrolment.uuid]))
    assert page.status_code == 200 and "硕士" in page.text


@pytest.mark.parametrize("typed", [{"degree": "magister"}, {"years": "-1"}, {"years": "many"}, {"years": "61"},
                                   {"years": "NaN"}, {"note": "x\x00", "degree": "master"}])  # fmt: skip
def test_odd_statements_are_told_at_their_field(client_for, now_strict, student, typed):
    response = client_for(student).post(reverse("cohort_enrol", args=[now_strict.uuid]), typed)
    assert response.status_code == 200 and response.context["form"].errors
    assert not AdmissionStatement.objects.exists()


def test_the_registrar_sees_who_asks_and_admits_with_a_reason(client_for, now_strict, student, own_registrar):
    client_for(student).post(reverse("cohort_enrol", args=[now_strict.uuid]), {"degree": "college", "years": "9"})
    client = client_for(own_registrar)
    statement = AdmissionStatement.objects.get()
    address = reverse("admission_admit", args=[statement.uuid])
    assert address in client.get(now_strict.get_absolute_url()).text
    assert "大专" in client.get(address).text
    assert client.post(address, {"reason": ""}).status_code == 200
    assert not Enrolment.objects.exists()
    assert client.post(address, {"reason": "九年经验"}).status_code == 302
    assert client.post(address, {"reason": "九年经验"}).status_code == 302  # a second click
    enrolment = Enrolment.objects.get()
    assert enrolment.admission.reason == "九年经验" and enrolment.admission.decided_by == own_registrar
    page = client.get(now_strict.get_absolute_url()).text
    assert address not in page and reverse("admission_detail", args=[enrolment.uuid]) in page
    assert "九年经验" in client.get(reverse("admission_detail", args=[enrolment.uuid])).text


def test_the_list_page_takes_a_reason(client_for, now_strict, student, own_registrar):
    client, address = client_for(own_registrar), reverse("cohort_add_trainees", args=[now_strict.uuid])
    response = client.post(address, {"emails": student.email})
    assert response.status_code == 409 and "条件未满足或未确认" in response.text
    assert client.post(address, {"emails": student.email, "despite": "破格录取"}).status_code == 302
    assert Enrolment.objects.get().admission.reason == "破格录取"


def test_other_people_do_not_learn_of_it(client_for, now_strict, student, trainee, outsider, own_instructor):
    client_for(student).post(reverse("cohort_enrol", args=[now_strict.uuid]), {"degree": "college", "years": "9"})
    address = reverse("admission_admit", args=[AdmissionStatement.objects.get().uuid])
    now_strict.instructors.add(own_instructor)
    assert client_for(trainee).get(address).status_code == 404
    assert client_for(outsider).get(address).status_code == 404
    assert client_for(own_instructor).get(address).status_code == 403
    assert student.full_name not in client_for(own_instructor).get(now_strict.get_absolute_url()).text
