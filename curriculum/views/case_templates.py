"""Shipped cases for a course that has too few: choose, and they are copied as drafts of the base."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ..case_templates import copy_into, templates_for
from ..contents import entries_of, gaps_of
from ..permissions import get_course_for, user_can_submit_course
from ..wording import gap_text


class CopyForm(forms.Form):
    cases = forms.MultipleChoiceField(
        label=gettext_lazy("Case scenarios"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one case.")},
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    course = get_course_for(request.user, pk)
    if not user_can_submit_course(request.user, course.base.organisation_id):
        raise PermissionDenied
    templates = templates_for(course)
    form = CopyForm(request.POST if request.method == "POST" else None)
    form.fields["cases"].choices = [(template.slug, template.title) for template in templates if not template.placed]
    if request.method == "POST" and form.is_valid():
        cases = copy_into(course, form.cleaned_data["cases"], by=request.user)
        messages.success(request, _("%(count)s cases are in the course as drafts of your base.") % {"count": len(cases)})
        return redirect("course_status", course.pk)
    wanted = {gap.code: gap_text(gap) for gap in gaps_of(entries_of(course)) if gap.kind in ("topic", "competence")}
    context = {"course": course, "templates": templates, "form": form, "wanted": list(wanted.values()),
               "chosen": request.POST.getlist("cases")}  # fmt: skip
    return render(request, "curriculum/case_templates.html", context, status=422 if form.errors else 200)
