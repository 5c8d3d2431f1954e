"""Who may write, review and read courses: each rule one sentence, and the lookups that answer 404.

A base's people see their base only. The authority sees a course once the base's own reviewer has approved it.
"""

from uuid import UUID

from django.db.models import Q
from django.http import Http404

from accounts.models import Organisation, Role, User
from accounts.models.organisations import BASE_ROLES
from accounts.permissions import organisation_ids, user_has_role

from .models import (
    CoursePage,
    CourseReview,
    Edition,
    EditionImport,
    EditionItem,
    EquivalenceStatement,
    Erratum,
    Manuscript,
    ReviewTask,
    Syllabus,
    TrainingBasePage,
)
from .models.library import LibraryEntry, own_organisations

WRITERS = (Role.AUTHOR, Role.BASE_REVIEWER)
AUTHORITY_READERS = (Role.REVIEWER, Role.OFFICER)


def user_has_authoring(user: User) -> bool:
    """Authors and the base's reviewers have the authoring pages; those of the authority write in the national core."""
    return _writes_for_a_base(user)


def user_has_reviews(user: User) -> bool:
    """Authors follow their courses, both kinds of reviewers decide."""
    return _writes_for_a_base(user) or user_has_role(user, Role.REVIEWER)


def _writes_for_a_base(user: User) -> bool:
    return user_has_role(user, *WRITERS) and any(
        m.role in WRITERS and m.organisation.kind == Organisation.Kind.BASE for m in user.active_memberships
    )


def user_can_submit_course(user: User, organisation_id: int) -> bool:
    """An author of the base sends its courses to review."""
    return user_has_role(user, Role.AUTHOR, organisation=organisation_id)


def user_decides_at(user: User, stage: str, organisation_id: int) -> bool:
    """The base's reviewer decides the first stage, a reviewer of the authority the second; nobody a finished review."""
    if stage == CourseReview.Status.WITH_BASE:
        return user_has_role(user, Role.BASE_REVIEWER, organisation=organisation_id)
    of_authority = (CourseReview.Status.WITH_AUTHORITY, CourseReview.Status.SCHEDULED)
    return stage in of_authority and user_has_role(user, Role.REVIEWER)


def user_can_approve(user: User, review: CourseReview) -> bool:
    """Whoever decides at this stage, but neither who submitted the course nor who approved it at the stage before."""
    if review.status not in CourseReview.DECIDED or user.pk == review.submitted_by_id:
        return False
    if not user_decides_at(user, review.status, review.organisation_id):
        return False
    return not review.steps.filter(decided_by=user).exists()


def user_can_return(user: User, review: CourseReview) -> bool:
    """Whoever decides at this stage may give the course back."""
    return user_decides_at(user, review.status, review.organisation_id)


def user_can_plan(user: User, review: CourseReview) -> bool:
    """A reviewer of the authority moves the day on which an approved course is published, or publishes it now."""
    return review.status == CourseReview.Status.SCHEDULED and user_has_role(user, Role.REVIEWER)


def user_can_withdraw(user: User, review: CourseReview) -> bool:
    """An author of the base takes a course back while it is under review."""
    return review.status in CourseReview.OPEN and user_can_submit_course(user, review.organisation_id)


def user_can_edit_syllabus(user: User) -> bool:
    """The authority's reviewers and officers draft standards and their versions, and see each other's drafts."""
    return user_has_role(user, *AUTHORITY_READERS)


def user_can_adopt_syllabus(user: User) -> bool:
    """Only an officer of the authority brings a version into force, or calls one off before its day."""
    return user_has_role(user, Role.OFFICER)


def syllabuses_visible_to(user: User):
    """Adopted versions for everyone; drafts for those who edit them."""
    return Syllabus.objects.all() if user_can_edit_syllabus(user) else Syllabus.objects.public()


def get_syllabus_for(user: User, slug: str) -> Syllabus:
    """Return a version this person may read, or 404."""
    wanted = syllabuses_visible_to(user).select_related("standard", "base", "superseded_by", "drafted_from")
    syllabus = wanted.filter(slug=slug).first()
    if syllabus is None:
        raise Http404
    return syllabus


def get_draft_for(user: User, slug: str) -> Syllabus:
    """Return a version for the editing pages: 404 for those who don't edit. Adopted ones too; their verbs refuse."""
    if not user_can_edit_syllabus(user):
        raise Http404
    return get_syllabus_for(user, slug)


def reviews_visible_to(user: User):
    """The base's own reviews for its authors and reviewers; for the authority those that have reached it."""
    wanted = Q(organisation__in=organisation_ids(user, *WRITERS))
    if user_has_role(user, Role.REVIEWER):
        reached = CourseReview.objects.filter(steps__stage=CourseReview.Status.WITH_AUTHORITY)
        wanted |= Q(status=CourseReview.Status.WITH_AUTHORITY) | Q(pk__in=reached.values("pk"))
    return CourseReview.objects.filter(wanted)


