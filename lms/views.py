"""Start page after log-in, health, media of the embedded default, and the error pages."""

from datetime import timedelta
from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certificates.models import HeadStamp, StatusList
from lms.lib.jobs.models import Job

ORDER = ["accounts", "curriculum", "training", "assessments", "certificates", "lms"]
LATE = timedelta(minutes=10)
LONG = 15  # a desk with more on it begins with what waits, and with the ways to its parts


ROBOTS = "User-agent: *\n" + "".join(
    f"Disallow: {prefix}\n" for prefix in ("/accounts/", "/admin/", "/desk/", "/jobs/", "/search/", "/health/")
)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What machines that list pages need not ask for. Addresses that hold a secret say so themselves (`X-Robots-Tag`); here
    they must not stand, for then that word would never be read."""
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For the people who watch the site: 200, or 503 when the database is away, a job has waited for ten minutes, or a
    status list ran out (verifiers elsewhere then refuse every certificate). Tells nothing else. A time-stamping authority
    that does not answer is named, but hinders nobody, so it doesn't turn the answer."""
    at = now()
    state = {"database": "ok", "jobs": "ok", "status_lists": "ok"}
    try:
        oldest = Job.objects.due(at).order_by("run_after").values_list("run_after", flat=True).first()
        if oldest and at - oldest > LATE:
            state["jobs"] = "late"
        if StatusList.objects.filter(valid_until__lt=at).exists():
            state["status_lists"] = "out of date"
        stamps = settings.LOG_TIMESTAMPS or settings.TIMESTAMP_URL
        late = bool(stamps) and HeadStamp.missing_since(at) is not None
    except DatabaseError:
        state = {"database": "unreachable"}
    healthy = all(value == "ok" for value in state.values())
    if healthy and stamps:
        state["log_timestamps"] = "late" if late else "ok"
    return JsonResponse({"status": "ok" if healthy else "unhealthy", **state}, status=200 if healthy else 503)


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """For the machine that sends requests here: 200 while this process reaches the database, else 503. A late job is no
    reason to take the web away."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unhealthy"}, status=503)
    return JsonResponse({"status": "ok"})


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """What this person can do here, by role: each app says its part through `desk_items(user)`."""
    items = []
    for label in ORDER:
        name = f"{apps.get_app_config(label).name}.desk"
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            continue
        items += module.desk_items(request.user)
    sections: dict[str, list] = {}
    for item in sorted(items, key=lambda item: item.order):
        sections.setdefault(str(item.section), []).append(item)
    waiting = [item for item in items if item.primary and item.count]
    context = {"sections": sections, "waiting": waiting, "is_long": len(items) > LONG}
    return render(request, "lms/desk.html", context)


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponse:
    """Images of pages, in the embedded default. Documents go through Wagtail's own permission-checked view."""
    if not name.startswith(("images/", "original_images/")) or ".." in name:
        raise Http404
    try:
        response = FileResponse(default_storage.open(name))
    except OSError:  # no such file, or a folder
        raise Http404 from None
    response["Cache-Control"] = "public, max-age=86400"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception=None) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception=None) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the base template's context: whatever broke may break it too."""
    return render(request, "500.html", {"settings": settings}, status=500)
