"""Who may do what with cases, work products, marks and results: each rule one sentence, and the lookups that answer 404.

Trainees see their own work only. Assessors see what they were given, without a name. A base's people see their base.
"""

from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.utils.timezone import now

from accounts.models import Role, User
from accounts.permissions import organisation_ids, user_has_role
from training.models import Cohort, Enrolment

from .asked_often import OF_SUBMISSION, cohort_seen, cohorts_seen, own_draft, own_submission
from .elsewhere import open_to
from .models import Allocation, Appeal, Assignment, CaseRun, FeedbackAnswer, RegradeBatch, Result, Submission
from .models.queues import Standing


def user_is_assessor(user: User) -> bool:
    """Assessors of any base have the marking queue."""
    return user_has_role(user, Role.ASSESSOR)


def user_is_moderator(user: User) -> bool:
    """Moderators of any base have the moderation queue."""
    return user_has_role(user, Role.MODERATOR)


def user_sees_product_kinds(user: User) -> bool:
    """Whoever writes, reviews, teaches or marks cases looks up the kinds of work products and their checks."""
    return user_has_role(
        user, Role.AUTHOR, Role.BASE_REVIEWER, Role.REVIEWER, Role.INSTRUCTOR, Role.ASSESSOR, Role.MODERATOR, Role.OFFICER
    )


def user_is_independent(user: User, submission: Submission) -> bool:
    """Nobody judges their own work, nor that of a cohort they teach."""
    enrolment = submission.enrolment
    return not submission.is_of(user) and not enrolment.cohort.instructors.filter(pk=user.pk).exists()


def user_can_mark(user: User, submission: Submission) -> bool:
    """An assessor of the cohort's base who is independent of the trainee."""
    base = submission.enrolment.cohort.organisation_id
    return user_has_role(user, Role.ASSESSOR, organisation=base) and user_is_independent(user, submission)


def user_can_moderate(user: User, submission: Submission) -> bool:
    """A moderator of the cohort's base who is independent of the trainee and did not mark the work."""
    base = submission.enrolment.cohort.organisation_id
    return (
        user_has_role(user, Role.MODERATOR, organisation=base)
        and user_is_independent(user, submission)
        and not submission.marks.exclude(kind=Allocation.Kind.MODERATED).filter(assessor=user).exists()
    )


def user_can_release(user: User, submission: Submission) -> bool:
    """A registrar of the cohort's base, but nobody their own result."""
    base = submission.enrolment.cohort.organisation_id
    return user_has_role(user, Role.REGISTRAR, organisation=base) and not submission.is_of(user)


def user_releases_results(user: User) -> bool:
    """Registrars of any base have the release list."""
    return user_has_role(user, Role.REGISTRAR)


def user_sees_gradebooks(user: User) -> bool:
    """Registrars, moderators and instructors have the gradebooks of their base."""
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR, Role.INSTRUCTOR)


def gradebook_cohorts(user: User):
    """The cohorts whose gradebook the person sees: registrars and moderators their base's, instructors their own."""
    return cohorts_seen(user.pk, *_gradebook_organisations(user))


def _gradebook_organisations(user: User) -> tuple[list[int], list[int]]:
    """Where the person sees the gradebook of every cohort, and where those they teach; [0] for nowhere."""
    whole = organisation_ids(user, Role.REGISTRAR, Role.MODERATOR)
    taught = organisation_ids(user, Role.INSTRUCTOR)
    return sorted(whole) or [0], sorted(taught) or [0]


def user_sees_names(user: User, cohort: Cohort) -> bool:
    """Registrars of the base and the cohort's instructors see whose work it is; moderators see the anonymous code."""
    if user_has_role(user, Role.REGISTRAR, organisation=cohort.organisation_id):
        return True
    return user_has_role(user, Role.INSTRUCTOR, organisation=cohort.organisation_id) and (
        cohort.instructors.filter(pk=user.pk).exists()
    )


def user_can_export_gradebook(user: User, cohort: Cohort) -> bool:
    """A registrar of the cohort's base: the file has names, addresses and results, and leaves the system."""
    return user_has_role(user, Role.REGISTRAR, organisation=cohort.organisation_id)


def user_can_simulate_policy(user: User, cohort: Cohort) -> bool:
    """Registrars and moderators of the cohort's base try what another policy would do; nothing is stored."""
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR, organisation=cohort.organisation_id)


