"""Corrections of editions that are being taught: propose, read the impact list, sign, and the list of all."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..comparing import ShownNames, compare
from ..contents import portable_page
from ..forms import ErratumForm, RefuseForm, SignForm
from ..impact import running_cohorts
from ..models import Edition, EditionItem, Erratum
from ..permissions import (
    errata_visible_to,
    errata_waiting_for,
    get_edition_for,
    get_erratum_for,
    user_can_propose_erratum,
    user_can_sign_erratum,
    user_can_withdraw_erratum,
    user_has_errata,
    user_signs_erratum_at,
)
from ..portable import Names


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits for this person, and all corrections they may read by state and base; CSV of what is filtered."""
    user = request.user
    if not user_has_errata(user):
        raise PermissionDenied
    errata = errata_visible_to(user).select_related("edition__level", "organisation", "proposed_by")
    state, base = request.GET.get("status", ""), request.GET.get("base", "")
    if state == "waiting":
        errata = errata.filter(pk__in=errata_waiting_for(user).values("pk"))
    elif state in Erratum.Status.values:
        errata = errata.filter(status=state)
    if base:
        errata = errata.filter(organisation__slug=base)
    if request.GET.get("format") == "csv":
        headings = [_("Edition"), _("Number"), _("Training base"), _("State"), _("Proposed"), _("Finished"), _("Reason")]
        rows = (
            [str(e.edition), e.number, e.organisation.name, e.get_status_display(), _minute(e.proposed_at),
             _minute(e.finished_at), e.reason]
            for e in errata
        )  # fmt: skip
        return csv_response("errata.csv", headings, rows)
    context = {
        "page": paginate(request, errata, 20),
        "waiting": errata_waiting_for(user).count(),
        "statuses": Erratum.Status.choices,
        "bases": Organisation.objects.filter(errata__in=errata_visible_to(user)).distinct(),
        "status": state,
        "base": base,
    }
    return render(request, "curriculum/erratum_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Choose the pages that were mended in the editor, and the cohorts that shall read the mended text."""
    edition = get_edition_for(request.user, uuid)
    if not user_can_propose_erratum(request.user, edition):
        raise PermissionDenied
    candidates, cohorts = _candidates(edition), running_cohorts(edition)
    form = ErratumForm(
        request.POST or None,
        items=[(str(item.uuid), local(item, "title")) for item in candidates],
        cohorts=[(c.key, f"{local(c, 'title')} ({c.trainees})") for c in cohorts],
    )
    problem, status = "", 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        chosen = [item for item in candidates if str(item.uuid) in form.cleaned_data["items"]]
        try:
            erratum = Erratum.propose(
                edition, chosen, form.cleaned_data["cohorts"], reason=form.cleaned_data["reason"],
                reason_en=form.cleaned_data["reason_en"], by=request.user, at=now(),
            )  # fmt: skip
        except WrongState as refusal:
            problem, status = refusal.message, 409
        else:
            messages.success(request, _("The correction is proposed; your base's reviewer signs first."))
            return redirect(erratum)
    context = {"edition": edition, "form": form, "candidates": candidates, "cohorts": cohorts, "problem": problem}
    return render(request, "curriculum/erratum_propose.html", context, status=status)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _page(request, get_erratum_for(request.user, uuid))


@login_required
@require_safe
def impact_list(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The impact list as JSON: what was signed last, or what would be signed now."""
    erratum = get_erratum_for(request.user, uuid)
    signed = [
        {"role": s.role, "name": s.name, "at": s.signed_at.isoformat(), "impact_hash": s.impact_hash,
         "genuine": s.is_genuine(), "impact": s.impact}
        for s in erratum.signatures.select_related("erratum")
    ]  # fmt: skip
    now_or_last = erratum.impact() if erratum.is_open else (signed[-1]["impact"] if signed else None)
    answer = {"status": erratum.status, "impact": now_or_last, "signatures": signed}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "indent": 2})


@login_required
@require_POST
def sign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Sign the list that was read. A second click finds it signed."""
    erratum = get_erratum_for(request.user, uuid)
    form = SignForm(request.POST)
    seen = form.data.get("seen", "")
    if erratum.signatures.filter(signed_by=request.user, impact_hash=seen).exists() and not _signs(request, erratum):
        return redirect(erratum)
    if not user_can_sign_erratum(request.user, erratum):
        raise PermissionDenied
    if not form.is_valid():
        return _page(request, erratum, signing=form, status=422)
    try:
        signed = erratum.sign(by=request.user, at=now(), seen=form.cleaned_data["seen"])
    except WrongState as refusal:
        erratum.refresh_from_db()
        return _page(request, erratum, problem=refusal.message, status=409)
    if not signed:
        messages.warning(request, _("The impact has changed since the base signed. It goes back there to be signed again."))
    elif erratum.status == Erratum.Status.APPLIED:
        messages.success(request, _("Signed. The correction is in effect, and the trainees are told."))
    else:
        messages.success(request, _("Signed. The authority signs next."))
    return redirect("erratum_list") if not signed else redirect(erratum)


@login_required
@require_POST
def refuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    erratum = get_erratum_for(request.user, uuid)
    if not user_signs_erratum_at(request.user, erratum):
        raise PermissionDenied
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, erratum, refusing=form, status=422)
    erratum.refuse(by=request.user, at=now(), note=form.cleaned_data["note"])
    messages.success(request, _("The correction was refused; nothing changes for anybody."))
    return redirect("erratum_list")


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    erratum = get_erratum_for(request.user, uuid)
    if erratum.status == Erratum.Status.WITHDRAWN:  # a second click finds it done
        return redirect(erratum)
    if not user_can_withdraw_erratum(request.user, erratum):
        raise PermissionDenied
    erratum.withdraw(by=request.user, at=now())
    messages.success(request, _("The correction was taken back."))
    return redirect(erratum)


def _signs(request: HttpRequest, erratum: Erratum) -> bool:
    return user_can_sign_erratum(request.user, erratum)


def _page(
    request: HttpRequest, erratum: Erratum, *, signing: SignForm | None = None, refusing: RefuseForm | None = None,
    problem: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    signatures = list(erratum.signatures.select_related("erratum"))
    impact = erratum.impact() if erratum.is_open or not signatures else signatures[-1].impact
    impact_hash = content_hash(impact)
    context = {
        "erratum": erratum,
        "impact": impact,
        "impact_hash": impact_hash,
        "rows": _rows(impact),
        "refusals": Erratum.refusals(impact) if erratum.is_open else [],
        "stale": erratum.status == Erratum.Status.SIGNED and signatures[-1].impact_hash != impact_hash,
        "changes": _changes(erratum),
        "signatures": [(signature, signature.is_genuine()) for signature in signatures],
        "signing": signing or SignForm(initial={"seen": impact_hash}),
        "refusing": refusing or RefuseForm(auto_id="refuse_%s"),
        "may_sign": user_can_sign_erratum(request.user, erratum),
        "may_refuse": user_signs_erratum_at(request.user, erratum),
        "may_withdraw": user_can_withdraw_erratum(request.user, erratum),
        "problem": problem,
    }
    return render(request, "curriculum/erratum_detail.html", context, status=status)


def _rows(impact: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each cohort and page of the list."""
    named = {change["item"]: change for change in impact["changes"]}
    return [
        {"cohort": cohort, "change": named[row["item"]], "counts": row}
        for cohort in impact["cohorts"]
        for row in cohort["items"]
    ]


def _changes(erratum: Erratum) -> list[dict[str, Any]]:
    changes = list(erratum.changes.select_related("item__revision", "revision"))
    shown = ShownNames(*(content for c in changes for content in (c.item.content(), c.content())))
    return [
        {"change": c, "comparison": compare(c.item.kind, c.item.content(), c.content(), names=shown)} for c in changes
    ]


def _candidates(edition: Edition) -> list[EditionItem]:
    """Lessons and cases of the edition whose latest text is another one: a constant number of queries."""
    items = edition.items.exclude(kind=EditionItem.Kind.COURSE).select_related("revision", "page__latest_revision")
    items = [item for item in items if item.page.latest_revision_id not in (None, item.revision_id)]
    names = Names([content for item in items for content in (item.content(), item.page.latest_revision.content)])
    return [
        item
        for item in items
        if portable_page(item.content(), names=names) != portable_page(item.page.latest_revision.content, names=names)
    ]


def _minute(moment) -> str:
    return localtime(moment).isoformat(" ", "minutes") if moment else ""
