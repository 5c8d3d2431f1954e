"""The ceiling: one Django view that answers "ok", no middleware, no database. A WSGI application of its own."""

from django.conf import settings

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="not-a-secret", USE_TZ=True, MIDDLEWARE=[])

from django.core.wsgi import get_wsgi_application  # noqa: E402  (settings come first)
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

urlpatterns = [path("", lambda request: HttpResponse("ok", headers={"Content-Length": "2"}))]
application = get_wsgi_application()
