"""The case bank: exposure, sharing and taking, retirement, leaks, and what follows from each."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from assessments.models import CaseRun
from curriculum.case_bank import bank_of, fitting_courses, take
from curriculum.case_templates import shipped_cases
from curriculum.contents import entries_of
from curriculum.demand_checks import bank_gaps
from curriculum.models import CaseEvent, CaseOrigin, CaseScenarioPage
from curriculum.models.case_events import states_of
from lms.lib.errors import WrongState
from tests.factories.assessments import make_run
from tests.factories.curriculum import make_course, stream
from tests.factories.training import make_cohort, make_enrolment, make_person
from tests.stage import make_reviewed, stands
from training.models import Cohort

VARIANTS = [
    ("variant", {"key": key, "title": f"变体{key}", "values": [{"name": "city", "value": key}]}) for key in ("a", "b", "c")
]


def make_variants(base, author):
    return make_course(base, author, variants=stream(CaseScenarioPage, "variants", VARIANTS))


standing_edition = stands(lambda now: make_reviewed(now - timedelta(hours=2), course=make_variants).pk)


@pytest.fixture
def case(edition):
    return CaseScenarioPage.objects.get(pk=edition.items.get(kind="case").page_id)


@pytest.fixture
def cohort(edition, registrar, at):
    return make_cohort(edition, at=at, by=registrar)


def row_of(user, page):
    return next(row for row in bank_of(user) if row.page and row.page.pk == page.pk)


def leak(page, by, at, **said):
    said = {"severity": "medium", "where_seen": "某论坛", "reason": "案情被转载", **said}
    return CaseEvent.leak(page, key=uuid.uuid4(), by=by, at=at, organisation=None, **said)


def test_it_works(client_for, author, case, cohort, at):
    for _number in range(4):
        make_run(make_enrolment(cohort, make_person(), at=at), at=at)
    row = row_of(author, case)
    assert (row.exposure.cohorts, row.exposure.trainees, row.source) == (1, 4, "own")
    assert sum(row.exposure.variants.values()) == 4 and row.exposure.last
    page = client_for(author).get(reverse("bank_case", args=[case.pk])).content.decode()
    assert "变体a" in page and case.title in client_for(author).get(reverse("case_bank")).content.decode()


def test_the_list_filters_exports_and_keeps_its_queries(client_for, author, case, cohort, at, django_assert_num_queries):
    client = client_for(author)
    make_run(make_enrolment(cohort, make_person(), at=at), at=at)
    client.get(reverse("case_bank"))
    with django_assert_num_queries(19):
        client.get(reverse("case_bank"))
    make_course(cohort.organisation, author)
    for _number in range(3):
        make_run(make_enrolment(cohort, make_person(), at=at), at=at)
    with django_assert_num_queries(19):
        client.get(reverse("case_bank"))

    def found(**typed):
        return {row.title for row in client.get(reverse("case_bank"), typed).context["page"].object_list if row.page}

    assert found(seen="few") == {case.title} and found(seen="many") == set()
    assert len(client.get(reverse("case_bank"), {"seen": "never", "source": "own"}).context["page"].object_list) == 1
    assert found(level="senior") == set() and found(competence="trade", source="own") == {case.title}
    assert client.get(reverse("case_bank"), {"source": "shipped"}).context["page"].paginator.count == len(shipped_cases())
    csv = b"".join(client.get(reverse("case_bank"), {"format": "csv", "source": "own"}).streaming_content).decode()
    assert case.title in csv and client.get(reverse("case_bank"), {"format": "xlsx"}).content[:2] == b"PK"


def test_a_base_sees_another_one_s_case_when_it_is_shared(client_for, author, outsider, case, at):
    assert client_for(outsider).get(reverse("bank_case", args=[case.pk])).status_code == 404
    client = client_for(author)
    client.post(reverse("bank_share", args=[case.pk]))
    client.post(reverse("bank_share", args=[case.pk]))  # a second click
    assert case.bank_events.count() == 1 and row_of(outsider, case).source == "shared"
    client.post(reverse("bank_share", args=[case.pk]), {"stop": "1"})
    assert client_for(outsider).get(reverse("bank_case", args=[case.pk])).status_code == 404


def test_a_draft_is_not_shared(client_for, author, base, at):
    draft = make_course(base, author).case_placements.first().case
    assert client_for(author).post(reverse("bank_share", args=[draft.pk])).status_code == 409


def test_taking_a_shared_case(client_for, author, outsider, other_base, case, cohort, at):
    make_run(make_enrolment(cohort, make_person(), at=at), at=at)
    CaseEvent.note(case, CaseEvent.Kind.SHARED, by=author, at=at, organisation=None)
    theirs = make_course(other_base, outsider)
    assert theirs in fitting_courses({other_base.pk}, case)
    client = client_for(outsider)
    assert client.get(reverse("bank_take", args=[case.pk])).status_code == 200
    for _click in range(2):
        client.post(reverse("bank_take", args=[case.pk]), {"course": theirs.pk})
    copy = CaseOrigin.objects.get(source=case.pk).page
    assert not copy.live and copy.title == case.title and "测试基地甲" in copy.source
    theirs.refresh_from_db()
    draft = theirs.get_latest_revision_as_object()
    assert [line.case_id for line in draft.case_placements.all()].count(copy.pk) == 1
    row = row_of(outsider, copy)
    assert (row.exposure.trainees, row.family_exposure.trainees) == (0, 1)  # the same text was seen elsewhere
    assert client_for(author).get(reverse("bank_take", args=[case.pk])).status_code == 403  # its own


def test_a_retired_case_is_not_taken(author, outsider, other_base, case, at):
    theirs = make_course(other_base, outsider)
    CaseEvent.note(case, CaseEvent.Kind.RETIRED, by=author, at=at, organisation=None, reason="过时")
    with pytest.raises(WrongState):
        take(case, theirs, by=outsider, at=at)


def test_retirement_is_for_new_cohorts_only(client_for, registrar, author, case, edition, cohort, at):
    client = client_for(registrar)
    assert client_for(author).get(reverse("bank_retire", args=[case.pk])).status_code == 403
    assert client.post(reverse("bank_retire", args=[case.pk]), {"reason": ""}).status_code == 422
    for _click in range(2):
        client.post(reverse("bank_retire", args=[case.pk]), {"reason": "法规已改"})
    assert case.bank_events.count() == 1
    assert make_run(make_enrolment(cohort, make_person(), at=at), at=at).is_played  # a running cohort keeps it
    assert edition not in client.get(reverse("cohort_create")).context["form"].fields["edition"].queryset
    planned = make_planned(cohort, registrar, at)
    with pytest.raises(WrongState, match=case.title):
        planned.open(by=registrar, at=at)
    assert [gap.kind for gap in bank_gaps(entries_of(edition.course)) if gap.blocking] == ["case_retired"]
    client.post(reverse("bank_retire", args=[case.pk]) + "?back=1", {"reason": "已修订"})
    planned.open(by=registrar, at=at)
    assert [event.kind for event in case.bank_events.all()] == ["retired", "reinstated"]


def make_planned(cohort, registrar, at):
    return Cohort.objects.create(
        organisation=cohort.organisation, edition=cohort.edition, title="新班", code="new", starts_on=cohort.starts_on,
        ends_on=cohort.ends_on, enrol_from=at - timedelta(days=1), enrol_until=at + timedelta(days=1), seats=5,
        created_by=registrar,
    )  # fmt: skip


def test_a_leak_tells_everybody_and_warns_at_the_opening(
    client_for, author, registrar, officer, reviewer, instructor, case, cohort, at, run_jobs
):
    data = {"key": str(uuid.uuid4()), "severity": "medium", "where_seen": "某论坛", "reason": "案情被转载",
            "evidence_url": "https://example.org/x"}  # fmt: skip
    client = client_for(author)
    for _click in range(2):
        assert client.post(reverse("bank_leak", args=[case.pk]), data).status_code == 302
    assert CaseEvent.objects.count() == 1
    run_jobs()
    assert {m.to[0] for m in mail.outbox} == {p.email for p in (author, registrar, officer, reviewer)}
    planned = make_planned(cohort, registrar, at)
    desk = client_for(registrar)
    assert "某论坛" in desk.get(reverse("cohort_open", args=[planned.uuid])).content.decode()
    assert desk.post(reverse("cohort_open", args=[planned.uuid])).status_code == 409
    desk.post(reverse("cohort_open", args=[planned.uuid]), {"despite_leaks": "1"})
    planned.refresh_from_db()
    assert planned.is_open


def test_a_script_in_the_address_of_the_evidence_is_refused(client_for, author, case):
    data = {"key": str(uuid.uuid4()), "severity": "low", "where_seen": "x", "reason": "y", "evidence_url": "javascript:alert(1)"}
    assert client_for(author).post(reverse("bank_leak", args=[case.pk]), data).status_code == 422


def test_a_leaked_variant_is_not_drawn(author, case, cohort, at):
    for key in ("a", "b"):
        leak(case, author, at, variant=key)
    drawn = {make_run(make_enrolment(cohort, make_person(), at=at), at=at, played=False).variant for _n in range(5)}
    assert drawn == {"c"}
    leak(case, author, at, variant="c")  # all have leaked: then the lot decides among all
    run = make_run(make_enrolment(cohort, make_person(), at=at), at=at, played=False)
    assert run.variant in {"a", "b", "c"} and CaseRun.objects.count() == 6


def test_answers_in_public_keep_a_case_out_of_new_assessments(author, case, edition, at):
    assert [(g.kind, g.blocking) for g in bank_gaps(entries_of(edition.course))] == []
    leak(case, author, at)
    assert [(g.kind, g.blocking) for g in bank_gaps(entries_of(edition.course))] == [("case_leaked", False)]
    worst = leak(case, author, at, severity="high")
    assert [(g.kind, g.blocking) for g in bank_gaps(entries_of(edition.course))] == [("case_leaked", True)]
    worst.clear(reason="误报", by=author, at=at, organisation=None)
    worst.clear(reason="再次", by=author, at=at, organisation=None)
    assert [g.blocking for g in bank_gaps(entries_of(edition.course))] == [False]
    assert CaseEvent.objects.filter(kind="cleared").count() == 1


def test_only_who_marked_it_or_the_authority_clears(client_for, author, base, outsider, officer, case, at):
    CaseEvent.note(case, CaseEvent.Kind.SHARED, by=author, at=at, organisation=base)
    said = {"severity": "low", "where_seen": "x", "reason": "y"}
    found = CaseEvent.leak(case, key=uuid.uuid4(), by=author, at=at, organisation=base, **said)
    url = reverse("bank_clear", args=[found.uuid])
    assert client_for(outsider).post(url, {"reason": "z"}).status_code == 403
    assert client_for(officer).post(url, {"reason": "z"}).status_code == 302
    assert states_of([case.pk])[case.pk].leaks == ()


def test_a_leak_reaches_the_copies(author, outsider, other_base, case, at):
    CaseEvent.note(case, CaseEvent.Kind.SHARED, by=author, at=at, organisation=None)
    copy = take(case, make_course(other_base, outsider), by=outsider, at=at)
    leak(copy, outsider, at, severity="high")
    assert states_of([case.pk])[case.pk].worst == "high"


def test_trainees_and_employers_have_no_bank(client_for, trainee, employer, assessor, case):
    for person in (trainee, employer, assessor):
        assert client_for(person).get(reverse("case_bank")).status_code == 403
        assert client_for(person).get(reverse("bank_case", args=[case.pk])).status_code == 404
