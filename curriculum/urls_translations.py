"""Addresses of translations: the list, one course, one page, exchange with other programs."""

from django.urls import path

from .views import translation_exchange, translations

urlpatterns = [
    path("translations/", translations.index, name="translation_list"),
    path("translations/<int:page>/", translations.edit, name="translation_edit"),
    path("translations/<int:page>/segments/<int:pk>/", translations.segment, name="translation_segment"),
    path("translations/<int:page>/review/", translations.review, name="translation_review"),
    path("authoring/courses/<int:pk>/translation/", translations.course, name="translation_course"),
    path("authoring/courses/<int:pk>/translation/begin/", translations.course_begin, name="translation_begin"),
    path("authoring/courses/<int:pk>/translation/course.xlf", translation_exchange.export, name="translation_export"),
    path("authoring/courses/<int:pk>/translation/import/", translation_exchange.bring, name="translation_import"),
]
