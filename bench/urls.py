"""The product's addresses and one view that does nothing, to see what the middleware costs."""

from django.http import HttpResponse
from django.urls import path

from lms.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401  (Django looks for them)

urlpatterns = [path("bench/nothing/", lambda request: HttpResponse("ok"), name="bench_nothing"), *urlpatterns]
