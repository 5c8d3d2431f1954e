"""What a course can begin with: manuscripts (bringing one, looking, making the lessons) and shipped cases."""

from django.urls import path

from .views import case_templates, manuscripts

urlpatterns = [
    path("authoring/courses/<int:pk>/case-templates/", case_templates.index, name="case_templates"),
    path("authoring/courses/<int:pk>/manuscripts/", manuscripts.index, name="manuscript_list"),
    path("authoring/manuscripts/sample.<str:kind>", manuscripts.sample_file, name="manuscript_sample"),
    path("authoring/manuscripts/<uuid:uuid>/", manuscripts.detail, name="manuscript_page"),
    path("authoring/manuscripts/<uuid:uuid>/split/", manuscripts.split, name="manuscript_split"),
    path("authoring/manuscripts/<uuid:uuid>/drop/", manuscripts.drop, name="manuscript_drop"),
    path("authoring/manuscripts/<uuid:uuid>/pictures/<str:key>/", manuscripts.picture, name="manuscript_picture"),
]
