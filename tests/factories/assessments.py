"""Case runs, work products, marks and results made with the real verbs, on an edition of `make_edition`."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Organisation, Role, User
from assessments.models import Allocation, Assignment, CaseRun, Mark, Result, Submission
from curriculum.cases import CaseScript
from tests.factories.training import make_person
from training.models import Enrolment

NO_AI = "未使用。"


def assignment_of(enrolment: Enrolment) -> Assignment:
    """Return the first assignment of the enrolment's course."""
    found = Assignment.objects.filter(part__plan__edition=enrolment.cohort.edition).select_related("item__edition", "part")
    return found.order_by("part__position", "position").first()


def complete_fields(script: CaseScript, text: str = "写得清楚的一段话。") -> dict[str, Any]:
    """Return a complete work product for any case."""
    values: dict[str, Any] = {}
    for field in script.deliverable.fields:
        if field.kind == "table":
            row = {column.key: _typed(column, "内容") for column in field.columns}
            values[field.key] = [dict(row) for _ in range(max(field.min_rows, 1))]
        else:
            values[field.key] = _typed(field, text)
    return values


def _typed(spec: Any, text: str) -> str:
    """Something that fits the kind of a field or column."""
    if spec.kind == "choice":
        return spec.choices[0].key
    return "12" if spec.numeric else "2026-11-03" if spec.kind == "date" else text


def make_run(
    enrolment: Enrolment, assignment: Assignment | None = None, *, at: datetime | None = None, played: bool = True
) -> CaseRun:
    """Return a run, played by the first options to its end unless `played=False`."""
    at = at or timezone.now()
    run = CaseRun.start(enrolment, assignment or assignment_of(enrolment), at=at)
    script = run.script()
    while played and not run.is_played:
        stage = script.stage(run.stage_key)
        run.decide(stage.key, stage.decision.options[0].key if stage.decision else "", at=at)
    return run


def make_submission(
    enrolment: Enrolment, assignment: Assignment | None = None, *, at: datetime | None = None, handed_in: bool = True,
    text: str = "写得清楚的一段话。",
) -> Submission:  # fmt: skip
    """Return the enrolment's work product, complete, and handed in unless `handed_in=False`."""
    at = at or timezone.now()
    submission = Submission.start(make_run(enrolment, assignment, at=at), at=at)
    fields = complete_fields(submission.assignment.script(), text)
    submission.save_draft(fields, number=submission.draft_number, key="factory", at=at)
    return submission.hand_in(at=at, ai_use=NO_AI) if handed_in else submission


def scores_for(submission: Submission, bands: str | list[int] = "top", comment: str = "有依据。") -> dict[str, Any]:
    """Return scores for every criterion. bands: "top", "bottom", or the place of the band on each criterion, 0 lowest."""
    scores = {}
    for number, criterion in enumerate(submission.assignment.rubric.lines()):
        points = sorted(band.points for band in criterion.bands.all())
        place = {"top": -1, "bottom": 0}[bands] if isinstance(bands, str) else bands[number]
        scores[criterion.key] = {"points": points[place], "comment": comment}
    return scores


def make_assessor(base: Organisation, role: Role = Role.ASSESSOR) -> User:
    return make_person("评阅人", at_base=base, role=role)


def give_mark(
    submission: Submission, assessor: User | None = None, bands: str | list[int] = "top", *, at: datetime | None = None,
    comment: str = "总评。",
) -> Mark:  # fmt: skip
    """Let an assessor (a new one when not given) take this submission and mark it. The queue must hold it first."""
    at = at or timezone.now()
    assessor = assessor or make_assessor(submission.enrolment.cohort.organisation)
    allocation = Allocation.take_next(assessor, at=at)
    assert allocation is not None and allocation.submission_id == submission.pk, "another submission is first in the queue"
    return allocation.give_mark(scores_for(submission, bands), comment, at=at)


def make_marked(
    enrolment: Enrolment, assignment: Assignment | None = None, *, first: str | list[int] = "top",
    second: str | list[int] | None = None, at: datetime | None = None,
) -> Submission:  # fmt: skip
    """Return a submission with two marks: ready for release, or in moderation where they disagree."""
    submission = make_submission(enrolment, assignment, at=at)
    give_mark(submission, bands=first, at=at)
    give_mark(submission, bands=first if second is None else second, at=at)
    submission.refresh_from_db()
    return submission


def make_result(
    enrolment: Enrolment, assignment: Assignment | None = None, *, passed: bool = True, by: User | None = None,
    at: datetime | None = None,
) -> Result:  # fmt: skip
    """Return a released result, of two equal marks."""
    at = at or timezone.now()
    submission = make_marked(enrolment, assignment, first="top" if passed else "bottom", at=at)
    by = by or make_person("登记员", at_base=enrolment.cohort.organisation, role=Role.REGISTRAR)
    return Result.release(submission, by=by, at=at)
