"""The offline verifier as a page of the site, and as a folder to take away; also while the database is away."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from ..models import StatusList
from ..offline import NoKeys, context, folder, zipped
from ..published import DATABASE_AWAY, ask
from .qr import leave_database_alone


@require_safe
def verify_offline(request: HttpRequest) -> HttpResponse:
    try:
        newest = StatusList.objects.exclude(credential="").order_by("-number").values_list("number", flat=True)[:10]
        lists = ask(lambda: list(newest))
    except DATABASE_AWAY:
        leave_database_alone(request)
        lists = []
    try:
        return render(request, "certificates/offline.html", context(at=now()) | {"lists": lists})
    except NoKeys:
        raise Http404 from None


@require_safe
def verify_offline_zip(request: HttpRequest) -> HttpResponse:
    try:
        content = zipped(folder(at=now()), at=now())
    except NoKeys:
        raise Http404 from None
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="certificate-verifier.zip"'
    response["Cache-Control"] = "public, max-age=300"
    return response