def user_sees_regrades(user: User) -> bool:
    """Registrars and moderators have the regrades of their bases, officers of the authority all."""
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR, Role.OFFICER)


def regrades_of(user: User):
    """The regrades that the person sees."""
    if user_has_role(user, Role.OFFICER):
        return RegradeBatch.objects.all()
    return RegradeBatch.objects.filter(organisation__in=organisation_ids(user, Role.REGISTRAR, Role.MODERATOR))


def get_regrade(user: User, uuid: UUID) -> RegradeBatch:
    """Return a regrade that the person sees, or 404."""
    found = regrades_of(user).select_related(
        "organisation", "edition", "cohort", "drafted_by", "decided_by", "reverses", "follows"
    )
    batch = found.filter(uuid=uuid).first()
    if batch is None:
        raise Http404
    return batch


def user_can_change_regrade(user: User, batch: RegradeBatch) -> bool:
    """A registrar or moderator of the base drafts regrades, simulates them again, withdraws them and asks for the way back."""
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR, organisation=batch.organisation_id)


def user_can_decide_regrade(user: User, batch: RegradeBatch) -> bool:
    """Another registrar or moderator of the base than who drafted it; where certificates rest on the results, an officer of
    the authority. Nobody decides on results of their own. One query."""
    if user.pk == batch.drafted_by_id:
        return False
    if batch.touches_certificates:
        may = user_has_role(user, Role.OFFICER)
    else:
        may = user_has_role(user, Role.REGISTRAR, Role.MODERATOR, organisation=batch.organisation_id)
    return may and not batch.lines.filter(enrolment__user=user).exists()


def user_sees_regraded_names(user: User, batch: RegradeBatch) -> bool:
    """Registrars of the base and officers see whose results they are; moderators see the anonymous codes."""
    return user_has_role(user, Role.OFFICER) or user_has_role(user, Role.REGISTRAR, organisation=batch.organisation_id)


def user_sets_regrade_terms(user: User) -> bool:
    """Officers of the authority say whether a correction may lower a result."""
    return user_has_role(user, Role.OFFICER)


def user_sets_marking_policy(user: User) -> bool:
    """Officers of the authority set the floor of agreement and give licences."""
    return user_has_role(user, Role.OFFICER)


def user_sees_marking_quality(user: User) -> bool:
    """Officers everywhere, moderators and registrars for their base."""
    return user_has_role(user, Role.OFFICER, Role.MODERATOR, Role.REGISTRAR)


def quality_assignments(user: User):
    """The assignments whose reliability the person sees."""
    if user_has_role(user, Role.OFFICER):
        return Assignment.objects.all()
    bases = organisation_ids(user, Role.MODERATOR, Role.REGISTRAR)
    return Assignment.objects.filter(item__edition__organisation__in=bases)


def user_sees_markers(user: User) -> bool:
    """Who was how severe is for officers and moderators; registrars see the agreement only."""
    return user_has_role(user, Role.OFFICER, Role.MODERATOR)


def user_can_order_remarking(user: User, assignment: Assignment) -> bool:
    """A moderator of the base, or an officer of the authority."""
    base = assignment.item.edition.organisation_id
    return user_has_role(user, Role.OFFICER) or user_has_role(user, Role.MODERATOR, organisation=base)


def get_quality_assignment(user: User, uuid: UUID) -> Assignment:
    """Return an assignment whose reliability the person sees, or 404."""
    found = quality_assignments(user).select_related("item__edition__organisation", "item__edition__level", "part", "rubric")
    assignment = found.filter(uuid=uuid).first()
    if assignment is None:
        raise Http404
    return assignment


def get_gradebook_cohort(user: User, uuid: UUID) -> Cohort:
    """Return a cohort whose gradebook this person sees, or 404."""
    cohort = cohort_seen.first(uuid, user.pk, *_gradebook_organisations(user))
    if cohort is None:
        raise Http404
    return cohort


def get_grade_cell(cohort: Cohort, enrolment: UUID, assignment: UUID) -> tuple[Enrolment, Assignment]:
    """Return the trainee and the assignment of one cell of this cohort's gradebook, or 404. Two queries."""
    person = cohort.enrolments.select_related("user").filter(uuid=enrolment).first()
    found = Assignment.objects.select_related("item", "part").filter(part__plan__edition=cohort.edition_id)
    task = found.filter(uuid=assignment).first()
    if person is None or task is None:
        raise Http404
    return person, task


