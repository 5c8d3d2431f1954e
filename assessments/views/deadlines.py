"""Due times of a cohort: a list of its assignments, and for each the terms, what held before, and who has longer."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.listing import paginate
from training.models import Cohort

from ..deadline_forms import DeadlineForm, ExtensionForm
from ..lateness_words import policy
from ..models import Assignment, Deadline, Extension
from ..permissions import get_gradebook_cohort, user_sees_names

PER_PAGE = 30


def _cohort(request: HttpRequest, uuid: UUID) -> Cohort:
    cohort = get_gradebook_cohort(request.user, uuid)
    if not user_sees_names(request.user, cohort):
        raise PermissionDenied
    return cohort


def _assignments(cohort: Cohort):
    found = Assignment.objects.filter(part__plan__edition=cohort.edition_id).select_related("item", "part")
    return found.order_by("part__position", "position")


@login_required
@require_safe
def index(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Every assignment of the cohort with what holds now. A constant number of queries."""
    cohort = _cohort(request, uuid)
    latest: dict[int, Deadline] = {}
    for found in Deadline.objects.filter(cohort=cohort).order_by("pk"):
        latest[found.assignment_id] = found
    people = Extension.objects.filter(enrolment__cohort=cohort).order_by().values("assignment")
    extended = dict(people.annotate(number=Count("enrolment", distinct=True)).values_list("assignment", "number"))
    rows = []
    for assignment in _assignments(cohort):
        rule = latest[assignment.pk].rule() if assignment.pk in latest else None
        rows.append({
            "assignment": assignment, "rule": rule, "policy": policy(rule) if rule else "",
            "extended": extended.get(assignment.pk, 0),
        })  # fmt: skip
    return render(request, "assessments/deadline_list.html", {"cohort": cohort, "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID, assignment: UUID) -> HttpResponse:
    """Set the terms, or give one person longer. What was handed in already keeps what held then."""
    cohort = _cohort(request, uuid)
    found = _assignments(cohort).filter(uuid=assignment).first()
    if found is None:
        raise Http404
    current = Deadline.objects.filter(cohort=cohort, assignment=found).first()
    people = cohort.enrolments.taking_a_seat().select_related("user", "cohort").order_by("user__full_name", "pk")
    extending = "extend" in request.POST
    form = DeadlineForm(request.POST if request.method == "POST" and not extending else None, current=current)
    extensions = Extension.objects.filter(enrolment__cohort=cohort, assignment=found)
    latest = dict(extensions.order_by().values_list("enrolment").annotate(Max("pk")))
    rule = current.rule() if current else None
    longer = ExtensionForm(request.POST if extending else None, people=people, due=rule.due if rule else None, extended=latest)
    if request.method == "POST" and extending and longer.is_valid():
        given = longer.cleaned_data
        Extension.give(given.pop("enrolment"), found, **given, by=request.user, at=now())
        messages.success(request, _("The extension is recorded with its reason."))
        return redirect("deadline", cohort.uuid, found.uuid)
    if request.method == "POST" and not extending and form.is_valid():
        Deadline.put(cohort, found, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("The due time is set. Work handed in before keeps what held then."))
        return redirect("deadline", cohort.uuid, found.uuid)
    context = {
        "cohort": cohort,
        "assignment": found,
        "form": form,
        "longer": longer,
        "current": rule,
        "counting": set(latest.values()),
        "page": paginate(request, extensions.select_related("enrolment__user", "given_by"), PER_PAGE),
        "history": [
            (row, policy(rule) if (rule := row.rule()) else "")
            for row in Deadline.objects.filter(cohort=cohort, assignment=found).select_related("set_by")[:10]
        ],
    }
    return render(request, "assessments/deadline.html", context, status=422 if request.method == "POST" else 200)
