"""Every address of the product. Apps bring their own; Wagtail's pages come last."""

from django.conf import settings
from django.urls import include, path
from django.views.i18n import set_language
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from lms.lib.csrf import csrf_for_members
from lms.lib.routes import by_first_part

from . import job_list, search_page, views

APPS = ["accounts", "curriculum", "training", "assessments", "certificates"]

urlpatterns = [
    path("health/", views.health, name="health"),
    path("health/ready/", views.ready, name="ready"),
    path("robots.txt", views.robots, name="robots"),
    path("desk/", views.desk, name="desk"),
    path("search/", search_page.search_page, name="search"),
    path("jobs/", job_list.job_list, name="job_list"),
    path("jobs/<int:pk>/retry/", job_list.job_retry, name="job_retry"),
    path("i18n/setlang/", csrf_for_members(set_language), name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path(settings.MEDIA_URL.lstrip("/") + "<path:name>", views.media, name="media"),
    *by_first_part(path("", include(f"{app}.urls")) for app in APPS),
    path("", include(wagtail_urls)),
]

handler400 = "lms.views.bad_request"
handler403 = "lms.views.permission_denied"
handler404 = "lms.views.page_not_found"
handler500 = "lms.views.server_error"
