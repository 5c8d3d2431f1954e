"""One small world for tests that look at everything: a base with a finished and a running trainee, made by real verbs."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Membership, User
from assessments.models import Allocation, Assignment, BankComment, CaseRun, SimilarPair, Submission, SubmissionFile
from certificates.models import AwardProposal, Certificate
from curriculum.exchange.case import item_type, node_uuid, own_part
from curriculum.ladder import Condition, Facts, evaluate
from curriculum.manuscript_build import receive as receive_manuscript
from curriculum.models import (
    CalendarToken,
    CaseScenarioPage,
    CourseReview,
    Edition,
    EditionImport,
    EquivalenceStatement,
    Erratum,
    Level,
    Manuscript,
    ReviewTask,
    ScormPackage,
    SyllabusImport,
    Topic,
    Translation,
)
from curriculum.package_import import receive
from curriculum.translating import begin
from lms.lib.hashing import content_hash
from lms.lib.jobs.models import Job
from tests.curriculum.manuscripts.files import png, zipped
from tests.curriculum.media_files import MP4, looked_at, make_document
from tests.curriculum.scorm_zips import packed
from tests.factories.appeals import appeal_arguments
from tests.factories.awards import AWARD_POSTS, award_arguments
from tests.factories.certificates import hand_in, make_certificate, make_rule, mark, pass_everything
from tests.factories.core import core_arguments
from tests.factories.curriculum import make_course, make_edition, make_next_version, make_syllabus
from tests.factories.defences import oral_arguments
from tests.factories.demands import demand_arguments
from tests.factories.employers import EMPLOYER_POST, employer_arguments
from tests.factories.log import LOG_POSTS, log_arguments
from tests.factories.oversight import declared_conflict, oversight_arguments
from tests.factories.regrades import regrade_arguments
from tests.factories.rooms import make_table_edition, room_arguments
from tests.factories.training import make_cohort, make_enrolment, make_person, make_session
from training.models import Admission, AdmissionStatement, Cohort, Enrolment, StudyRecord


def make_scorm(base, author) -> ScormPackage:
    return ScormPackage.receive(packed(), organisation=base, by=author, at=timezone.now())


@dataclass
class World:
    """`people` by role, and one object of each kind that a URL can name."""

    people: dict[str, User]
    edition: Edition
    cohort: Cohort
    enrolment: Enrolment  # of the trainee, on the way
    finished: Enrolment  # of the graduate
    certificate: Certificate
    proposal: AwardProposal  # waiting for the authority
    review: CourseReview  # waiting at the base
    run: CaseRun
    submission: Submission  # the trainee's, waiting for a second mark
    comment: BankComment  # shared by the first assessor
    allocation: Allocation  # the first assessor's turn on somebody else's script
    base: Any
    equivalence: EquivalenceStatement  # a draft of the reviewer's
    package: EditionImport  # brought by the author, refused
    erratum: Erratum  # signed by the base, waiting for the authority
    manuscript: Manuscript  # brought by the author, waiting
    extra: dict[str, dict[str, Any]] = field(default_factory=dict)

    # URLs that mean nothing but a change of state.
    POST: ClassVar[set[str]] = {
        "set_language", "consent_give", "job_retry", "course_submit", "review_approve", "review_return", "review_withdraw",
        "review_plan", "calendar_address", "lesson_scorm", "verify_file_json", "share_extend", "share_revoke",
        "wallet_revoke", "wallet_token", "wallet_credential",
        *AWARD_POSTS, "lesson_beat", "award_propose", "award_confirm", "award_refuse", "award_withdraw", "certificate_status",
        "certificate_shown", "change_request_decide", "name_change_decide", "audit_finding_decide",
        "edition_import_check", "edition_import_run", "manuscript_split", "erratum_sign", "erratum_refuse", "erratum_withdraw",
        "core_open_level", "core_submit", "core_review_approve", "core_review_return", "core_review_withdraw",
        "course_core_add", "course_core_accept", "course_core_decline",
        "case_decide", "case_pause", "submission_start", "submission_autosave",
        "submission_upload", "submission_file_add", "submission_restore", "marking_take", "marking_autosave", "marking_give",
        "moderation_take", "appeal_take", "sample_take", "release", "submission_confirm", "regrade_simulate",
        "regrade_follow", "room_move", "room_seat", "room_arrange", "room_open", "comment_keep", "offline_take", "offline_apply",
        "demand_file_remove", "demand_ask_approval", "demand_answer", "demand_take", "demand_ask", "demand_contact",
        "demand_to_case", "bank_share", "anchor_begin", "anchor_copy", "anchor_decide",
        "defence_place", "defence_declare", "defence_open", "defence_vote", "defence_close", "defence_sign", "defence_release",
        "deal_call_off", *EMPLOYER_POST, *LOG_POSTS, "translation_begin", "translation_segment", "translation_import",
    }  # fmt: skip

    def similar(self) -> SimilarPair:
        works = list(Submission.objects.exclude(submitted_at=None).filter(leader=None).order_by("pk")[:2])
        return SimilarPair.note(*works, share=40, at=timezone.now())

    def arguments(self, name: str) -> dict[str, Any]:
        """Return the arguments of a URL in this world. Raises KeyError for a URL nobody has thought of here."""
        if name in self.extra:
            return self.extra[name]
        if name in self.table:
            return self.table[name]
        for prefixes, thing in [
            (("review_",), self.review), (("edition_",), self.edition), (("erratum_",), self.erratum),
            (("manuscript_",), self.manuscript), (("equivalence_",), self.equivalence),
            (("enrolment_", "hours_ledger", "trainee_"), self.enrolment),
            (("cohort_", "session_create", "gradebook", "release_cohort"), self.cohort),
            (("award_",), self.proposal), (("certificate_",), self.certificate), (("case_",), self.run),
            (("submission_", "release", "moderation_take"), self.submission),
            (("marking_",), self.allocation), (("comment_",), self.comment),
        ]:  # fmt: skip
            if name.startswith(prefixes) and name not in PLAIN:
                return {"uuid": thing.uuid}
        if name in PLAIN:
            return {}
        raise KeyError(f"tests/world.py does not know the arguments of {name}")

    @cached_property
    def table(self) -> dict[str, dict[str, Any]]:
        """Arguments by the name of a URL, where they are its own; what they name is made once."""
        item = self.edition.items.filter(kind="lesson").first()
        own = {"uuid": self.enrolment.uuid}
        return {
            "media": {"name": "images/none.png"},
            "consent_give": {"kind": "terms"},
            "consent_withdraw": {"kind": "terms"},
            **{of: {"uuid": self.base.uuid} for of in ("organisation_detail", "organisation_edit", "issuer", "issuer_profile")},
            "membership_add": {"uuid": self.base.uuid},
            "membership_end": {"uuid": Membership.objects.filter(user=self.people["author"]).get().uuid},
            "syllabus_detail": {"slug": self.edition.syllabus.slug},
            "syllabus_diff": {"slug": self.edition.syllabus.slug, "other": make_syllabus("next-outline").slug},
            "syllabus_diff_csv": {"slug": self.edition.syllabus.slug, "other": make_syllabus("next-outline").slug},
            "syllabus_export": {"slug": self.edition.syllabus.slug, "kind": "csv"},
            **syllabus_desk_arguments(self.edition.syllabus),
            "syllabus_level": {"slug": self.edition.syllabus.slug, "code": "junior"},
            "course_status": {"pk": self.edition.course_id},
            "course_submit": {"pk": self.edition.course_id},
            "page_coverage": {"pk": item.page_id},
            "course_realign": {"pk": realignable(self.edition).pk},
            "course_compare": {"pk": self.edition.course_id},
            "course_walk": {"pk": self.edition.course_id},
            "course_walk_page": {"pk": self.edition.course_id, "place": 1},
            "review_walk_page": {"uuid": self.review.uuid, "place": 1},
            "edition_walk_page": {"uuid": self.edition.uuid, "place": 1},
            **{f"translation_{name}": {"pk": self.edition.course_id} for name in ("course", "begin", "export", "import")},
            **{f"translation_{name}": {"page": item.page_id} for name in ("edit", "review")},
            "erratum_propose": {"uuid": self.edition.uuid},
            "edition_import_page": {"uuid": self.package.uuid},
            "edition_import_check": {"uuid": self.package.uuid},
            "edition_import_run": {"uuid": self.package.uuid},
            "edition_import_drop": {"uuid": self.package.uuid},
            "edition_item_preview": {"uuid": self.edition.uuid, "item": item.uuid},
            "case_document": {"identifier": self.edition.syllabus.uuid},
            "case_package": {"identifier": self.edition.syllabus.uuid},
            "case_item": {"identifier": node_uuid(self.edition.syllabus.uuid, "level", "junior")},
            "case_item_links": {"identifier": node_uuid(self.edition.syllabus.uuid, "level", "junior")},
            "case_association": {"identifier": next(iter(own_part(self.edition.syllabus, at=date.today()).associations))},
            **{f"case_{name}": {"identifier": self.edition.syllabus.uuid}
               for name in ("groupings", "concepts", "subjects", "licences", "rubrics")},
            "case_item_type": {"identifier": item_type("level")["identifier"]},
            "admission_admit": {"uuid": AdmissionStatement.objects.exclude(user=self.enrolment.user).get().uuid},
            "admission_detail": {"uuid": self.enrolment.uuid},
            "cohort_enrol": {"uuid": self.cohort.uuid},
            "lesson": own | {"item": item.uuid},
            "lesson_beat": own | {"item": item.uuid},
            "lesson_scorm": own | {"item": item.uuid},
            "lesson_media": {"pk": make_document(self.edition.organisation, "film.mp4", MP4).pk},
            "document_page": {"pk": looked_at(make_document(self.edition.organisation, "form.pdf", b"%PDF-1.4")).pk},
            "manuscript_list": {"pk": self.edition.course_id},
            "case_templates": {"pk": self.edition.course_id},
            "manuscript_sample": {"kind": "md"},
            "manuscript_picture": {"uuid": self.manuscript.uuid, "key": next(iter(self.manuscript.reading["pictures"]))},
            "scorm_delete": {"uuid": make_scorm(self.edition.organisation, self.people["author"]).uuid},
            "scorm_file": {"token": "unsigned", "name": "index.html"},
            "roster_export": {"uuid": self.cohort.uuid, "kind": "csv"},
            "session_attendance": {"uuid": self.cohort.sessions.first().uuid},
            "record_reverse": {"uuid": StudyRecord.objects.filter(enrolment=self.enrolment).first().uuid},
            "award_propose": {"enrolment": self.enrolment.uuid},
            "progress": {"enrolment": self.enrolment.uuid},
            "practice": {"uuid": self.enrolment.uuid},
            "case_begin": {"uuid": self.enrolment.uuid, "assignment": self.submission.assignment.uuid},
            "submission_start": {"uuid": self.run.uuid},
            "submission_file": {"uuid": self.submission.uuid, "file": self.submission.files.get().uuid},
            "submission_file_look": {"uuid": self.submission.uuid, "file": self.submission.files.get().uuid},
            "submission_file_page": {"uuid": self.submission.uuid, "file": self.submission.files.get().uuid, "place": 1},
            "marking_file_look": {"uuid": self.allocation.uuid, "place": 1},
            "marking_file_page": {"uuid": self.allocation.uuid, "place": 1, "number": 1},
            "similar_pair": {"uuid": self.similar().uuid},
            "submission_restore": {"uuid": self.submission.uuid, "number": 1},
            "conflict_end": {"uuid": declared_conflict(self.people["assessor"]).uuid},
            "marking_file": {"uuid": self.allocation.uuid, "place": 1},
            "comment_keep": {"uuid": self.allocation.uuid},
            "gradebook_export": {"uuid": self.cohort.uuid, "kind": "csv"},
            "gradebook_history": {"uuid": self.cohort.uuid, "enrolment": self.enrolment.uuid,
                                  "assignment": self.submission.assignment.uuid},
            "deadline_list": {"uuid": self.cohort.uuid},
            "deadline": {"uuid": self.cohort.uuid, "assignment": self.submission.assignment.uuid},
            **{name: {"token": self.certificate.token} for name in ("verify_link", "verify_link_json")},
            "certificate_log_proof": {"uuid": self.certificate.uuid},
            "status_list": {"number": self.certificate.credentials.first().status_list.number},
            "quality_detail": {"uuid": self.submission.assignment.uuid},
            "quality_remark": {"uuid": self.submission.assignment.uuid},
            "licence": {"uuid": self.people["assessor"].uuid},
            "team": {"uuid": self.enrolment.uuid, "assignment": self.submission.assignment.uuid},
            "team_work": {"uuid": self.submission.uuid},
            "product_kind": {"key": "valuation-workbook"},
            "job_retry": {"pk": Job.objects.first().pk},
        }


def syllabus_desk_arguments(syllabus: Any) -> dict[str, dict[str, Any]]:
    """Return the arguments of the pages below /syllabus/manage/, of a draft with a file that waits to be applied."""
    draft = make_syllabus("a-draft", in_force=False)
    editor = User.objects.filter(memberships__role="officer").first()
    kept = draft.imports.first() or SyllabusImport.keep(
        draft, draft.content(), file_name="x.xlsx", sha256="sha256:0", by=editor, at=timezone.now()
    )
    own = {"slug": draft.slug}
    names = ["draft", "draft_copy", "details", "draft_hours", "import", "in_force", "discard"]
    topic = {"kind": "topic", "pk": Topic.objects.filter(module__level__syllabus=draft).first().pk}
    return {f"syllabus_{name}": own for name in names} | {
        "syllabus_standard": {"slug": draft.standard.slug},
        "syllabus_draft_start": {"slug": draft.standard.slug},
        "syllabus_draft_level": own | {"code": "junior"},
        "syllabus_row_add": own | {"kind": "level"},
        "syllabus_row_edit": own | topic,
        "syllabus_row_delete": own | topic,
        "syllabus_preview": own | {"uuid": kept.uuid},
        "syllabus_call_off": {"slug": syllabus.slug},
    }


PLAIN = {
    "health", "ready", "robots", "desk", "search", "job_list", "set_language", "profile", "terms", "organisation_list",
    "organisation_create", "audit_log", "home", "syllabus_list", "syllabus_desk", "syllabus_standards",
    "syllabus_found", "glossary", "authoring_home", "review_list", "learn",
    "case_documents", "equivalence_list", "equivalence_create", "standard_import", "review_task_list", "content_rules",
    "content_calendar", "calendar_address", "coverage_matrix", "version_news", "translation_list",
    "cohort_catalogue", "cohort_list", "cohort_create", "award_candidates", "award_inbox", "certificate_list",
    "certificate_register", "verify", "verify_json", "verify_file", "verify_file_json", "issuers", "log", "log_head",
    "log_inclusion", "log_consistency", "log_leaves", "did_document", "marking_queue", "marking_take", "marking_rules",
    "conflicts", "conflict_list", "sample_rule", "sample_list", "sample_draw", "sample_take",
    "erratum_list", "moderation_queue", "release_list", "gradebook_list", "quality_list", "quality_policy", "licence_list",
    "demand_list", "demand_create", "demand_inbox", "case_bank", "expert_works",
    "product_kinds", "team_work_list", "similar_list", "appeal_list", "appeal_take", "appeal_terms", "answer_list",
    "regrade_list", "regrade_terms", "certificate_notices", "room_list",
    "comment_list", "comment_add", "comment_import", "offline", "offline_take", "offline_download", "offline_apply",
    "defence_list", "defence_day_create", "panel_list", "deal_list", "referee_thanks", "edition_import_list", "scorm_list",
}  # fmt: skip


def realignable(edition: Edition) -> Any:
    """Return the edition's course, with a next version of its syllabus in force."""
    make_next_version(edition.syllabus)
    return edition.course


