"""Marking away from the site: take several scripts, download them with a workbook, bring the workbook back, look, apply."""

import io
import zipfile

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.audit import log
from lms.lib.errors import WrongState

from .. import offline, productform
from ..anchor_permissions import OF_TURN
from ..models import Allocation, MarkIncomplete, StaleMark
from ..models.anchor_queue import count_waiting, met_by, take_several
from ..models.marking import OFFLINE_LEASE, OFFLINE_MOST
from ..models.sheet_turns import SheetTurn
from ..permissions import OF_SUBMISSION, user_can_use, user_is_assessor
from ..play import trace_steps
from ..scoring import total_of

SALT, DAY = "assessments.offline", 24 * 60 * 60
FIXED = (1980, 1, 1, 0, 0, 0)  # no times of the person's computer, nor of ours


class BackForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("The workbook, filled in"), help_text=gettext_lazy("Nothing is applied before you have looked at it.")
    )


def turns_of(user) -> list[SheetTurn]:
    """The scripts on the person's table with what the files need of them, in the order in which they were taken; not those they
    may not use any more."""
    found = Allocation.objects.filter(assessor=user).filter(kind__in=Allocation.QUEUED)
    found = found.select_related(
        *(f"submission__{path}" for path in OF_SUBMISSION),
        "submission__assignment__rubric", "submission__run__enrolment__cohort", "assessor",
    )  # fmt: skip
    turns = [turn for turn in found.filter(status=Allocation.Status.TAKEN).order_by("pk") if user_can_use(user, turn)]
    for turn in turns:
        turn.submission.run.assignment = turn.submission.assignment
    met = met_by(user).filter(status=Allocation.Status.TAKEN).select_related(*OF_TURN)
    return sorted([*turns, *met], key=lambda turn: (turn.taken_at, turn.pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """What is on the table, how to take more, and where the filled-in workbook goes; posted, the preview of one."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    form = BackForm(request.POST or None, request.FILES or None)
    troubles: list[offline.Trouble] = []
    if request.method == "POST" and form.is_valid():
        try:
            returned, troubles = offline.read(form.cleaned_data["file"])
        except ValidationError as error:
            form.add_error("file", error)
        else:
            turns = {str(turn.uuid): turn for turn in _also_done(request.user, returned)}
            troubles = sorted(troubles + offline.compare(returned, turns), key=lambda trouble: trouble.row)
            if not troubles:
                return _preview(request, returned, turns)
    context = {
        "form": form, "troubles": troubles, "turns": turns_of(request.user), "most": OFFLINE_MOST, "days": OFFLINE_LEASE.days,
        "waiting": count_waiting(request.user, at=now()),
    }  # fmt: skip
    return render(request, "assessments/offline.html", context, status=422 if troubles or form.errors else 200)


def _also_done(user, returned) -> list[SheetTurn]:
    """The table, and those of the file that were given or handed back meanwhile, so that the report can say so."""
    uuids = [uuid for uuid in returned if len(uuid) == 36 and uuid.replace("-", "").isalnum()]
    done = Allocation.objects.filter(assessor=user).exclude(status=Allocation.Status.TAKEN).order_by("pk")
    ours = {str(turn.uuid): turn for turn in done if str(turn.uuid) in uuids}
    met = met_by(user).exclude(status=Allocation.Status.TAKEN).select_related(*OF_TURN)
    ours |= {str(turn.uuid): turn for turn in met if str(turn.uuid) in uuids}
    return [*ours.values(), *turns_of(user)]


def _preview(request: HttpRequest, returned, turns) -> HttpResponse:
    rows, drafts = [], {}
    for uuid, came in returned.items():
        turn, draft = turns[uuid], offline.draft_of(came, turns[uuid])
        drafts[uuid] = [came.number, draft]
        try:
            chosen = turn.bands_of(draft["scores"])
        except MarkIncomplete as error:
            rows.append({"turn": turn, "missing": len(error.missing), "total": None})
            continue
        tops = {criterion.key: criterion.top for criterion in turn.submission.assignment.rubric.lines()}
        rows.append({"turn": turn, "missing": 0, "total": total_of({k: b.points for k, b in chosen.items()}, tops)})
    packed = signing.dumps({"user": request.user.pk, "drafts": drafts}, salt=SALT, compress=True)
    context = {"rows": rows, "packed": packed, "complete": sum(not row["missing"] for row in rows)}
    return render(request, "assessments/offline_preview.html", context)


@login_required
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take scripts until so many lie on the table, for longer than at the desk."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    count = request.POST.get("count", "")
    held = take_several(request.user, int(count) if count.isdecimal() and len(count) < 4 else 0, at=now())
    text = ngettext("%(count)s script is on your table.", "%(count)s scripts are on your table.", len(held))
    messages.success(request, text % {"count": len(held)})
    return redirect("offline")


@login_required
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """A ZIP with the workbook and a page for each script, under neutral codes. Logged."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    turns = turns_of(request.user)[:OFFLINE_MOST]
    if not turns:
        messages.info(request, _("Take scripts first."))
        return redirect("offline")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("marks.xlsx", FIXED), offline.workbook(turns))
        for turn in turns:
            name = f"{turn.submission.enrolment.anonymous_code}.html"
            archive.writestr(zipfile.ZipInfo(name, FIXED), _page(turn), compress_type=zipfile.ZIP_DEFLATED)
            log(turn, "assessments.mark.download", by=request.user, organisation=turn.logged_at)
    response = HttpResponse(buffer.getvalue(), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="scripts.zip"'
    return response


def _page(turn: SheetTurn) -> str:
    """The work product as a page by itself: no name, no address, no script."""
    submission = turn.submission
    script = submission.run.script()
    context = {
        "code": submission.enrolment.anonymous_code, "item": submission.assignment.item, "deliverable": script.deliverable,
        "script": script, "fields": productform.draw(script.deliverable, submission.fields), "submission": submission,
        "trace": trace_steps(script, list(submission.run.decisions.all())),
        "show_ai": script.deliverable.ai_shown == "beside", "files": len(submission.current_files()),
    }  # fmt: skip
    return render_to_string("assessments/offline_script.html", context)


@login_required
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Keep what the preview showed, all of it or nothing: as drafts, or giving the marks that are complete."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    try:
        packed = signing.loads(request.POST.get("packed", ""), salt=SALT, max_age=DAY)
    except signing.BadSignature:
        packed = {}
    if packed.get("user") != request.user.pk:
        messages.warning(request, _("Upload the workbook again."))
        return redirect("offline")
    turns = {str(turn.uuid): turn for turn in _also_done(request.user, packed["drafts"])}
    try:
        with transaction.atomic():
            given = sum(_apply(turns, uuid, number, draft, give="give" in request.POST)
                        for uuid, (number, draft) in packed["drafts"].items())  # fmt: skip
    except (StaleMark, WrongState, KeyError):
        messages.warning(request, _("Meanwhile one of these scripts was worked on here. Nothing was applied; download again."))
        return redirect("offline")
    if given:
        text = ngettext("%(count)s mark given.", "%(count)s marks given.", given) % {"count": given}
        messages.success(request, text)
    else:
        messages.success(request, _("Kept as drafts."))
    return redirect("offline")


def _apply(turns: dict[str, SheetTurn], uuid: str, number: int, draft: dict, *, give: bool) -> bool:
    """Say whether a mark was given. A second click finds its own doing and changes nothing."""
    turn = turns[uuid]
    if turn.status == Allocation.Status.DONE and (turn.draft, turn.draft_number) == (draft, number + 1):
        return False
    turn.save_draft(draft, number=number, at=now())
    if not give:
        return False
    try:
        turn.give_mark(draft["scores"], draft["comment"], at=now(), reason=draft["reason"], notes=draft.get("notes", ()))
    except MarkIncomplete:
        return False
    return True
