"""Registrars' pages of admission: one person's conditions and the decision to admit despite them; how someone came in."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..admission_forms import AdmitForm
from ..models import AdmissionStatement, Enrolment, ListRefused
from ..models.admissions import admission_tree
from ..permissions import get_cohort_for, get_enrolment_with_hours_for, user_can_manage_cohort


@login_required
def admit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Someone who stated facts for a cohort: the tree as it stands today, and the step. A second click finds it done."""
    statement = AdmissionStatement.objects.select_related("cohort", "user").filter(uuid=uuid).first()
    if statement is None:
        raise Http404
    cohort, person = get_cohort_for(request.user, statement.cohort.uuid), statement.user
    if not user_can_manage_cohort(request.user, cohort):
        raise PermissionDenied
    at = now()
    if Enrolment.objects.filter(cohort=cohort, user=person).exists():
        messages.info(request, _("This person is enrolled already."))
        return redirect(cohort)
    tree, last = admission_tree(cohort, person, at=at)
    form = AdmitForm(request.POST or None) if not tree.ok else None
    problem, status = "", 200
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        try:
            Enrolment.enrol_list(cohort, [person.email], by=request.user, at=at, despite=reason)
        except ListRefused as error:
            problem, status = error.rows[0].problem, 409
        else:
            messages.success(request, _("%(name)s is enrolled.") % {"name": person.full_name})
            return redirect(cohort)
    context = {"cohort": cohort, "person": person, "statement": last, "tree": tree, "form": form, "problem": problem}
    return render(request, "training/admission_admit.html", context, status=status)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The tree as it stood when the person was enrolled, for them and for whoever sees the cohort."""
    enrolment = get_enrolment_with_hours_for(request.user, uuid)
    admission = getattr(enrolment, "admission", None)
    if admission is None:
        raise Http404
    return render(request, "training/admission_detail.html", {"enrolment": enrolment, "admission": admission})