def make_erratum(edition: Edition, cohort: Cohort, team: dict[str, Any], *, at: datetime) -> Erratum:
    """A correction of the first lesson, proposed by the author and signed by the base's reviewer."""
    page = edition.items.filter(kind="lesson").first().page.specific
    page.summary = "更正后的摘要。"
    page.save_revision()
    item = edition.items.select_related("page__latest_revision").get(page=page.pk)
    erratum = Erratum.propose(edition, [item], [str(cohort.uuid)], reason="摘要有误。", by=team["author"], at=at)
    erratum.sign(by=team["base_reviewer"], at=at, seen=content_hash(erratum.impact()))
    return erratum


def make_package(base: Any, author: User, *, at: datetime) -> EditionImport:
    """A file that is no edition, as the author brought it."""
    return receive(SimpleUploadedFile("edition.zip", b"none"), organisation=base, by=author, at=at)


def make_manuscript(course: Any, author: User, *, at: datetime) -> Manuscript:
    """A text with a picture, brought by the author and waiting."""
    data = zipped({"a.md": "# 手稿\n\n正文\n\n![图](a.png)", "a.png": png()})
    base = course.get_parent().specific.organisation
    return receive_manuscript(data, kind="zip", title="手稿", split=True, course=course, organisation=base, by=author, at=at)


