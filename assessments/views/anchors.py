"""The desk of anchors: the list, making one from released work or as a text, agreeing on its bands by two people, retiring it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Avg, Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate
from lms.lib.uploads import serve_attachment

from .. import productform
from .. import sheet as sheets
from ..anchor_figures import mean
from ..anchor_forms import AnchorForm, ReasonForm, TextForm
from ..anchor_permissions import (
    anchors_of,
    assignments_for_anchors,
    get_anchor,
    user_confirms_anchor,
    user_makes_anchors,
    user_retires_anchor,
    user_sees_anchors,
    user_sets_anchor_terms,
    user_writes_anchor,
    works_for_anchors,
)
from ..models import AnchorConsent, AnchorIncomplete, AnchorScript, AnchorTurn, FileCopy
from ..play import trace_steps
from ..rubric_words import speak

ROWS = 25


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every anchor the person reads: by base, state and purpose, 25 on a page, as CSV. A constant number of queries."""
    if not user_sees_anchors(request.user):
        raise PermissionDenied
    rows = anchors_of(request.user).select_related("organisation", "assignment__item__edition").with_newest()
    rows = rows.annotate(said=AnchorConsent.objects.latest_given("source"))
    rows = rows.annotate(
        given=Count("marks"), met=Count("marks", filter=Q(marks__purpose=AnchorTurn.Purpose.SEEDED)), gap=Avg("marks__gap")
    )
    base, state, purpose = (request.GET.get(key, "") for key in ("base", "state", "purpose"))
    bases = list(Organisation.objects.filter(anchors__in=anchors_of(request.user)).distinct().order_by("name"))
    if base:
        rows = rows.filter(organisation__slug=base)
    if state == "stale":
        rows = rows.filter(status=AnchorScript.Status.CONFIRMED).exclude(newest=F("rubric_hash"))
    elif state in AnchorScript.Status.values:
        rows = rows.filter(status=state)
    if purpose in AnchorScript.PURPOSES:
        rows = rows.filter(**{purpose: True})
    rows = rows.order_by("-made_at", "-pk")
    if request.GET.get("format") == "csv":
        return _export(request, rows)
    context = {
        "page": paginate(request, rows, ROWS), "bases": bases, "base": base, "state": state, "purpose": purpose,
        "states": AnchorScript.Status.choices,
        "all_purposes": [(name, AnchorScript._meta.get_field(name).verbose_name) for name in AnchorScript.PURPOSES],
        "makes": user_makes_anchors(request.user), "sets_terms": user_sets_anchor_terms(request.user),
    }  # fmt: skip
    return render(request, "assessments/anchor_list.html", context)


