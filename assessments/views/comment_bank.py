"""The comment bank: listed, searched, written, changed, deleted, as CSV both ways; and filled from a marking sheet."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.listing import csv_response, paginate

from ..bank_forms import COLUMNS, BankFileForm, BankForm
from ..bank_permissions import bank_assignments, bank_of, get_bank_comment, user_can_change_comment, user_has_bank
from ..models.comments import BankComment
from .marking import own_turn

ROWS = 50


def _assignments(user):
    """With what a form needs of them; the newest first, for those are marked now."""
    found = bank_assignments(user).select_related("item", "rubric").prefetch_related("rubric__criteria")
    return list(found.order_by("-pk")[:200])


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What one has and what is shared: by assignment, by words, 50 on a page, as CSV. A constant number of queries."""
    if not user_has_bank(request.user):
        raise PermissionDenied
    rows = bank_of(request.user).select_related("assignment__item__edition", "assignment__rubric").order_by("-changed_at", "-pk")
    scope, chosen = request.GET.get("scope", ""), request.GET.get("assignment", "")
    if scope == "own":
        rows = rows.filter(owner=request.user)
    elif scope == "shared":
        rows = rows.filter(shared=True)
    assignments = _assignments(request.user)
    if found := next((a for a in assignments if str(a.uuid) == chosen), None):
        rows = rows.filter(assignment=found)
    for word in request.GET.get("q", "").replace("\x00", "").split()[:8]:
        rows = rows.filter(text__icontains=word)
    if request.GET.get("format") == "csv":
        return _export(rows)
    titles = {(a.pk, line.key): line for a in assignments for line in a.rubric.criteria.all()}
    page = paginate(request, rows, ROWS)
    for comment in page:
        comment.line = titles.get((comment.assignment_id, comment.criterion))
        comment.mine = user_can_change_comment(request.user, comment)
    context = {"page": page, "assignments": assignments, "scope": scope, "chosen": chosen, "q": request.GET.get("q", "")}
    return render(request, "assessments/comment_list.html", context)


def _export(rows) -> HttpResponse:
    lines = (
        [
            comment.assignment.uuid if comment.assignment_id else "",
            comment.assignment.item.title if comment.assignment_id else "",
            comment.criterion, comment.text, "yes" if comment.shared else "no",
        ]
        for comment in rows
    )  # fmt: skip
    return csv_response(f"comments-{localdate():%Y%m%d}.csv", COLUMNS, lines)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Write one."""
    if not user_has_bank(request.user):
        raise PermissionDenied
    form = BankForm(request.POST if request.method == "POST" else None, assignments=_assignments(request.user))
    if request.method == "POST" and form.is_valid():
        BankComment.keep(request.user, at=now(), **form.values())
        messages.success(request, _("The comment is in the bank."))
        return redirect("comment_list")
    return render(request, "assessments/comment_form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change one; marks that it was used in keep what they say."""
    comment = get_bank_comment(request.user, uuid)
    if not user_can_change_comment(request.user, comment):
        raise PermissionDenied
    assignments = _assignments(request.user)
    form = BankForm(request.POST if request.method == "POST" else None, assignments=assignments, comment=comment)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                BankComment.objects.filter(pk=comment.pk).update(**form.values(), changed_at=now())
        except IntegrityError:
            form.add_error("text", _("This comment is there already."))
        else:
            messages.success(request, _("Changed. Marks that it was used in stay as they are."))
            return redirect("comment_list")
    context = {"form": form, "comment": comment}
    return render(request, "assessments/comment_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then delete one."""
    comment = get_bank_comment(request.user, uuid)
    if not user_can_change_comment(request.user, comment):
        raise PermissionDenied
    if request.method == "POST":
        comment.remove(by=request.user)
        messages.success(request, _("Deleted. Marks that it was used in stay as they are."))
        return redirect("comment_list")
    return render(request, "assessments/comment_delete.html", {"comment": comment})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Take the comments of a CSV file, all or none; those that are there already are not doubled."""
    if not user_has_bank(request.user):
        raise PermissionDenied
    posted = request.method == "POST"
    form = BankFileForm(
        request.POST if posted else None, request.FILES if posted else None, assignments=_assignments(request.user)
    )
    if posted and form.is_valid():
        before = BankComment.objects.filter(owner=request.user).count()
        with transaction.atomic():
            for row in form.rows:
                BankComment.keep(request.user, at=now(), **row)
        new = BankComment.objects.filter(owner=request.user).count() - before
        text = ngettext("%(count)s comment is new in the bank.", "%(count)s comments are new in the bank.", new)
        messages.success(request, text % {"count": new})
        return redirect("comment_list")
    return render(request, "assessments/comment_import.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def keep(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Put what stands in a sheet's comment into the bank. 200 with how it is shown there, 422 with what is wrong."""
    turn = own_turn(request, uuid)
    assignment = turn.submission.assignment
    place = f"{assignment.uuid}:{request.POST.get('criterion', '')}"
    data = {"text": request.POST.get("text", ""), "place": place, "shared": request.POST.get("shared", "")}
    form = BankForm(data, assignments=[assignment])
    if not form.is_valid():
        return JsonResponse({"message": " ".join(text for texts in form.errors.values() for text in texts)}, status=422)
    comment = BankComment.keep(request.user, at=now(), **form.values())
    answer = {"text": comment.text, "criterion": comment.criterion, "shared": comment.shared}
    return JsonResponse({**answer, "message": _("The comment is in the bank.")})