def give_file(submission: Submission, *, at: datetime) -> None:
    """Put a small file beside what was handed in."""
    SubmissionFile.objects.create(
        submission=submission, file=ContentFile(b"x", name="x"), original_name="王某的附件.txt", extension="txt",
        media_type="text/plain", size=1, sha256="sha256:0", uploaded_at=at,
    )  # fmt: skip


def translation_arguments(edition: Edition, *, author: User, at: datetime) -> dict[str, int]:
    """The edition's course in English, begun; a part of its first lesson."""
    begin(edition.course, by=author, at=at)
    page = edition.items.filter(kind="lesson").first().page_id
    return {"page": page, "pk": Translation.objects.get(page=page).segments.first().pk}


def make_equivalence(level: Level, *, by: User, at: datetime) -> EquivalenceStatement:
    """A draft that takes one topic of the level for another."""
    topics = list(Topic.objects.filter(module__level=level)[:2])
    fields = {"title": "草案", "issuer": "测试主管机构", "reason": "测试", "valid_from": timezone.localdate(at)}
    return EquivalenceStatement.draft(fields, topics[:1], topics[1:], by=by, at=at)


def make_task(page: Any, base: Any, *, at: datetime) -> ReviewTask:
    """Return an open review task: the law of the page was checked long ago."""
    return ReviewTask.objects.create(
        key="world", organisation=base, page=page, cause=ReviewTask.Cause.LAW_CHECK_OLD, since=timezone.localdate(at),
        due_on=timezone.localdate(at) + timedelta(days=30), opened_at=at,
    )  # fmt: skip


