"""Experts of firms: the works whose trainees consent, one of them without a name, a comment; and the trainee's consent."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organisation
from curriculum.demand_permissions import firms_of, user_has_demands
from curriculum.models import CaseOrigin
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from .. import productform
from ..expert_permissions import get_expert_work, works_for_experts
from ..models import ExpertComment, ExpertConsent, Submission
from ..models.expert import MAX_COMMENT, demand_behind, expert_code
from ..permissions import get_own_row
from .work_files import give_copy

ROWS = 20
NAMELESS = "〔学员〕"


class CommentForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Your comment"), max_length=MAX_COMMENT, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("The trainee and the base's instructors read it. It never changes a score."),
    )  # fmt: skip

    def __init__(self, data=None) -> None:
        super().__init__(data, initial={"key": uuid4()})


class ConsentForm(forms.Form):
    show_name = forms.BooleanField(label=gettext_lazy("Show my name to the firm"), required=False)
    with_files = forms.BooleanField(
        label=gettext_lazy("Show my files, too"), required=False,
        help_text=gettext_lazy("Names of files and what programs note of their author are taken off; what you wrote is not."),
    )  # fmt: skip


@login_required
@require_safe
def works(request: HttpRequest) -> HttpResponse:
    """The works the firm's experts may read, by case and whether they are commented; CSV without names."""
    if not user_has_demands(request.user):
        raise PermissionDenied
    rows = works_for_experts(request.user).order_by("-submitted_at", "-pk")
    cases = dict(rows.order_by().values_list("assignment__item__page", "assignment__item__title"))
    chosen, state = request.GET.get("case", ""), request.GET.get("state", "")
    if chosen.isdigit():
        rows = rows.filter(assignment__item__page=int(chosen))
    commented = ExpertComment.objects.filter(organisation__in=firms_of(request.user)).values("submission")
    if state == "open":
        rows = rows.exclude(pk__in=commented)
    elif state == "done":
        rows = rows.filter(pk__in=commented)
    if request.GET.get("format") == "csv":
        done = set(commented.values_list("submission", flat=True))
        lines = [[expert_code(w), w.assignment.item.title, f"{w.submitted_at:%Y-%m-%d}", _("yes") if w.pk in done else ""]
                 for w in rows]  # fmt: skip
        return csv_response("works.csv", [_("Code"), _("Case"), _("Handed in"), _("Commented")], lines)
    page = paginate(request, rows, ROWS)
    done = set(commented.filter(submission__in=[w.pk for w in page]).values_list("submission", flat=True))
    for found in page:
        found.code, found.done = expert_code(found), found.pk in done
    context = {"page": page, "cases": sorted(cases.items(), key=lambda pair: pair[1]), "chosen": chosen, "state": state}
    return render(request, "assessments/expert_works.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def work(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One work product without names, decisions or scores; and the firm's comments on it."""
    found = get_expert_work(request.user, uuid)
    firm = _firm(request, found)
    form = CommentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        ExpertComment.write(found, firm, form.cleaned_data["text"], key=form.cleaned_data["key"], by=request.user, at=now())
        messages.success(request, _("Your comment is kept; the trainee is told."))
        return redirect("expert_work", uuid)
    script = found.run.script()
    consents = _consents(found)
    names = [row.enrolment.user.full_name for row, consent in consents if consent.show_name]
    hidden = [row.enrolment.user for row, consent in consents if not consent.show_name]
    context = {
        "work": found, "item": found.assignment.item, "code": expert_code(found), "names": names,
        "deliverable": script.deliverable, "form": form,
        "fields": productform.draw(script.deliverable, _without(found.fields, hidden)),
        "files": [(place, file.neutral_name(place)) for place, file in enumerate(_files(found, consents), 1)],
        "comments": found.expert_comments.filter(organisation=firm).select_related("by"),
    }  # fmt: skip
    return render(request, "assessments/expert_work.html", context, status=422 if form.errors else 200)


def _firm(request: HttpRequest, found: Submission) -> Organisation:
    """The firm behind the case, for which the person reads."""
    origin = CaseOrigin.objects.select_related("demand__organisation").get(page=found.assignment.item.page_id)
    return origin.demand.organisation


def _consents(found: Submission) -> list[tuple[Submission, ExpertConsent]]:
    said = [(row, ExpertConsent.objects.standing(row)) for row in found.rows()]
    if any(consent is None for _row, consent in said):  # taken back this moment
        raise Http404
    return said


def _files(found: Submission, consents: list[tuple[Submission, ExpertConsent]]) -> list:
    return found.current_files() if all(consent.with_files for _row, consent in consents) else []


def _without(value: Any, people: list) -> Any:
    """The fields with the names of these people blanked out."""
    if isinstance(value, str):
        for person in people:
            for name in filter(None, (person.full_name, person.name_latin)):
                value = value.replace(name, NAMELESS)
        return value
    if isinstance(value, dict):
        return {key: _without(child, people) for key, child in value.items()}
    return [_without(child, people) for child in value] if isinstance(value, list) else value


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID, place: int) -> HttpResponse:
    """The copy of a file that assessors get too: a neutral name, without what programs wrote about its author. No archives."""
    found = get_expert_work(request.user, uuid)
    files = _files(found, _consents(found))
    if not 1 <= place <= len(files):
        raise Http404
    wanted = files[place - 1]
    if wanted.extension == "zip":  # an archive holds whatever it holds
        raise WrongState(_("This file can't be shown without telling who wrote it."))
    return give_copy(request, wanted, wanted.neutral_name(place), back=reverse("expert_work", args=[uuid]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The trainee says whether the firm behind the case may read this work, and takes it back. Twice is harmless."""
    row = get_own_row(request.user, uuid)
    demand = demand_behind(row)
    standing = ExpertConsent.objects.standing(row)
    if row.status != Submission.Status.RELEASED or (demand is None and standing is None):
        raise Http404
    form = ConsentForm(request.POST if request.method == "POST" else None, initial={
        "show_name": bool(standing and standing.show_name), "with_files": bool(standing and standing.with_files)})  # fmt: skip
    if request.method == "POST" and form.is_valid():
        given = "stop" not in request.POST
        ExpertConsent.say(row, given=given, at=now(), **(form.cleaned_data if given else {}))
        yes, no = _("The firm's experts may read this work now."), _("The firm's experts can't read this work any more.")
        messages.success(request, yes if given else no)
        return redirect("submission_result", row.uuid)
    english = (get_language() or "").startswith("en")
    context = {
        "submission": row, "item": row.assignment.item, "form": form, "standing": standing, "demand": demand,
        "version": ExpertConsent.TEXT_VERSION, "team": row.team_id is not None,
        "text": f"assessments/expert_consent_{'en' if english else 'zh'}.html",
    }  # fmt: skip
    return render(request, "assessments/expert_consent.html", context, status=422 if form.errors else 200)
