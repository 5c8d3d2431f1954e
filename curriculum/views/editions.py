"""Editions for those who teach, mark and oversee them: contents with hashes, parts, who reviewed; JSON for checking."""

from tempfile import TemporaryFile
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.lib.errors import WrongState
from lms.lib.language import local

from ..edition_zip import write_zip
from ..models import Edition, EditionItem
from ..permissions import errata_visible_to, get_edition_for, get_item_for, user_can_propose_erratum
from .preview import draw_page


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    edition = get_edition_for(request.user, uuid)
    items = list(edition.items.select_related("core_release"))
    titles = {str(item.uuid): item for item in items}
    review = getattr(edition, "review", None)
    context = {
        "edition": edition,
        "items": items,
        "parts": [part | {"items": [titles[case] for case in part["cases"]]} for part in edition.parts],
        "review": review,
        "steps": review.steps.select_related("decided_by") if review else [],
        "errata": errata_visible_to(request.user).filter(edition=edition),
        "may_correct": user_can_propose_erratum(request.user, edition),
        "others": Edition.objects.filter(course=edition.course_id).exclude(pk=edition.pk),
    }
    return render(request, "curriculum/edition_detail.html", context)


@login_required
@require_safe
def download(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the edition is made of, as JSON: enough to compute the hash again elsewhere (docs/architecture.md)."""
    edition = get_edition_for(request.user, uuid)
    response = JsonResponse(edition_json(edition), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="edition-{edition.uuid}.json"'
    return response


@login_required
@require_safe
def package(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The whole edition as one file, with its images and documents, for another installation (docs/editions.md)."""
    edition = get_edition_for(request.user, uuid)
    target = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write_zip(edition, target)
    except WrongState:
        target.close()
        raise
    target.seek(0)
    name = f"{edition.course.slug}-edition-{edition.number}.zip"
    response = FileResponse(target, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


def edition_json(edition: Edition) -> dict:
    return {
        "id": str(edition.uuid),
        "title": edition.title,
        "title_en": edition.title_en,
        "number": edition.number,
        "organisation": edition.organisation.name,
        "syllabus": {
            "slug": edition.syllabus.slug,
            "version": edition.syllabus.version,
            "content_hash": edition.syllabus.content_hash,
        },
        "level": edition.level.code,
        "created_at": edition.created_at.isoformat(),
        "content_hash": edition.content_hash,
        "hash_scheme": edition.hash_scheme,
        "parts": edition.parts,
        "items": [_item_json(item) for item in edition.items.all()],
    }


def _item_json(item: EditionItem) -> dict:
    return {
        "id": str(item.uuid),
        "position": item.position,
        "kind": item.kind,
        "title": item.title,
        "title_en": item.title_en,
        "minutes": item.minutes,
        "topics": item.topic_codes,
        "required": item.required,
        "revision": item.revision_id,
        "content_hash": item.content_hash,
    }


@login_required
@require_safe
def item_preview(request: HttpRequest, uuid: UUID, item: UUID) -> HttpResponse:
    """One page of the edition as its trainees see it; for a case also what only assessors see."""
    found = get_item_for(request.user, uuid, item)
    return draw_page(
        request, found.kind, found.load(), found.content(), back=found.edition.get_absolute_url(),
        back_title=f"{local(found.edition, 'title')} #{found.edition.number}", item=found,
        core_release=found.core_release,
    )  # fmt: skip
