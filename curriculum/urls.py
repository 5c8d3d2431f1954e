from django.urls import path
from wagtail.views import serve

from . import (
    urls_core,
    urls_coverage,
    urls_demands,
    urls_editions,
    urls_library,
    urls_manuscripts,
    urls_media,
    urls_scorm,
    urls_standards,
    urls_syllabus,
    urls_translations,
)
from .views import authoring, reviews

urlpatterns = [
    *urls_core.urlpatterns,
    *urls_coverage.urlpatterns,
    *urls_demands.urlpatterns,
    *urls_editions.urlpatterns,
    *urls_library.urlpatterns,
    *urls_manuscripts.urlpatterns,
    *urls_media.urlpatterns,
    *urls_scorm.urlpatterns,
    *urls_standards.urlpatterns,
    *urls_syllabus.urlpatterns,
    *urls_translations.urlpatterns,
    path("", serve, {"path": ""}, name="home"),
    path("authoring/", authoring.home, name="authoring_home"),
    path("authoring/courses/<int:pk>/", authoring.status, name="course_status"),
    path("authoring/courses/<int:pk>/submit/", authoring.submit, name="course_submit"),
    path("authoring/pages/<int:pk>/coverage/", authoring.page_coverage, name="page_coverage"),
    path("reviews/", reviews.index, name="review_list"),
    path("reviews/<uuid:uuid>/", reviews.detail, name="review_detail"),
    path("reviews/<uuid:uuid>/pages/<int:place>/", reviews.preview, name="review_preview"),
    path("reviews/<uuid:uuid>/approve/", reviews.approve, name="review_approve"),
    path("reviews/<uuid:uuid>/return/", reviews.return_to_author, name="review_return"),
    path("reviews/<uuid:uuid>/withdraw/", reviews.withdraw, name="review_withdraw"),
]
