"""Films, captions and looks at documents of lessons, from behind the base's wall."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from wagtail.documents import get_document_model

from lms.lib.ranges import serve_range

from ..files import user_can_open_document
from ..films import media_type
from ..models import DocumentPreview


@require_safe
def play(request: HttpRequest, pk: int) -> HttpResponse:
    """A film or its captions, in ranges. 404 for other documents and for whoever may not know of it."""
    document = get_document_model().objects.select_related("collection").filter(pk=pk).first()
    if document is None or not (kind := media_type(document.filename)):
        raise Http404
    if not user_can_open_document(request.user, document):
        raise Http404
    try:
        stored = document.file.storage.open(document.file.name)
        size = stored.size
    except OSError as error:
        raise Http404 from error
    etag = f"{document.pk}-{document.get_file_hash()}"
    return serve_range(request, stored, size=size, media_type=kind, etag=etag)


@require_safe
def page(request: HttpRequest, pk: int) -> FileResponse:
    """The first page of a document as a picture. 404 where there is none, and for whoever may not open the document."""
    found = DocumentPreview.objects.select_related("document__collection").filter(document=pk).exclude(image="").first()
    if found is None or not user_can_open_document(request.user, found.document):
        raise Http404
    try:
        response = FileResponse(found.image.open("rb"), content_type="image/png")
    except OSError as error:
        raise Http404 from error
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response