def the_case(edition: Edition) -> CaseScenarioPage:
    return CaseScenarioPage.objects.get(pk=edition.items.get(kind="case").page_id)


def make_world(cast: dict[str, Any], *, at: datetime) -> World:
    """Return the world of the cast in tests/conftest.py."""
    base, registrar, officer = cast["base"], cast["registrar"], cast["officer"]
    team = {name: cast[name] for name in ("author", "base_reviewer", "reviewer")}
    edition = make_edition(base, at - timedelta(days=9), **team)
    make_rule(edition.level, at=at - timedelta(days=8))
    cohort = make_cohort(edition, at=at, by=registrar)
    cohort.instructors.add(cast["instructor"])
    graduate = make_person("毕业学员")
    finished = make_enrolment(cohort, graduate, at=at)
    certificate = make_certificate(finished, registrar=registrar, officer=officer, at=at)
    waiting = make_enrolment(cohort, make_person("待授予学员"), at=at)
    pass_everything(waiting, at=at, registrar=registrar)
    proposal = AwardProposal.propose(waiting, by=registrar, at=at)
    enrolment = make_enrolment(cohort, cast["trainee"], at=at)
    make_session(cohort, at=at - timedelta(hours=3), by=registrar).record_attendance([enrolment], by=registrar, at=at)
    assignment = Assignment.objects.get(part__plan__edition=edition)
    submission = hand_in(enrolment, assignment, at=at)
    mark(submission, cast["assessor2"], at=at)
    other = make_enrolment(cohort, make_person("另一学员"), at=at)
    theirs = hand_in(other, assignment, at=at + timedelta(seconds=1))
    mark_turn = Allocation.take_next(cast["assessor"], at=at)
    if mark_turn.submission_id == submission.pk:  # the first in the queue; the next turn is on the other script
        mark_turn.give_back(at=at)
        submission.refresh_from_db()
    for handed_in in (submission, theirs, finished.submissions.get()):
        give_file(handed_in, at=at)
    allocation = Allocation.objects.filter(assessor=cast["assessor"]).order_by("-pk").first()
    course = make_course(base, team["author"], title="第二门课程")
    review = CourseReview.submit(course, by=team["author"], at=at)
    asking = AdmissionStatement.state(cohort, make_person("申请人"), degree="bachelor", years=None, at=at)
    Admission.objects.create(
        enrolment=enrolment, tree=evaluate([[Condition("none")]], Facts()).as_json(), met=True, decided_by=asking.user,
        decided_at=at,
    )  # fmt: skip
    equivalence = make_equivalence(edition.level, by=team["reviewer"], at=at)
    people = {name: person for name, person in cast.items() if isinstance(person, User)}
    return World(
        people=people | {"graduate": graduate},
        edition=edition,
        cohort=cohort,
        enrolment=enrolment,
        finished=finished,
        certificate=certificate,
        proposal=proposal, review=review, run=submission.run, submission=submission,
        allocation=allocation,
        comment=BankComment.keep(
            cast["assessor"], "指标有依据。", at=at, assignment=allocation.submission.assignment, shared=True
        ),
        base=base,
        equivalence=equivalence,
        package=make_package(base, people["author"], at=at),
        erratum=make_erratum(edition, cohort, team, at=at),
        manuscript=make_manuscript(edition.course, people["author"], at=at),
        extra={
            "review_preview": {"uuid": review.uuid, "place": 0},
            "_theirs": {"uuid": theirs.uuid},
            "translation_segment": translation_arguments(edition, author=team["author"], at=at),
            "calendar_feed": {"token": CalendarToken.objects.renew(cast["author"]).token},
            "review_task_close": {"uuid": make_task(course, base, at=at).uuid},
            **core_arguments(course, at=at), **award_arguments(cohort, by=cast["officer"], at=at),
            **appeal_arguments(finished, at=at),
            **demand_arguments(the_case(edition), finished.submissions.get(), cast, at=at),
            **employer_arguments(certificate, cast, at=at), **log_arguments(by=cast["officer"], at=at),
            **regrade_arguments(certificate, waiting, by=registrar, at=at),
            **room_arguments(
                make_table_edition(base, at - timedelta(days=9), **team), cast["trainee"], by=registrar,
                instructor=cast["instructor"], at=at,
            ),
            **oral_arguments(base, at=at, registrar=registrar, trainee=cast["trainee"], assessor=cast["assessor"]),
            **oversight_arguments(finished, cast, at=at),
        },
    )