def reviews_waiting_for(user: User):
    """Reviews at whose stage this person decides, except what they sent in themselves."""
    wanted = Q(status=CourseReview.Status.WITH_BASE, organisation__in=organisation_ids(user, Role.BASE_REVIEWER))
    if user_has_role(user, Role.REVIEWER):
        wanted |= Q(status=CourseReview.Status.WITH_AUTHORITY)
    return CourseReview.objects.filter(wanted).exclude(submitted_by=user)


def editions_visible_to(user: User):
    """A base's editions for everyone who works there; all of them for the authority."""
    if user_has_role(user, *AUTHORITY_READERS):
        return Edition.objects.all()
    return Edition.objects.filter(organisation__in=organisation_ids(user, *BASE_ROLES))


def bases_to_import_into(user: User):
    """An author brings an edition from outside as drafts of the base they write for."""
    return Organisation.objects.filter(pk__in=organisation_ids(user, Role.AUTHOR)).order_by("name")


def imports_visible_to(user: User):
    """Packages that authors of the person's own base have brought."""
    return EditionImport.objects.filter(organisation__in=organisation_ids(user, Role.AUTHOR))


def get_import_for(user: User, uuid: UUID) -> EditionImport:
    """Return a package this person may import, or 404."""
    found = imports_visible_to(user).select_related("organisation", "course", "uploaded_by").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def manuscripts_visible_to(user: User):
    """Manuscripts that authors of the person's own base have brought."""
    return Manuscript.objects.filter(organisation__in=organisation_ids(user, Role.AUTHOR))


def get_manuscript_for(user: User, uuid: UUID) -> Manuscript:
    """Return a manuscript this person may make lessons of, or 404."""
    found = manuscripts_visible_to(user).select_related("organisation", "course", "uploaded_by").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def user_can_propose_erratum(user: User, edition: Edition) -> bool:
    """An author of the base proposes to correct an edition that is being taught."""
    return user_has_role(user, Role.AUTHOR, organisation=edition.organisation_id)


def user_signs_erratum_at(user: User, erratum: Erratum) -> bool:
    """The base's reviewer signs first, then a reviewer or officer of the authority."""
    if erratum.status == Erratum.Status.PROPOSED:
        return user_has_role(user, Role.BASE_REVIEWER, organisation=erratum.organisation_id)
    return erratum.status == Erratum.Status.SIGNED and user_has_role(user, *AUTHORITY_READERS)


def user_can_sign_erratum(user: User, erratum: Erratum) -> bool:
    """Whoever signs at this stage, but neither who proposed it nor who signed it at the stage before."""
    if not user_signs_erratum_at(user, erratum) or user.pk == erratum.proposed_by_id:
        return False
    stage = erratum.status == Erratum.Status.SIGNED
    return not (stage and erratum.signatures.order_by("-signed_at", "-pk").filter(signed_by=user, role="base").exists())


def user_can_withdraw_erratum(user: User, erratum: Erratum) -> bool:
    """An author of the base takes a proposal back while it is open."""
    return erratum.is_open and user_has_role(user, Role.AUTHOR, organisation=erratum.organisation_id)


def errata_visible_to(user: User):
    """A base's corrections for everyone who works there; for the authority those that have reached it."""
    wanted = Q(organisation__in=organisation_ids(user, *BASE_ROLES))
    if user_has_role(user, *AUTHORITY_READERS):
        wanted |= Q(status__in=[Erratum.Status.SIGNED, Erratum.Status.APPLIED]) | Q(signatures__isnull=False)
    return Erratum.objects.filter(wanted).distinct()


def errata_waiting_for(user: User):
    """Corrections this person may sign now."""
    wanted = Q(status=Erratum.Status.PROPOSED, organisation__in=organisation_ids(user, Role.BASE_REVIEWER))
    if user_has_role(user, *AUTHORITY_READERS):
        wanted |= Q(status=Erratum.Status.SIGNED)
    signed = Q(status=Erratum.Status.SIGNED, signatures__signed_by=user)
    return Erratum.objects.filter(wanted).exclude(proposed_by=user).exclude(signed).distinct()


def user_has_errata(user: User) -> bool:
    """Whoever works at a base or reads for the authority has the list of corrections."""
    return user_has_role(user, *BASE_ROLES, *AUTHORITY_READERS)


def get_erratum_for(user: User, uuid: UUID) -> Erratum:
    """Return a correction this person may read, or 404."""
    found = errata_visible_to(user).select_related("edition__level", "edition__syllabus", "organisation", "proposed_by")
    erratum = found.filter(uuid=uuid).first()
    if erratum is None:
        raise Http404
    return erratum


def base_pages_of(user: User):
    """The base pages under which the person writes or reviews."""
    return TrainingBasePage.objects.filter(organisation__in=organisation_ids(user, *WRITERS))


