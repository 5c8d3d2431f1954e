"""The product's addresses, one view that does nothing, to see what the middleware costs, and the gradebook without its memory."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path

from assessments.views import gradebook
from lms.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401  (Django looks for them)


def gradebook_anew(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page as somebody gets it who comes after a change to one trainee, or as the first ever (`?first`)."""
    gradebook.drawn_rows.cache_clear()
    if "first" in request.GET:
        gradebook.drawn_row_by_row.clear()
    elif gradebook.drawn_row_by_row:
        gradebook.drawn_row_by_row.popitem()
    return gradebook.detail(request, uuid)


urlpatterns = [
    path("bench/nothing/", lambda request: HttpResponse("ok"), name="bench_nothing"),
    path("bench/gradebook/<uuid:uuid>/", gradebook_anew, name="bench_gradebook"),
    *urlpatterns,
]
