"""Who may do what with cohorts, enrolments and hours: each rule one sentence, and the lookups that answer 404.

A base's people see their base only. Trainees see themselves only. Nobody else's existence is confirmed.
"""

from uuid import UUID

from django.http import Http404

from accounts.models import Organisation, Role, User
from accounts.permissions import organisation_ids, user_has_role
from lms.lib.compiled import Compiled

from .models import ClassSession, Cohort, Enrolment


def bases_of_registrar(user: User) -> set[int]:
    """The bases for which the person keeps cohorts."""
    return organisation_ids(user, Role.REGISTRAR)


def user_works_with_cohorts(user: User) -> bool:
    """Registrars and instructors have the cohort pages."""
    return user_has_role(user, Role.REGISTRAR, Role.INSTRUCTOR)


def user_can_create_cohort(user: User) -> bool:
    """A registrar of any base plans cohorts (of that base)."""
    return user_has_role(user, Role.REGISTRAR)


def user_can_manage_cohort(user: User, cohort: Cohort) -> bool:
    """A registrar of the cohort's base edits, opens, closes and cancels it, and enrols people."""
    return user_has_role(user, Role.REGISTRAR, organisation=cohort.organisation_id)


def user_teaches_cohort(user: User, cohort: Cohort) -> bool:
    """An instructor of the base who is named in the cohort."""
    return (
        user_has_role(user, Role.INSTRUCTOR, organisation=cohort.organisation_id)
        and cohort.instructors.filter(pk=user.pk).exists()
    )


def user_can_see_cohort(user: User, cohort: Cohort) -> bool:
    """The base's registrars, and the cohort's own instructors."""
    return user_can_manage_cohort(user, cohort) or user_teaches_cohort(user, cohort)


def user_can_take_attendance(user: User, session: ClassSession) -> bool:
    """Whoever sees the cohort keeps its attendance lists: registrars, and the cohort's instructors."""
    return user_can_see_cohort(user, session.cohort)


def user_can_reverse_record(user: User, enrolment: Enrolment) -> bool:
    """A registrar of the base corrects hours, but nobody their own."""
    return user_can_manage_cohort(user, enrolment.cohort) and enrolment.user_id != user.pk


def user_can_see_hours(user: User, enrolment: Enrolment) -> bool:
    """The trainee, and whoever sees the cohort."""
    return enrolment.user_id == user.pk or user_can_see_cohort(user, enrolment.cohort)


def user_can_read_lessons(user: User, enrolment: Enrolment) -> bool:
    """The trainee while not withdrawn; the base's registrars, instructors and authors."""
    if enrolment.user_id == user.pk:
        return enrolment.status != Enrolment.Status.WITHDRAWN and enrolment.cohort.status != Cohort.Status.CANCELLED
    return user_has_role(
        user, Role.REGISTRAR, Role.INSTRUCTOR, Role.AUTHOR, organisation=enrolment.cohort.organisation_id
    )


_with_course = Compiled(lambda uuid: Enrolment.objects.with_course().filter(uuid=uuid))
_own = Compiled(lambda user, uuid: Enrolment.objects.of_person(user).filter(uuid=uuid))


def get_enrolment_for(user: User, uuid: UUID) -> Enrolment:
    """Return the person's own enrolment with its course, or 404: one query."""
    enrolment = _own.first(user.pk, uuid)
    if enrolment is None:
        raise Http404
    return enrolment


def get_readable_enrolment(user: User, uuid: UUID) -> Enrolment:
    """Return an enrolment whose lessons this person may read, or 404."""
    enrolment = _with_course.first(uuid)
    if enrolment is None or not user_can_read_lessons(user, enrolment):
        raise Http404
    return enrolment


def get_enrolment_with_hours_for(user: User, uuid: UUID) -> Enrolment:
    """Return an enrolment whose ledger this person may see, or 404."""
    enrolment = _with_course.first(uuid)
    if enrolment is None or not user_can_see_hours(user, enrolment):
        raise Http404
    return enrolment


def get_cohort_for(user: User, uuid: UUID) -> Cohort:
    """Return a cohort this person sees as staff, or 404."""
    cohorts = Cohort.objects.select_related("organisation", "edition__level__syllabus", "edition__organisation")
    cohort = cohorts.filter(uuid=uuid).first()
    if cohort is None or not user_can_see_cohort(user, cohort):
        raise Http404
    return cohort


def get_session_for(user: User, uuid: UUID) -> ClassSession:
    """Return a class session whose attendance this person keeps, or 404."""
    sessions = ClassSession.objects.select_related("cohort__organisation", "cohort__edition", "topic", "instructor")
    session = sessions.filter(uuid=uuid).first()
    if session is None or not user_can_take_attendance(user, session):
        raise Http404
    return session


def registrar_organisations(user: User) -> list[Organisation]:
    """The bases for which the person keeps cohorts, as rows, by name."""
    return sorted(
        {m.organisation for m in user.active_memberships if m.role == Role.REGISTRAR}, key=lambda base: base.name
    )