def user_reads_library(user: User) -> bool:
    """Authors and both kinds of reviewers read the statutes and terms of the library."""
    return user.is_superuser or bool(own_organisations(user))


def user_can_add_to_library(user: User) -> bool:
    """An author adds entries of the base, a reviewer of the authority national ones."""
    return user.is_superuser or user_has_role(user, Role.AUTHOR, Role.REVIEWER)


def user_can_change_entry(user: User, entry: LibraryEntry) -> bool:
    """Authors change the entries of their base, reviewers of the authority the national ones."""
    return user.is_superuser or user_has_role(user, Role.AUTHOR, Role.REVIEWER, organisation=entry.organisation_id)


def user_has_review_tasks(user: User) -> bool:
    """Authors and reviewers of a base have its review tasks, the authority those of all bases."""
    return user_has_role(user, *WRITERS, *AUTHORITY_READERS)


def user_can_close_task(user: User, task: ReviewTask) -> bool:
    """An author of the base says why a page may stay as it is."""
    return user_has_role(user, Role.AUTHOR, organisation=task.organisation_id)


def user_can_set_content_rules(user: User) -> bool:
    """The authority's reviewers and officers say how often the law is checked."""
    return user_has_role(user, *AUTHORITY_READERS)


def tasks_visible_to(user: User):
    """A base's tasks for its authors and reviewers; all of them for the authority."""
    if user_has_role(user, *AUTHORITY_READERS):
        return ReviewTask.objects.all()
    return ReviewTask.objects.filter(organisation__in=organisation_ids(user, *WRITERS))


def organisations_of_calendar(user: User):
    """Whose content calendar the person reads: their bases; for the authority its own and every base's."""
    if user_has_role(user, *AUTHORITY_READERS):
        wanted = Q(kind__in=[Organisation.Kind.BASE, Organisation.Kind.AUTHORITY])
    else:
        wanted = Q(pk__in=organisation_ids(user, *WRITERS))
    return Organisation.objects.filter(wanted).order_by("name")


def get_task_for(user: User, uuid: UUID) -> ReviewTask:
    """Return a review task this person may see, or 404."""
    tasks = tasks_visible_to(user).select_related("page", "statute__replaced_by", "organisation", "closed_by")
    task = tasks.filter(uuid=uuid).first()
    if task is None:
        raise Http404
    return task


def get_course_for(user: User, pk: int) -> CoursePage:
    """Return a course of the person's own base, with `base` (its TrainingBasePage), or 404."""
    course = CoursePage.objects.select_related("level__syllabus").filter(pk=pk).first()
    base = course and base_pages_of(user).select_related("organisation").filter(pk=course.get_parent().pk).first()
    if not base:
        raise Http404
    course.base = base
    return course


def user_can_write_equivalences(user: User) -> bool:
    """Reviewers and officers of the authority draft and change statements."""
    return user_has_role(user, *AUTHORITY_READERS)


def user_can_approve_equivalence(user: User, statement: EquivalenceStatement) -> bool:
    """An officer or reviewer of the authority who neither wrote nor last changed the draft."""
    return (
        statement.is_draft
        and user_can_write_equivalences(user)
        and user.pk not in (statement.created_by_id, statement.edited_by_id)
    )


def user_can_withdraw_equivalence(user: User, statement: EquivalenceStatement) -> bool:
    """Officers end what was approved; whoever writes statements discards a draft."""
    if statement.is_draft:
        return user_can_write_equivalences(user)
    return user_has_role(user, Role.OFFICER)


def equivalences_visible_to(user: User):
    """What was approved once is public; drafts are the authority's."""
    if user_can_write_equivalences(user):
        return EquivalenceStatement.objects.all()
    return EquivalenceStatement.objects.public()


def get_review_for(user: User, uuid: UUID) -> CourseReview:
    """Return a review this person may read, or 404."""
    reviews = reviews_visible_to(user).select_related(
        "course__level__syllabus", "organisation", "submitted_by", "edition"
    )
    review = reviews.filter(uuid=uuid).first()
    if review is None:
        raise Http404
    return review


def get_edition_for(user: User, uuid: UUID) -> Edition:
    """Return an edition this person may read, or 404."""
    editions = editions_visible_to(user).select_related("organisation", "course", "level", "syllabus", "created_by")
    edition = editions.filter(uuid=uuid).first()
    if edition is None:
        raise Http404
    return edition


def get_item_for(user: User, edition_uuid: UUID, item_uuid: UUID) -> EditionItem:
    """Return a page of an edition this person may read, or 404."""
    edition = get_edition_for(user, edition_uuid)
    item = edition.items.select_related("revision", "core_release").filter(uuid=item_uuid).first()
    if item is None:
        raise Http404
    item.edition = edition
    return item