def _export(request: HttpRequest, rows) -> HttpResponse:
    for base in Organisation.objects.filter(anchors__in=rows.order_by().values("pk")).distinct():
        log(base, "assessments.anchor.export", by=request.user, organisation=base)
    headings = [
        _("Anchor"), _("Case"), _("Base"), _("State"), _("Purposes"), _("Marks"), _("Met in the queue"), _("Mean difference"),
    ]  # fmt: skip
    lines = (
        [
            row.title, row.assignment.item.title, row.organisation.name, row.get_status_display(),
            ", ".join(str(word) for word in row.purposes), row.given, row.met,
            "" if row.gap is None else f"{row.gap:.1f}",
        ]
        for row in rows
    )  # fmt: skip
    return csv_response(f"anchors-{localdate():%Y%m%d}.csv", headings, lines)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Released work whose trainees agreed, 25 on a page; or a case for which a text is written."""
    if not user_makes_anchors(request.user):
        raise PermissionDenied
    works = works_for_anchors(request.user).select_related("assignment__item", "enrolment__cohort__organisation")
    form = TextForm(request.POST or None, assignments=assignments_for_anchors(request.user))
    if request.method == "POST" and form.is_valid():
        assignment = form.cleaned_data["assignment"]
        base = assignment.item.edition.organisation
        anchor = AnchorScript.of_text(
            assignment, organisation=base, title=assignment.item.title[:100], by=request.user, at=now()
        )
        return redirect("anchor_edit", anchor.uuid)
    page = paginate(request, works.order_by("-submitted_at", "-pk"), ROWS)
    return render(request, "assessments/anchor_new.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def copy(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Begin an anchor from one of these works."""
    if not user_makes_anchors(request.user):
        raise PermissionDenied
    work = works_for_anchors(request.user).select_related("assignment__item", "enrolment__cohort__organisation")
    if (work := work.filter(uuid=uuid).first()) is None:
        raise Http404
    title = f"{work.assignment.item.title[:100]} {work.enrolment.anonymous_code[:4]}"
    base = work.enrolment.cohort.organisation
    anchor = AnchorScript.copy_of(work, organisation=base, title=title, by=request.user, at=now())
    return redirect("anchor_edit", anchor.uuid)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The work, the agreed bands with their reasons, who set it, what markers made of it. Whoever opens it is remembered."""
    return render(request, "assessments/anchor.html", _shown(request, get_anchor(request.user, uuid)))


def _shown(request: HttpRequest, anchor: AnchorScript) -> dict[str, Any]:
    if request.user.pk != anchor.made_by_id and anchor.draft:
        anchor.read_by(request.user, at=now())
    script = anchor.assignment.script(anchor.variant)
    criteria = speak(anchor.assignment.rubric.lines(), anchor.assignment.item)
    marks = list(anchor.marks.values_list("purpose", "gap", "off"))
    figures = []
    for purpose, label in AnchorTurn.Purpose.choices:
        found = [(float(gap), off) for kind, gap, off in marks if kind == purpose]
        if found:
            figures.append({"label": label, "marks": len(found), "gap": sum(gap for gap, _off in found) / len(found)})
    offs = {line.key: [off[line.key] for _purpose, _gap, off in marks if line.key in off] for line in criteria}
    newest = AnchorScript.objects.with_newest().filter(pk=anchor.pk).values_list("newest", flat=True).get()
    return {
        "anchor": anchor, "item": anchor.assignment.item, "deliverable": script.deliverable, "script": script,
        "fields": productform.draw(script.deliverable, anchor.fields),
        "files": [(file, file.neutral_name(place), place) for place, file in enumerate(anchor.current_files(), 1)],
        "trace": trace_steps(script, anchor.decisions()),
        "lines": [(line, mean(offs[line.criterion.key])) for line in sheets.lines(criteria, anchor.draft)],
        "figures": figures, "stale": newest != anchor.rubric_hash,
        "taken_back": anchor.source_id is not None and not AnchorConsent.objects.holds(anchor.source),
        "writes": user_writes_anchor(request.user, anchor), "confirms": user_confirms_anchor(request.user, anchor),
        "retires": user_retires_anchor(request.user, anchor), "form": ReasonForm(),
    }  # fmt: skip


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID, place: int) -> HttpResponse:
    """A file of the work, cleaned, for who sets or confirms it."""
    files = get_anchor(request.user, uuid).current_files()
    if not 1 <= place <= len(files):
        raise Http404
    copy_of = FileCopy.objects.filter(file=files[place - 1], state=FileCopy.State.READY).first()
    if copy_of is None:
        raise Http404
    return serve_attachment(copy_of.cleaned.open("rb"), files[place - 1].neutral_name(place), files[place - 1].media_type)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Name, purposes, bands with reasons, and the text of one made for it; "propose" gives it to the second person."""
    anchor = get_anchor(request.user, uuid)
    if not user_writes_anchor(request.user, anchor):
        raise PermissionDenied
    if request.method != "POST":
        return _form(request, anchor, AnchorForm(instance=anchor), anchor.draft)
    form = AnchorForm(request.POST, instance=AnchorScript.objects.get(pk=anchor.pk))
    draft = sheets.read(anchor.assignment.rubric.lines(), request.POST)
    typed = productform.read(anchor.assignment.script().deliverable, request.POST) if anchor.source_id is None else None
    number = request.POST.get("number", "")
    if not form.is_valid() or sheets.too_long(draft):
        text = _("Too long: %(limit)s characters are the most.") % {"limit": sheets.MAX_COMMENT}
        errors = dict.fromkeys(sheets.too_long(draft), text)
        return _form(request, anchor, form, draft, typed=typed, errors=errors, status=422)
    anchor.write(
        title=form.cleaned_data["title"], purposes=form.purposes, draft=draft, typed=typed,
        number=int(number) if number.isdecimal() and len(number) < 8 else -1,
    )  # fmt: skip
    more = request.POST.get("add_row", "")
    if "propose" in request.POST:
        try:
            anchor.propose(by=request.user, at=now())
        except AnchorIncomplete as error:
            return _form(request, anchor, form, draft, missing=error.missing, status=422)
        messages.success(request, _("Proposed. A moderator of another base or the authority confirms it."))
        return redirect(anchor)
    if more:
        return _form(request, anchor, AnchorForm(instance=anchor), draft, more_rows=more)
    messages.success(request, _("Kept."))
    return redirect("anchor_edit", anchor.uuid)


def _form(
    request: HttpRequest, anchor: AnchorScript, form: AnchorForm, draft: dict[str, Any], *, typed: dict | None = None,
    errors: dict[str, str] | None = None, missing: list[str] | None = None, more_rows: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = _shown(request, anchor)
    criteria = speak(anchor.assignment.rubric.lines(), anchor.assignment.item)
    words = dict.fromkeys((key for key in missing or [] if key not in WORDS), _("Choose a band and give the reason."))
    context |= {
        "form": form, "draft": draft, "lines": sheets.lines(criteria, draft, errors={**words, **(errors or {})}),
        "missing": [said() for name, said in WORDS.items() if name in (missing or [])],
        "incomplete": bool(missing or errors),
    }  # fmt: skip
    if anchor.source_id is None:
        context["fields"] = productform.draw(context["deliverable"], typed or anchor.fields, more_rows=more_rows)
    return render(request, "assessments/anchor_edit.html", context, status=status)


WORDS = {
    "purpose": lambda: _("Say what it serves."),
    "note": lambda: _("Write the overall note."),
    "trace": lambda: _("A text without decisions would be recognised in the queue: let it serve practice or qualification."),
    "fields": lambda: _("The work product is not complete."),
}


@login_required
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The second person confirms what was shown, or sends it back with a reason."""
    anchor = get_anchor(request.user, uuid)
    if not user_confirms_anchor(request.user, anchor):
        raise PermissionDenied
    if "confirm" in request.POST:
        anchor.confirm(by=request.user, seen=request.POST.get("seen", ""), at=now())
        messages.success(request, _("Confirmed. From now on nothing of it changes."))
        return redirect(anchor)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "assessments/anchor.html", {**_shown(request, anchor), "form": form}, status=422)
    anchor.send_back(by=request.user, reason=form.cleaned_data["reason"], at=now())
    messages.success(request, _("Sent back."))
    return redirect("anchor_list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for the reason, then take the anchor out of use. It stays on the list."""
    anchor = get_anchor(request.user, uuid)
    if not user_retires_anchor(request.user, anchor):
        raise PermissionDenied
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            anchor.retire(by=request.user, reason=form.cleaned_data["reason"], at=now())
        except WrongState as late:
            messages.warning(request, late.message)
        return redirect(anchor)
    return render(request, "assessments/anchor_retire.html", {"anchor": anchor, "form": form}, status=422 if form.errors else 200)
