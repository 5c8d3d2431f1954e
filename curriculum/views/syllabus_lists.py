"""What the syllabus desk lists: drafts with adopted versions, and the standards they belong to."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, F, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..models import Syllabus, SyllabusStandard
from ..permissions import user_can_adopt_syllabus
from .syllabus_drafts import editor_required

WORDS = ("title", "title_en", "region")


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Drafts by their last saving, then adopted versions by their first day: a constant number of queries."""
    editor_required(request)
    today = timezone.localdate()
    state, kind, words = (request.GET.get(name, "").strip() for name in ("state", "kind", "q"))
    versions = Syllabus.objects.select_related("standard", "base", "edited_by", "superseded_by")
    if state in Syllabus.State.values:
        versions = versions.in_state(state, today)
    if kind in SyllabusStandard.Kind.values:
        versions = versions.filter(standard__kind=kind)
    if words:
        names = ("version", "slug", "title", "title_en", *(f"standard__{name}" for name in WORDS))
        versions = versions.filter(_holds(names, words))
    saved = Case(When(status=Syllabus.Status.DRAFT, then=F("edited_at")))
    drafts_first = Case(When(status=Syllabus.Status.DRAFT, then=0), default=1)
    versions = versions.order_by(drafts_first, saved.desc(nulls_last=True), F("in_force_from").desc(), "slug")
    if request.GET.get("format") == "csv":
        return csv_response("syllabus-versions.csv", _headings(), _rows(versions))
    context = {
        "page": paginate(request, versions), "state": state, "states": Syllabus.State.choices, "kind": kind,
        "kinds": SyllabusStandard.Kind.choices, "q": words, "filtered": bool(state or kind or words),
        "may_adopt": user_can_adopt_syllabus(request.user),
    }  # fmt: skip
    return render(request, "curriculum/syllabus_desk.html", context)


def _holds(names: tuple[str, ...], words: str) -> Q:
    found = Q()
    for name in names:
        found |= Q(**{f"{name}__icontains": words})
    return found


def _headings() -> list[str]:
    return [
        _("Version"), _("Title"), _("Short name in addresses"), _("Standard"), pgettext("of a standard", "kind"), _("State"),
        _("In force from"), _("In force until"), _("Last saved"),
    ]  # fmt: skip


def _rows(versions: QuerySet[Syllabus]) -> Iterator[list[Any]]:
    for v in versions:
        saved = timezone.localtime(v.edited_at).isoformat(" ", "minutes") if v.edited_at else ""
        yield [v.version, local(v, "title"), v.slug, local(v.standard, "title"), v.standard.get_kind_display(), v.state.label,
               v.in_force_from, v.in_force_until, saved]  # fmt: skip


@login_required
@require_safe
def standards(request: HttpRequest) -> HttpResponse:
    """The standards, each with the version that is in force today and how many drafts it has: three queries."""
    editor_required(request)
    kind, words = (request.GET.get(name, "").strip() for name in ("kind", "q"))
    found = SyllabusStandard.objects.prefetch_related("versions").order_by("kind", "region", "slug")
    if kind in SyllabusStandard.Kind.values:
        found = found.filter(kind=kind)
    if words:
        found = found.filter(_holds(("slug", *WORDS, "issuer", "issuer_en"), words))
    page = paginate(request, found)
    today = timezone.localdate()
    for standard in page:
        versions = standard.versions.all()
        in_force = [version for version in versions if version.state_at(today) == Syllabus.State.IN_FORCE]
        standard.current = in_force[0] if in_force else None
        standard.draft_count = sum(version.is_draft for version in versions)
        standard.adopted_count = len(versions) - standard.draft_count
    context = {"page": page, "kind": kind, "kinds": SyllabusStandard.Kind.choices, "q": words, "filtered": bool(kind or words)}
    return render(request, "curriculum/syllabus_standards.html", context)
