"""The jobs of this app."""

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import User
from lms.lib.jobs import job
from lms.lib.mail import send

from .anchor_figures import flag_markers
from .models import (
    Allocation,
    Appeal,
    ExpertComment,
    FeedbackAnswer,
    Fingerprint,
    RegradeBatch,
    Result,
    Room,
    Submission,
    SubmissionFile,
)
from .preparing import prepare
from .quality import lapse_licences
from .reminders import remind


@job("assessments.mail_result")
def mail_result(handle, result: int) -> None:
    """Tell the trainee that a result can be read. No score in the mail; its id makes a second sending harmless."""
    found = Result.objects.select_related("enrolment__user", "submission", "assignment__item").get(pk=result)
    url = settings.BASE_URL + reverse("submission_result", args=[found.submission.uuid])
    with override(settings.LANGUAGE_CODE):
        subject = _("A result is ready to be read")
        lines = [
            _("The result of “%(title)s” has been released.") % {"title": found.assignment.item.title},
            url,
        ]
    send(subject, lines, to=found.enrolment.user.email, key=f"result-{found.uuid}")


@job("assessments.mail_appeal")
def mail_appeal(handle, appeal: int, status: str) -> None:
    """Tell the trainee how the appeal stands. No score and no reason in the mail: those are on the page."""
    found = Appeal.objects.select_related("result__enrolment__user", "result__assignment__item").get(pk=appeal)
    url = settings.BASE_URL + reverse("appeal", args=[found.uuid])
    with override(settings.LANGUAGE_CODE):
        subject = _("Your appeal: %(state)s") % {"state": Appeal.Status(status).label}
        lines = [_("Case: “%(title)s”.") % {"title": found.result.assignment.item.title}, url]
    send(subject, lines, to=found.result.enrolment.user.email, key=f"appeal-{found.uuid}-{status}")


@job("assessments.mail_reply")
def mail_reply(handle, answer: int) -> None:
    """Tell the trainee that the base replied to an answer; what it says is on the page."""
    found = FeedbackAnswer.objects.select_related(
        "result__enrolment__user", "result__submission", "result__assignment__item"
    )
    found = found.get(pk=answer)
    url = settings.BASE_URL + reverse("submission_result", args=[found.result.submission.uuid])
    with override(settings.LANGUAGE_CODE):
        subject = _("The base replied to your answer")
        lines = [_("Case: “%(title)s”.") % {"title": found.result.assignment.item.title}, url]
    send(subject, lines, to=found.result.enrolment.user.email, key=f"reply-{found.uuid}")


@job("assessments.mail_comment")
def mail_comment(handle, comment: int) -> None:
    """Tell everybody whose work it is that an expert of the firm has commented; what it says is on the page."""
    found = ExpertComment.objects.select_related("submission__enrolment__user", "submission__assignment__item").get(pk=comment)
    with override(settings.LANGUAGE_CODE):
        subject = _("An expert of the firm has commented on your work")
        title = _("Case: “%(title)s”.") % {"title": found.submission.assignment.item.title}
    for row in found.submission.rows():
        url = settings.BASE_URL + reverse("submission_result", args=[row.uuid])
        send(subject, [title, url], to=row.enrolment.user.email, key=f"comment-{found.key}-{row.pk}")


@job("assessments.prepare_file")
def prepare_file(handle, file: int) -> None:
    """Make the copy of a file that others see. While the virus scanner is away this fails and comes again."""
    found = SubmissionFile.objects.filter(pk=file).first()
    if found is not None:
        prepare(found)


@job("assessments.compare_work")
def compare_work(handle, submission: int) -> None:
    """Keep the fingerprint of a work that was handed in, and report works it is like."""
    found = Submission.objects.select_related("assignment__item", "run", "enrolment__user").get(pk=submission)
    found.run.assignment = found.assignment
    Fingerprint.take(found, at=now())


@job("assessments.lapse_licences", every=24 * 60 * 60)
def lapse(handle) -> None:
    """Every day: licences whose holders' marks don't agree enough lapse."""
    lapse_licences(at=now())


