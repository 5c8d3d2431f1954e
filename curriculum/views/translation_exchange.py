"""A course's translation out of here and back: XLIFF 2 for translation programs. An import takes all of it or nothing."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lms.lib.audit import log

from .. import xliff
from ..contents import entries_of
from ..models import CoursePage, Translation, TranslationSegment
from ..permissions import get_course_for
from ..segments import normal
from ..translation_checks import problems, tidy
from ..translation_permissions import user_can_translate
from ..translation_words import place_text, problem_text
from .translations import course_page


class BringForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("XLIFF file"), help_text=gettext_lazy("XLIFF 2, as exported here; at most 20 MB."))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > xliff.MAX_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        return file


@dataclass(frozen=True)
class Line:
    """One thing that keeps a file from being taken: which page, which part, what."""

    page: str
    place: str
    problem: str


def _segments(course: CoursePage):
    """The segments of the course's own pages; core pages are the authority's to translate."""
    pages = [entry.page.pk for entry in entries_of(course) if entry.release is None]
    found = TranslationSegment.objects.filter(translation__page__in=pages, present=True)
    return found.select_related("translation__page").order_by("translation__page__path", "position")


@login_required
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponse:
    course = get_course_for(request.user, pk)
    units = (
        xliff.Unit(s.translation.page_id, s.translation.page.title, s.key, s.source, s.target, s.status)
        for s in _segments(course)
    )
    response = HttpResponse(xliff.write(units), content_type="application/xliff+xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{course.slug}.en.xlf"'
    return response


@login_required
@require_POST
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over the translations of a file, or say of each part what is wrong with it and take nothing."""
    course = get_course_for(request.user, pk)
    if not user_can_translate(request.user, course.base.organisation_id):
        raise PermissionDenied
    form = BringForm(request.POST, request.FILES)
    if not form.is_valid():
        return course_page(request, course, form=form, status=422)
    try:
        brought = xliff.read(form.cleaned_data["file"].read())
    except xliff.Unreadable as error:
        form.add_error("file", str(error))
        return course_page(request, course, form=form, status=422)
    wanted, report = _compare(course, brought)
    if report:
        return course_page(request, course, form=form, report=report[:200], report_count=len(report), status=422)
    count = _take(course, wanted, by=request.user)
    messages.success(request, _("%(count)s parts taken over from the file.") % {"count": count})
    return redirect("translation_course", pk=pk)


Wanted = list[tuple[TranslationSegment, xliff.Brought]]


def _compare(course: CoursePage, brought: list[xliff.Brought]) -> tuple[Wanted, list[Line]]:
    """Return what is to be written, and everything that is wrong. What has no target in the file is left as it is."""
    known = {(str(s.translation.page_id), s.key): s for s in _segments(course)}
    wanted, report, seen = [], [], set()
    for unit in brought:
        if not unit.target.strip():
            continue
        segment = known.get((unit.page, unit.key))
        if segment is None:
            report.append(Line(unit.page, unit.key, _("This course has no such part.")))
            continue
        line = (segment.translation.page.title, place_text(segment.key))
        if segment.pk in seen:
            report.append(Line(*line, _("It stands in the file twice.")))
        seen.add(segment.pk)
        if normal(segment.kind, unit.source) != segment.source:
            report.append(Line(*line, _("The Chinese has changed since the file was exported.")))
        elif found := problems(segment.kind, segment.source, tidy(segment.kind, unit.target)):
            report += [Line(*line, problem_text(problem)) for problem in found]
        wanted.append((segment, unit))
    if not brought:
        report.append(Line("", "", _("The file holds no part of a translation.")))
    return wanted, report


def _take(course: CoursePage, wanted: Wanted, *, by) -> int:
    at, changed = now(), 0
    with transaction.atomic():
        for segment, unit in wanted:
            before = segment.number
            segment.write(unit.target, done=unit.done, seen=segment.number, by=by, at=at)
            changed += segment.number != before
        for translation in Translation.objects.filter(pk__in={s.translation_id for s, _u in wanted}):
            translation.count()
        log(course, "curriculum.translation.import", by=by, organisation=course.base.organisation, segments=changed)
    return changed
