"""Addresses of manuscripts: bringing one, looking at what it becomes, making the lessons."""

from django.urls import path

from .views import manuscripts

urlpatterns = [
    path("authoring/courses/<int:pk>/manuscripts/", manuscripts.index, name="manuscript_list"),
    path("authoring/manuscripts/sample.<str:kind>", manuscripts.sample_file, name="manuscript_sample"),
    path("authoring/manuscripts/<uuid:uuid>/", manuscripts.detail, name="manuscript_page"),
    path("authoring/manuscripts/<uuid:uuid>/split/", manuscripts.split, name="manuscript_split"),
    path("authoring/manuscripts/<uuid:uuid>/drop/", manuscripts.drop, name="manuscript_drop"),
    path("authoring/manuscripts/<uuid:uuid>/pictures/<str:key>/", manuscripts.picture, name="manuscript_picture"),
]