@job("assessments.flag_markers", every=24 * 60 * 60)
def flag(handle) -> None:
    """Every day: markers whose marks of anchors lie surely beyond the limit are shown to the officers."""
    flag_markers(at=now())


@job("assessments.apply_regrade")
def apply_regrade(handle, batch: int):
    """Apply an approved regrade, person by person; what was done stays done when the worker dies. Where a changed result
    stops the batch, it is looked for before anything is applied."""
    found = RegradeBatch.objects.select_related("organisation", "decided_by").get(pk=batch)
    if found.status != RegradeBatch.Status.APPROVED:
        return None
    people, stops = found.people(), found.on_change == RegradeBatch.OnChange.STOP
    if stops and found.note_moved_on():
        return lambda: found.finish(at=now())
    for place, enrolment in enumerate(people):
        handle.beat(place, len(people))
        if not found.apply_to(enrolment, at=now()) and stops:
            break
    handle.beat(len(people), len(people))
    return lambda: found.finish(at=now())


@job("assessments.mail_correction")
def mail_correction(handle, result: int) -> None:
    """Tell the trainee that a result was corrected. No score and no reason in the mail: those are on the page."""
    found = Result.objects.select_related("enrolment__user", "submission", "assignment__item").get(pk=result)
    url = settings.BASE_URL + reverse("submission_result", args=[found.submission.uuid])
    with override(settings.LANGUAGE_CODE):
        subject = _("A result of yours was corrected")
        lines = [_("Case: “%(title)s”.") % {"title": found.assignment.item.title}, url]
    send(subject, lines, to=found.enrolment.user.email, key=f"correction-{found.uuid}")


@job("assessments.remind_appeals", every=24 * 60 * 60)
def remind_appeals(handle) -> None:
    """Every day: whoever can act on an overdue appeal is reminded, not again within three days."""
    remind(now())


@job("assessments.mail_overdue_appeals")
def mail_overdue_appeals(handle, person: int, count: int, stamp: str) -> None:
    """One reminder. It names nobody: the list says the rest."""
    found = User.objects.get(pk=person)
    url = settings.BASE_URL + reverse("appeal_list") + "?state=overdue"
    with override(settings.LANGUAGE_CODE):
        text = ngettext("%(count)s appeal waits for a decision that is overdue.",
                        "%(count)s appeals wait for a decision that is overdue.", count)  # fmt: skip
        send(_("Overdue appeals"), [text % {"count": count}, url], to=found.email, key=f"overdue-{person}-{stamp}")


@job("assessments.room_clock", every=60)
def room_clock(handle) -> None:
    """Every minute: rooms whose deadline has passed move on. Pages do the same when somebody looks; once counts."""
    for room in Room.objects.overdue(now()).select_related("cohort", "assignment__item"):
        room.catch_up(at=now())


@job("assessments.mail_turn")
def mail_turn(handle, room: int, moves: int) -> None:
    """Tell whoever is on turn at a table, if they still are and want to be told. Nothing of the talks in the mail."""
    found = Room.objects.select_related("cohort", "assignment__item").get(pk=room)
    seat = found.seats.filter(key=found.turn_key, mailed=True).select_related("run__enrolment__user").first()
    if not found.is_playing or found.move_count != moves or seat is None or not seat.is_person:
        return
    with override(settings.LANGUAGE_CODE):
        subject = _("It is your turn at the table")
        lines = [
            _("Case: “%(title)s”.") % {"title": found.assignment.item.title},
            _("Until %(time)s") % {"time": f"{localtime(found.due_at):%Y-%m-%d %H:%M}"},
            settings.BASE_URL + reverse("room", args=[found.uuid]),
            _("You can switch these mails off on the page of the table."),
        ]
    send(subject, lines, to=seat.run.enrolment.user.email, key=f"turn-{found.uuid}-{moves}")


@job("assessments.no_third_came", every=60 * 60)
def no_third_came(handle) -> None:
    """Every hour: what waited too long for a third mark goes to the moderator."""
    Allocation.no_third_came(at=now())
