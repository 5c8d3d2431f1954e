"""Answers to feedback: the trainee writes them, the base and (without names) the assessors read them and reply once."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role
from accounts.permissions import organisation_ids
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..appeal_forms import AnswersForm, ReplyForm
from ..feedback import criteria_of
from ..models import AnswerEvent, FeedbackAnswer, Result
from ..permissions import answers_of, get_answer, get_own_result, user_sees_answers

ROWS = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The feedback on each criterion with a field for one answer; those given stay as they are."""
    result = get_own_result(request.user, uuid)
    lines = criteria_of(result)
    given = answers_to(result)
    form = AnswersForm(
        request.POST if request.method == "POST" else None,
        criteria=[line.criterion for line in lines if line.criterion.key not in given],
    )
    if request.method == "POST" and form.is_valid():
        FeedbackAnswer.give(result, form.texts(), at=now())
        messages.success(request, _("Your answer is kept. It changes no score."))
        return redirect("submission_result", uuid)
    rows = [
        {"line": line, "answer": given.get(line.criterion.key), "field": _field(form, line.criterion.key)} for line in lines
    ]
    context = {"rows": rows, "form": form, "submission": result.submission, "item": result.assignment.item, "result": result}
    return render(request, "assessments/answers_write.html", context, status=422 if form.errors else 200)


def _field(form: AnswersForm, key: str):
    name = f"answer.{key}"
    return form[name] if name in form.fields else None


def answers_to(result: Result) -> dict[str, FeedbackAnswer]:
    """Return {criterion key: answer} of one result, each with `reply_event` and `was_read`. Two queries."""
    found = result.answers.select_related("criterion").prefetch_related("events")
    return {answer.criterion.key: _with_events(answer) for answer in found}


def _with_events(answer: FeedbackAnswer) -> FeedbackAnswer:
    events = list(answer.events.all())
    answer.reply_event = next((event for event in events if event.kind == AnswerEvent.Kind.REPLY), None)
    answer.was_read = bool(events)
    return answer


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Answers to read, newest first: by state, 50 on a page, as CSV. Assessors and moderators see codes, no names."""
    if not user_sees_answers(request.user):
        raise PermissionDenied
    rows = answers_of(request.user).select_related(
        "criterion", "result__enrolment__user", "result__enrolment__cohort", "result__assignment__item"
    )
    rows = rows.prefetch_related("events").order_by("-at", "-pk")
    state = request.GET.get("state", "")
    if state == "unread":
        rows = rows.filter(events=None)
    elif state == "open":
        rows = rows.exclude(events__kind=AnswerEvent.Kind.REPLY)
    named = organisation_ids(request.user, Role.REGISTRAR)
    if request.GET.get("format") == "csv":
        return _export(rows, named)
    page = paginate(request, rows, ROWS)
    for answer in page:
        _with_events(answer)
        answer.who = _who(answer, named)
    return render(request, "assessments/answer_list.html", {"page": page, "state": state})


def _who(answer: FeedbackAnswer, named: set[int]) -> str:
    enrolment = answer.result.enrolment
    return enrolment.user.full_name if enrolment.cohort.organisation_id in named else enrolment.anonymous_code


def _export(rows, named: set[int]) -> HttpResponse:
    lines = []
    for answer in rows:
        _with_events(answer)
        reply = answer.reply_event.text if answer.reply_event else ""
        title = answer.result.assignment.item.title
        when = f"{localtime(answer.at):%Y-%m-%d %H:%M}"
        lines.append([_who(answer, named), title, answer.criterion.title, answer.text, when, reply])
    headings = [_("Trainee"), _("Case"), _("Criterion"), _("Answer"), _("Written"), _("Reply")]
    return csv_response(f"answers-{localdate():%Y%m%d}.csv", headings, lines)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One answer: mark it as read, or reply to it once for the base."""
    answer = get_answer(request.user, uuid)
    form = ReplyForm(request.POST if request.method == "POST" and "read" not in request.POST else None)
    if request.method == "POST" and "read" in request.POST:
        answer.read(by=request.user, at=now())
        messages.success(request, _("Marked as read."))
        return redirect("answer_list")
    if request.method == "POST" and form.is_valid():
        try:
            answer.reply(form.cleaned_data["text"], by=request.user, at=now())
            messages.success(request, _("Replied. The trainee gets an e-mail."))
        except WrongState as late:
            messages.warning(request, late.message)
        return redirect("answer_list")
    named = organisation_ids(request.user, Role.REGISTRAR)
    context = {
        "answer": _with_events(answer),
        "who": _who(answer, named),
        "item": answer.result.assignment.item,
        "line": next(line for line in criteria_of(answer.result) if line.criterion.pk == answer.criterion_id),
        "form": form,
    }
    return render(request, "assessments/answer.html", context, status=422 if form.errors else 200)
