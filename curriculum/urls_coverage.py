"""How content covers the syllabus: the matrix of bases, and what a new version changes for a base."""

from django.urls import path

from .views import coverage

urlpatterns = [
    path("coverage/", coverage.index, name="coverage_matrix"),
    path("authoring/new-versions/", coverage.version_news, name="version_news"),
    path("authoring/courses/<int:pk>/realign/", coverage.course_realign, name="course_realign"),
]
