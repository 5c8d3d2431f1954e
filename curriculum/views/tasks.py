"""Review tasks: the list for a base and across bases, closing one with a comment, and the rules they come from."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organisation
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..forms import CloseTaskForm, ContentRulesForm
from ..models import Citation, ContentRules, EditionItem, ReviewTask
from ..permissions import (
    get_task_for,
    tasks_visible_to,
    user_can_close_task,
    user_can_set_content_rules,
    user_has_authoring,
    user_has_review_tasks,
)
from ..running import running_editions

EVERY = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What has to be looked at, soonest first; by state, cause and base; CSV of what is filtered."""
    user = request.user
    if not user_has_review_tasks(user):
        raise PermissionDenied
    visible = tasks_visible_to(user)
    tasks = visible.select_related("page", "organisation", "statute", "closed_by")
    state, cause, base = (request.GET.get(name, "") for name in ("status", "cause", "base"))
    if state == "overdue":
        tasks = tasks.open().filter(due_on__lt=localdate())
    elif state != "all":
        state = state if state in ReviewTask.Status.values else ReviewTask.Status.OPEN
        tasks = tasks.filter(status=state)
    if cause in ReviewTask.Cause.values:
        tasks = tasks.filter(cause=cause)
    if base:
        tasks = tasks.filter(organisation__slug=base)
    if request.GET.get("format") == "csv":
        return _csv(tasks)
    page = paginate(request, tasks, 25)
    taught = _taught(page.object_list)
    for task in page.object_list:
        task.taught = taught.get((task.page_id, task.statute_id), [])
        task.late = task.is_overdue()
    context = {
        "page": page,
        "statuses": [*ReviewTask.Status.choices, ("overdue", _("overdue")), ("all", _("All"))],
        "causes": ReviewTask.Cause.choices,
        "bases": Organisation.objects.filter(pk__in=visible.order_by().values("organisation")).order_by("name"),
        "status": state,
        "cause": cause,
        "base": base,
        "may_edit": user_has_authoring(user),
        "rules": ContentRules.current(),
        "may_set_rules": user_can_set_content_rules(user),
    }
    return render(request, "curriculum/review_task_list.html", context)


@login_required
@require_http_methods(EVERY)
def close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One task with what it is about; an author closes it with a comment."""
    task = get_task_for(request.user, uuid)
    may_close = user_can_close_task(request.user, task)
    form = CloseTaskForm(request.POST or None)
    if request.method == "POST":
        if not may_close:
            raise PermissionDenied
        if task.closed_by_id == request.user.pk:  # a second click finds it done
            return redirect(task)
        if form.is_valid():
            task.close(by=request.user, at=now(), comment=form.cleaned_data["comment"])
            messages.success(request, _("The task is closed; your comment is kept with it."))
            return redirect("review_task_list")
    task.taught = _taught([task]).get((task.page_id, task.statute_id), [])
    context = {
        "task": task,
        "form": form,
        "may_close": may_close and task.status == ReviewTask.Status.OPEN,
        "may_edit": user_has_authoring(request.user) and task.page.permissions_for_user(request.user).can_edit(),
        "late": task.is_overdue(),
    }
    return render(request, "curriculum/review_task_close.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(EVERY)
def rules(request: HttpRequest) -> HttpResponse:
    """How often the law of a page is checked, and how long a task may take: data of the authority."""
    if not user_can_set_content_rules(request.user):
        raise PermissionDenied
    form = ContentRulesForm(request.POST or None, instance=ContentRules.current())
    if request.method == "POST" and form.is_valid():
        form.instance.change(by=request.user, at=now())
        messages.success(request, _("The rules are saved. They count from the next daily look at all pages on."))
        return redirect("review_task_list")
    context = {"form": form, "rules": form.instance}
    return render(request, "curriculum/content_rules.html", context, status=422 if form.errors else 200)


def _taught(tasks: list[ReviewTask]) -> dict[tuple[int, int | None], list[EditionItem]]:
    """Return the running editions in which the pages of these tasks stand, by (page, statute): at most three queries.

    For a statute only editions whose frozen text quotes it count; for an old check every running one.
    """
    running = running_editions() if tasks else set()
    items = EditionItem.objects.filter(page__in={task.page_id for task in tasks}, edition__in=running)
    items = list(items.select_related("edition").order_by("edition__number")) if running else []
    quoted: dict[int, set[int]] = {}
    lines = Citation.objects.filter(revision__in={item.revision_id for item in items}, statute__isnull=False)
    for revision, statute in lines.values_list("revision_id", "statute_id") if items else ():
        quoted.setdefault(revision, set()).add(statute)
    found: dict[tuple[int, int | None], list[EditionItem]] = {}
    for task in tasks:
        mine = [item for item in items if item.page_id == task.page_id]
        if task.statute_id:
            mine = [item for item in mine if task.statute_id in quoted.get(item.revision_id, ())]
        found[task.page_id, task.statute_id] = mine
    return found


def _csv(tasks) -> HttpResponse:
    headings = [_("Page"), _("Training base"), _("Cause"), _("Statute"), _("Since"), _("Due"), _("State"), _("Closed"),
                _("Closed by"), _("Comment")]  # fmt: skip
    rows = (
        [
            t.page.title, t.organisation.name, t.get_cause_display(), local(t.statute, "title") if t.statute else "",
            t.since, t.due_on, t.get_status_display(),
            localtime(t.closed_at).isoformat(" ", "minutes") if t.closed_at else "",
            t.closed_by.full_name if t.closed_by else "", t.comment,
        ]
        for t in tasks.iterator()
    )  # fmt: skip
    return csv_response("review-tasks.csv", headings, rows)
