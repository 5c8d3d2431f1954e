"""Addresses of editions: reading, comparing, walking, export and import."""

from django.urls import path

from .views import compare, editions, errata, imports, walk

urlpatterns = [
    path("authoring/courses/<int:pk>/compare/", compare.draft, name="course_compare"),
    path("authoring/courses/<int:pk>/walk/", walk.draft, name="course_walk"),
    path("authoring/courses/<int:pk>/walk/<int:place>/", walk.draft, name="course_walk_page"),
    path("authoring/imports/", imports.index, name="edition_import_list"),
    path("authoring/imports/<uuid:uuid>/", imports.detail, name="edition_import_page"),
    path("authoring/imports/<uuid:uuid>/check/", imports.check, name="edition_import_check"),
    path("authoring/imports/<uuid:uuid>/run/", imports.run, name="edition_import_run"),
    path("authoring/imports/<uuid:uuid>/drop/", imports.drop, name="edition_import_drop"),
    path("reviews/<uuid:uuid>/compare/", compare.review, name="review_compare"),
    path("reviews/<uuid:uuid>/walk/", walk.review, name="review_walk"),
    path("reviews/<uuid:uuid>/walk/<int:place>/", walk.review, name="review_walk_page"),
    path("editions/<uuid:uuid>/", editions.detail, name="edition_detail"),
    path("editions/<uuid:uuid>/edition.json", editions.download, name="edition_json"),
    path("editions/<uuid:uuid>/edition.zip", editions.package, name="edition_zip"),
    path("editions/<uuid:uuid>/compare/", compare.editions, name="edition_compare"),
    path("editions/<uuid:uuid>/walk/", walk.edition, name="edition_walk"),
    path("editions/<uuid:uuid>/walk/<int:place>/", walk.edition, name="edition_walk_page"),
    path("editions/<uuid:uuid>/items/<uuid:item>/", editions.item_preview, name="edition_item_preview"),
    path("editions/<uuid:uuid>/errata/new/", errata.propose, name="erratum_propose"),
    path("errata/", errata.index, name="erratum_list"),
    path("errata/<uuid:uuid>/", errata.detail, name="erratum_detail"),
    path("errata/<uuid:uuid>/impact.json", errata.impact_list, name="erratum_impact"),
    path("errata/<uuid:uuid>/sign/", errata.sign, name="erratum_sign"),
    path("errata/<uuid:uuid>/refuse/", errata.refuse, name="erratum_refuse"),
    path("errata/<uuid:uuid>/withdraw/", errata.withdraw, name="erratum_withdraw"),
]