def get_practising_enrolment(user: User, uuid: UUID) -> Enrolment:
    """Return the person's own enrolment, or 404; withdrawn ones are closed."""
    found = Enrolment.objects.of_person(user).exclude(status=Enrolment.Status.WITHDRAWN).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def get_own_run(user: User, uuid: UUID) -> CaseRun:
    """Return the person's own case run with its case and course, or 404: one query."""
    runs = CaseRun.objects.select_related("enrolment__cohort", "enrolment__user", "assignment__item", "assignment__part")
    run = runs.filter(uuid=uuid, enrolment__user=user).exclude(enrolment__status=Enrolment.Status.WITHDRAWN).first()
    if run is None:
        raise Http404
    return run


def get_own_submission(user: User, uuid: UUID, *, whole: bool = True) -> Submission:
    """Return the person's own work product, alone or shared in a team, or 404, also after a withdrawal: one query.
    whole: False for a save, with the case alone and without what stands in it."""
    if (submission := (own_submission if whole else own_draft).first(user.pk, uuid)) is None:
        raise Http404
    if submission.leader_id:  # a member's own row: the content is in the shared one
        return get_own_submission(user, Submission.objects.values_list("uuid", flat=True).get(pk=submission.leader_id))
    if whole:
        submission.run.assignment = submission.assignment  # the same row; the run asks it for its script
        if submission.run.enrolment_id == submission.enrolment_id:
            submission.run.enrolment = submission.enrolment
    return submission


def get_own_allocation(user: User, uuid: UUID) -> Allocation:
    """Return a turn given to this person, or 404: one query."""
    turns = Allocation.objects.select_related(
        *(f"submission__{path}" for path in OF_SUBMISSION),
        "submission__assignment__rubric", "submission__run__enrolment__cohort", "assessor",
    )  # fmt: skip
    allocation = turns.filter(uuid=uuid, assessor=user).first()
    if allocation is None:
        raise Http404
    allocation.submission.run.assignment = allocation.submission.assignment
    return allocation


def user_can_use(user: User, allocation: Allocation) -> bool:
    """The person it was given to, as long as they still hold the role and are independent."""
    if allocation.assessor_id != user.pk:
        return False
    if allocation.kind == Allocation.Kind.MODERATED:
        return user_can_moderate(user, allocation.submission)
    if allocation.kind == Allocation.Kind.APPEAL:  # assessors of any base, as `Appeal.take_next` gives them
        return user_is_assessor(user) and user_is_independent(user, allocation.submission)
    base, standing = allocation.submission.enrolment.cohort.organisation_id, Standing.of(user)
    if allocation.kind == Allocation.Kind.SAMPLE:  # moderators of other bases, as `SampledScript.take_next` gives them
        return base not in standing.own and user_is_moderator(user) and user_is_independent(user, allocation.submission)
    if allocation.across:  # given by the rule of the level, to somebody who does not belong to that base
        return standing.to(base).far and user_is_independent(user, allocation.submission)
    return user_can_mark(user, allocation.submission)


def get_base_submission(user: User, uuid: UUID, *roles: Role) -> Submission:
    """Return a handed-in submission of a base for which the person holds one of the roles, or 404."""
    found = Submission.objects.select_related(*OF_SUBMISSION, "assignment__rubric")
    found = found.filter(enrolment__cohort__organisation__in=organisation_ids(user, *roles))
    submission = found.exclude(status=Submission.Status.DRAFT).filter(uuid=uuid, leader=None).first()
    if submission is None:
        raise Http404
    return submission


def get_own_row(user: User, uuid: UUID) -> Submission:
    """Return the person's own row of a work product, given its address or that of the team's shared one, or 404."""
    found = Submission.objects.select_related(*OF_SUBMISSION, "run", "assignment__rubric", "leader")
    row = found.filter(Q(uuid=uuid) | Q(leader__uuid=uuid), enrolment__user=user).first()
    if row is None:
        raise Http404
    return row


def team_work_of(user: User):
    """Shared work of teams that was handed in at the moderator's bases and is not released; not their own."""
    found = Submission.objects.filter(enrolment__cohort__organisation__in=organisation_ids(user, Role.MODERATOR))
    found = found.exclude(team=None).filter(leader=None)
    found = found.exclude(status__in=[Submission.Status.DRAFT, Submission.Status.RELEASED])
    found = found.exclude(enrolment__user=user).exclude(companions__enrolment__user=user)
    return found.select_related("assignment__item", "enrolment").order_by("submitted_at", "pk")


