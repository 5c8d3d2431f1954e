"""The report of similar works: a list, and one pair with the passages side by side. Blind codes only; of another base's work
no more than the passages."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.audit import log
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from .. import similarity
from ..forms import SimilarForm
from ..models import SimilarNote, SimilarPair, Submission
from ..models.similar import own_shingles, text_of
from ..similar_permissions import get_similar_pair, similar_pairs_of, user_notes_similarity, user_sees_similarity

PER_PAGE = 30
STATES = ("open", "passed_on", "set_aside")


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The pairs of one's bases, by state and cohort, the most alike first; as CSV too. A constant number of queries."""
    if not user_sees_similarity(request.user):
        raise PermissionDenied
    state, code = request.GET.get("state", ""), request.GET.get("code", "").strip().upper()[:40]
    pairs = similar_pairs_of(request.user, state=state if state in STATES else "", code=code)
    if request.GET.get("format") == "csv":
        log(request.user, "assessments.similarity.export", by=request.user)
        rows = ([*_line(pair), pair.share, f"{localtime(pair.found_at):%Y-%m-%d %H:%M}", _word(pair)] for pair in pairs)
        headings = [_("Work"), _("Case"), _("Base"), _("Other work"), _("Case"), _("Base"), _("Share in percent"), _("Found"),
                    _("State")]  # fmt: skip
        return csv_response("similar.csv", headings, rows)
    page = paginate(request, pairs, PER_PAGE)
    lines = [{"pair": pair, "state": pair.latest or "open", "word": _word(pair)} for pair in page]
    context = {"page": page, "lines": lines, "state": state, "code": code, "threshold": round(similarity.SHARE * 100)}
    return render(request, "assessments/similar_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Both works side by side. A moderator notes what it is for a work of the base; no score changes by it."""
    pair = get_similar_pair(request.user, uuid)
    works = [pair.first, pair.second]
    mine = [user_sees_similarity(request.user, work.enrolment.cohort.organisation_id) for work in works]
    may_note = [work for work, own in zip(works, mine, strict=True) if own and user_notes_similarity(request.user, work)]
    form = SimilarForm(request.POST if request.method == "POST" else None, works=may_note) if may_note else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            SimilarNote.write(pair, **form.cleaned_data, by=request.user, at=now())
            messages.success(request, _("It is noted. No score changes by it."))
            return redirect("similar_pair", pair.uuid)
    sets = [own_shingles(work) for work in works]
    sides = [_side(work, own, sets[0] & sets[1]) for work, own in zip(works, mine, strict=True)]
    context = {"pair": pair, "sides": sides, "form": form, "notes": pair.notes.filter(submission__in=[
        work for work, own in zip(works, mine, strict=True) if own]).select_related("by", "submission__enrolment")}  # fmt: skip
    return render(request, "assessments/similar_pair.html", context, status=422 if request.method == "POST" else 200)


def _side(work: Submission, own: bool, shared: frozenset[int]) -> dict:
    """One column: the whole text with the passages marked for work of one's own base, else the passages alone."""
    text = text_of(work)
    spans = similarity.passages(text, shared)
    return {
        "code": work.enrolment.anonymous_code, "own": own, "item": work.assignment.item, "at": work.submitted_at,
        "cohort": work.enrolment.cohort if own else None,
        "pieces": similarity.cut(text, spans) if own else [], "passages": [text[start:end] for start, end in spans],
    }  # fmt: skip


def _line(pair: SimilarPair) -> list[str]:
    found = []
    for work in (pair.first, pair.second):
        found += [work.enrolment.anonymous_code, local(work.assignment.item, "title"), str(work.enrolment.cohort.organisation)]
    return found


def _word(pair: SimilarPair) -> str:
    return str(SimilarNote.Kind(pair.latest).label) if pair.latest else _("not looked at")
