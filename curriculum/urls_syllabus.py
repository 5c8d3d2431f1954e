"""Addresses of the syllabus: public pages, and the authority's desk below `manage/` (names that `RESERVED` keeps free)."""

from django.urls import path

from .views import syllabus, syllabus_drafts, syllabus_files, syllabus_lists, syllabus_rows

urlpatterns = [
    path("syllabus/", syllabus.index, name="syllabus_list"),
    path("syllabus/manage/", syllabus_lists.desk, name="syllabus_desk"),
    path("syllabus/manage/standards/", syllabus_lists.standards, name="syllabus_standards"),
    path("syllabus/manage/standards/new/", syllabus_drafts.standard_create, name="syllabus_found"),
    path("syllabus/manage/standards/<slug:slug>/", syllabus_drafts.standard_edit, name="syllabus_standard"),
    path("syllabus/manage/standards/<slug:slug>/draft/", syllabus_drafts.start, name="syllabus_draft_start"),
    path("syllabus/manage/<slug:slug>/", syllabus_drafts.draft, name="syllabus_draft"),
    path("syllabus/manage/<slug:slug>/copy/", syllabus_drafts.copy, name="syllabus_draft_copy"),
    path("syllabus/manage/<slug:slug>/details/", syllabus_drafts.details, name="syllabus_details"),
    path("syllabus/manage/<slug:slug>/levels/<slug:code>/", syllabus_rows.level, name="syllabus_draft_level"),
    path("syllabus/manage/<slug:slug>/hours/", syllabus_rows.hours, name="syllabus_draft_hours"),
    path("syllabus/manage/<slug:slug>/add/<slug:kind>/", syllabus_rows.add, name="syllabus_row_add"),
    path("syllabus/manage/<slug:slug>/rows/<slug:kind>/<int:pk>/", syllabus_rows.edit, name="syllabus_row_edit"),
    path("syllabus/manage/<slug:slug>/rows/<slug:kind>/<int:pk>/delete/", syllabus_rows.remove, name="syllabus_row_delete"),
    path("syllabus/manage/<slug:slug>/import/", syllabus_files.upload, name="syllabus_import"),
    path("syllabus/manage/<slug:slug>/import/<uuid:uuid>/", syllabus_files.preview, name="syllabus_preview"),
    path("syllabus/manage/<slug:slug>/in-force/", syllabus_drafts.in_force, name="syllabus_in_force"),
    path("syllabus/manage/<slug:slug>/call-off/", syllabus_drafts.call_off, name="syllabus_call_off"),
    path("syllabus/manage/<slug:slug>/discard/", syllabus_drafts.discard, name="syllabus_discard"),
    path("syllabus/<slug:slug>/export/<slug:kind>/", syllabus_files.export, name="syllabus_export"),
    path("syllabus/<slug:slug>/", syllabus.detail, name="syllabus_detail"),
    path("syllabus/<slug:slug>/diff/<slug:other>/", syllabus.changes, name="syllabus_diff"),
    path("syllabus/<slug:slug>/diff/<slug:other>/changes.csv", syllabus.changes_csv, name="syllabus_diff_csv"),
    path("syllabus/<slug:slug>/<slug:code>/", syllabus.level, name="syllabus_level"),
]
