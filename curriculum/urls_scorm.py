from django.urls import path

from .scorm_serving import scorm_file
from .views import scorm

urlpatterns = [
    path("authoring/scorm/", scorm.index, name="scorm_list"),
    path("authoring/scorm/<uuid:uuid>/delete/", scorm.delete, name="scorm_delete"),
    path("scorm/<str:token>/<path:name>", scorm_file, name="scorm_file"),
]
