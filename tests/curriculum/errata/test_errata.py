"""Errata, from proposal to the second signature: what may be corrected, whom it touches, who signs what they have read."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from curriculum.contents import portable_page
from curriculum.corrections import effect
from curriculum.models import CaseScenarioPage, Erratum, ErratumSignature, LessonPage
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import ImmutableRow
from tests.curriculum.errata.verbs import edit_case, sign
from tests.factories.assessments import make_run, make_submission
from tests.factories.curriculum import RUBRIC, stream
from tests.factories.training import make_enrolment, study
from training.models import CohortErratum

# --- Proposing ------------------------------------------------------------------------------------------------------


def test_it_fixes_the_revisions_of_now(erratum, lesson):
    page = LessonPage.objects.get(pk=lesson.page_id)
    page.title = "提出之后又改"
    page.save_revision()
    [change] = erratum.changes.all()
    assert change.title == lesson.title
    assert "高校" in json.loads(change.content()["body"])[1]["value"]


def test_one_proposal_at_a_time(erratum, propose, lesson):
    with pytest.raises(WrongState):
        propose(lesson)
    with pytest.raises(IntegrityError), transaction.atomic():
        Erratum.objects.create(edition=erratum.edition, organisation=erratum.organisation, number=9, reason="x",
                               proposed_at=erratum.proposed_at, proposed_by=erratum.proposed_by)  # fmt: skip


def test_a_page_without_another_text_is_refused(propose, edition, enrolment):
    with pytest.raises(WrongState):
        propose(edition.items_of("lesson").last())
    assert not Erratum.objects.exists()


def test_a_cohort_that_is_over_is_refused(propose, lesson, cohort, registrar, at):
    cohort.close(by=registrar, at=at)
    with pytest.raises(WrongState):
        propose(lesson)


def test_rubric_and_work_product_are_never_corrected(propose, edition, enrolment):
    rubric = json.loads(json.dumps(RUBRIC))
    rubric[0]["bands"][0]["descriptor"] = "改了的档次"
    item = edit_case(edition, lambda stages: None,
                     rubric=stream(CaseScenarioPage, "rubric", [("criterion", c) for c in rubric]))  # fmt: skip
    with pytest.raises(WrongState, match="考核方案"):
        propose(item)


def test_choices_change_only_while_nobody_has_begun(propose, edition, enrolment, at, base_reviewer):
    item = edit_case(edition, lambda stages: stages[0]["value"]["decision"][0]["options"][0].update(next="draft"))
    erratum = propose(item)
    make_run(enrolment, at=at, played=False)
    assert Erratum.refusals(erratum.impact())
    with pytest.raises(WrongState, match="已有学员开始"):
        sign(erratum, base_reviewer, at)


@pytest.mark.parametrize(
    ("change", "judged", "way"),
    [
        ({}, False, False),
        ({"brief": "<p>改</p>"}, False, False),
        ({"debrief": "<p>改</p>"}, False, False),
        ({"rubric": []}, True, False),
        ({"deliverable": []}, True, False),
        ({"disagreement_limit": 99}, True, False),
        ({"stages": []}, False, True),
        ({"something_new": [1]}, False, True),
    ],
)
def test_what_counts_as_more_than_words(edition, change, judged, way):
    form = portable_page(edition.items_of("case").get().content())
    found = effect("case", form, form | change)
    assert (found.judged, found.way) == (judged, way)


def test_of_a_lesson_everything_is_words(edition):
    form = portable_page(edition.items_of("lesson").first().content())
    found = effect("lesson", form, form | {"body": [], "minutes": 99, "topics": []})
    assert found.as_json() == {"rubric_changed": False, "way_changed": False, "minutes": [45, 99], "topics_changed": True}


# --- The impact list ------------------------------------------------------------------------------------------------


def test_it_names_cohorts_and_counts_people(propose, lesson, case, cohort, other_cohort, enrolment, at):
    study(enrolment, lesson, 3, at=at - timedelta(minutes=10))
    make_submission(enrolment, at=at)
    make_enrolment(other_cohort, at=at)
    impact = propose(lesson, case, cohorts=[cohort, other_cohort]).impact()
    found = {c["cohort"]: (c["trainees"], [{k: v for k, v in row.items() if k != "item"} for row in c["items"]])
             for c in impact["cohorts"]}  # fmt: skip
    nothing = {"read": 0, "started": 0, "handed_in": 0, "results": 0}
    assert found == {
        str(cohort.uuid): (1, [nothing | {"read": 1}, nothing | {"started": 1, "handed_in": 1}]),
        str(other_cohort.uuid): (1, [nothing, nothing]),
    }
    assert [change["minutes"] for change in impact["changes"]] == [[45, 60], [90, 90]]


def test_queries_do_not_grow_with_cohorts_and_pages(propose, lesson, case, cohort, other_cohort, enrolment, at,
                                                    django_assert_max_num_queries):  # fmt: skip
    erratum = propose(lesson, case, cohorts=[cohort, other_cohort])
    with django_assert_max_num_queries(14):
        erratum.impact()


# --- Signing --------------------------------------------------------------------------------------------------------


def test_two_signatures_put_it_into_effect(applied, cohort, at):
    assert applied.status == "applied"
    base, authority = applied.signatures.all()
    assert (base.role, authority.role) == ("base", "authority")
    assert base.is_genuine()
    assert authority.is_genuine()
    assert base.impact_hash == authority.impact_hash == content_hash(authority.impact)
    row = CohortErratum.objects.get()
    assert (row.cohort, row.erratum, row.applied_at) == (cohort, applied, at)


def test_a_changed_impact_has_to_be_signed_again(erratum, lesson, enrolment, base_reviewer, officer, at):
    sign(erratum, base_reviewer, at)
    study(enrolment, lesson, 3, at=at)
    assert sign(erratum, officer, at) is False
    assert erratum.status == "proposed"
    assert not CohortErratum.objects.exists()
    assert sign(erratum, base_reviewer, at)
    assert sign(erratum, officer, at)
    assert erratum.status == "applied"
    assert erratum.signatures.count() == 3


def test_nobody_signs_a_list_they_have_not_read(erratum, base_reviewer, at):
    with pytest.raises(WrongState):
        erratum.sign(by=base_reviewer, at=at, seen="sha256:0")
    assert not erratum.signatures.exists()


def test_who_proposed_does_not_sign_and_nobody_signs_twice(erratum, author, base_reviewer, at):
    with pytest.raises(WrongState):
        sign(erratum, author, at)
    sign(erratum, base_reviewer, at)
    with pytest.raises(WrongState):
        sign(erratum, base_reviewer, at)
    assert erratum.signatures.count() == 1


def test_a_finished_one_is_not_signed(applied, officer, at):
    with pytest.raises(WrongState):
        sign(applied, officer, at)


def test_refused_and_withdrawn(erratum, base_reviewer, author, at):
    with pytest.raises(WrongState):
        erratum.refuse(by=base_reviewer, at=at, note=" ")
    erratum.refuse(by=base_reviewer, at=at, note="原文没有错。")
    assert (erratum.status, erratum.note) == ("refused", "原文没有错。")
    with pytest.raises(WrongState):
        erratum.withdraw(by=author, at=at)
    with pytest.raises(WrongState):
        sign(erratum, base_reviewer, at)


def test_signatures_are_rows_of_fact_and_a_forged_one_is_found(applied, capsys, settings):
    signature = applied.signatures.first()
    with pytest.raises(ImmutableRow):
        signature.save()
    call_command("audit_editions")
    forged = ErratumSignature.objects.get(pk=signature.pk)
    forged.name = "别人"
    assert not forged.is_genuine()
    forged = ErratumSignature.objects.get(pk=signature.pk)
    forged.impact["cohorts"] = []
    assert not forged.is_genuine()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new secret"
    assert ErratumSignature.objects.get(pk=signature.pk).is_genuine()
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(SystemExit):
        call_command("audit_editions")
    assert str(applied.uuid) in capsys.readouterr().err