def get_team_work(user: User, uuid: UUID) -> Submission:
    """Return shared work of a team at a base where the person is a moderator, or 404."""
    submission = get_base_submission(user, uuid, Role.MODERATOR)
    if submission.team_id is None:
        raise Http404
    return submission


OF_APPEAL = (
    "result__enrolment__user", "result__enrolment__cohort__organisation", "result__assignment__item",
    "result__assignment__part", "result__submission__leader", "work__enrolment__cohort", "new_result",
)  # fmt: skip


def user_handles_appeals(user: User) -> bool:
    """Registrars and moderators have the appeals of their bases."""
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR)


def appeals_of(user: User):
    """The appeals of the bases where the person is a registrar or moderator, and those of other bases that they decide; not
    against results of work of their own."""
    own = Q(result__enrolment__cohort__organisation__in=organisation_ids(user, Role.REGISTRAR, Role.MODERATOR))
    found = Appeal.objects.filter(own | Q(pk__in=open_to(user, now()).values("pk"))).exclude(work__enrolment__user=user)
    return found.exclude(work__companions__enrolment__user=user)


def get_base_appeal(user: User, uuid: UUID) -> Appeal:
    """Return an appeal of the person's bases, or 404."""
    found = appeals_of(user).select_related(*OF_APPEAL, "formal_by", "decided_by").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def get_own_appeal(user: User, uuid: UUID) -> Appeal:
    """Return the person's own appeal, or 404: one query."""
    found = Appeal.objects.select_related(*OF_APPEAL).filter(uuid=uuid, result__enrolment__user=user).first()
    if found is None:
        raise Http404
    return found


def get_own_result(user: User, uuid: UUID) -> Result:
    """Return the latest released result of the person's own work product, or 404."""
    row = get_own_row(user, uuid)
    result = row.result
    if result is None:
        raise Http404
    result.submission, result.enrolment, result.assignment = row, row.enrolment, row.assignment
    return result


def user_decides_form(user: User, appeal: Appeal) -> bool:
    """A registrar or moderator of the cohort's base admits or rejects, but nobody who marked the work or teaches them."""
    base = appeal.result.enrolment.cohort.organisation_id
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR, organisation=base) and _is_fresh(user, appeal)


def user_decides_appeal(user: User, appeal: Appeal) -> bool:
    """A moderator of the cohort's base decides, who neither marked nor moderated the work nor teaches the cohort; where the
    base has none left, or is overdue, one of another base or of the authority."""
    base = appeal.result.enrolment.cohort.organisation_id
    if user_has_role(user, Role.MODERATOR, organisation=base) and _is_fresh(user, appeal):
        return True
    return open_to(user, now()).filter(pk=appeal.pk).exists()


def _is_fresh(user: User, appeal: Appeal) -> bool:
    return user_is_independent(user, appeal.work) and not appeal.work.marks.filter(assessor=user).exists()


def user_sees_appellant(user: User, appeal: Appeal) -> bool:
    """Registrars of the base see whose appeal it is; moderators see the anonymous code."""
    return user_has_role(user, Role.REGISTRAR, organisation=appeal.result.enrolment.cohort.organisation_id)


def user_sees_answers(user: User) -> bool:
    """Registrars and moderators for their bases, assessors for what they marked at their own base."""
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR, Role.ASSESSOR)


def answers_of(user: User):
    """The answers to feedback that the person sees: of their bases, and to work that they marked; never their own."""
    base = Q(result__enrolment__cohort__organisation__in=organisation_ids(user, Role.REGISTRAR, Role.MODERATOR))
    if organisation_ids(user, Role.ASSESSOR):
        turns = Allocation.objects.filter(assessor=user, kind__in=Allocation.QUEUED, across=False)
        marked = turns.filter(status=Allocation.Status.DONE).values("submission")
        base |= Q(result__submission__in=marked) | Q(result__submission__leader__in=marked)
    found = FeedbackAnswer.objects.filter(base).exclude(result__enrolment__user=user)
    return found.exclude(result__submission__leader__enrolment__user=user)


def get_answer(user: User, uuid: UUID) -> FeedbackAnswer:
    """Return an answer that the person sees, or 404."""
    found = answers_of(user).select_related("result__enrolment__cohort__organisation").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
