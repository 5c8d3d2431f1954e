"""Cohorts that take trainees now, and enrolling in one."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Organisation
from curriculum.models import EditionItem, Level, Module
from curriculum.models.standards import ways_into
from lms.lib.errors import WrongState
from lms.lib.listing import paginate
from lms.lib.pagecache import tag

from ..admission_forms import StatementForm
from ..models import AdmissionStatement, Cohort, Enrolment, NotAdmitted
from ..models.admissions import admission_tree


def catalogue(request: HttpRequest) -> HttpResponse:
    """Public: cohorts whose enrolment is open, by level and base, 12 on a page."""
    at = now()
    cohorts = Cohort.objects.enrollable(at).with_taken()
    bases = Organisation.objects.filter(cohorts__in=Cohort.objects.enrollable(at)).distinct()
    level, base = request.GET.get("level", ""), request.GET.get("base", "")
    if level in Level.Code.values:
        cohorts = cohorts.filter(edition__level__code=level)
    if base:
        cohorts = cohorts.filter(organisation__slug=base)
    cohorts = cohorts.select_related("organisation", "edition__level__syllabus")
    cohorts = cohorts.order_by("enrol_until", "starts_on", "pk")
    own = set()
    tag(request, "cohorts", "bases", until=Cohort.objects.next_change(at))
    if request.user.is_authenticated:
        own = set(Enrolment.objects.filter(user=request.user).values_list("cohort_id", flat=True))
    context = {
        "page": paginate(request, cohorts, 12),
        "own": own,
        "bases": bases,
        "levels": Level.Code.choices,
        "level": level,
        "base": base,
    }
    return render(request, "training/catalogue.html", context)


@login_required
def enrol(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show what enrolling means (syllabus version, dates, hours, lessons), then enrol on POST."""
    at = now()
    cohort = (
        Cohort.objects.filter(uuid=uuid)
        .with_taken()
        .select_related("organisation", "edition__level__syllabus", "edition__organisation")
        .first()
    )
    own = cohort and Enrolment.objects.filter(cohort=cohort, user=request.user).first()
    if cohort is None or (not own and not cohort.is_open):
        raise Http404
    if own:
        return redirect(own)
    problem, status, closed = "", 200, False
    ways = ways_into(cohort.edition.level)
    last = AdmissionStatement.objects.latest(cohort, [request.user.pk]).get(request.user.pk) if ways else None
    form = StatementForm(request.POST if request.method == "POST" else None, ways=ways, last=last)
    if request.method == "POST" and form.is_valid():
        try:
            if form.says_something:  # kept even when it does not suffice: the registrar decides on it
                AdmissionStatement.state(cohort, request.user, at=at, **form.stated)
            enrolment = Enrolment.enrol(cohort, request.user, at=at)
        except NotAdmitted as error:
            problem, status = error.message, 409
        except WrongState as error:
            problem, status, closed = error.message, 409, True
        else:
            messages.success(request, _("You are enrolled. This is your course."))
            return redirect(enrolment)
    counts = cohort.edition.items.aggregate(
        lessons=Count("pk", filter=Q(kind=EditionItem.Kind.LESSON)),
        cases=Count("pk", filter=Q(kind=EditionItem.Kind.CASE)),
    )
    context = {
        "cohort": cohort,
        "modules": Module.objects.filter(level=cohort.edition.level_id),
        "counts": counts,
        "window": cohort.window_state(at),
        "problem": problem,
        "closed": closed,
        "form": form,
        "tree": admission_tree(cohort, request.user, at=at)[0],
    }
    return render(request, "training/cohort_enrol.html", context, status=status)
