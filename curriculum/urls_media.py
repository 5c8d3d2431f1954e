from django.urls import path

from .views import media

urlpatterns = [
    path("lesson-media/<int:pk>/", media.play, name="lesson_media"),
    path("lesson-media/<int:pk>/page/", media.page, name="document_page"),
]
