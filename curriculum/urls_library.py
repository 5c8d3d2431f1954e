"""The glossary, and the review tasks that come from the library of statutes."""

from django.urls import path

from .views import glossary, tasks

urlpatterns = [
    path("glossary/", glossary.index, name="glossary"),
    path("review-tasks/", tasks.index, name="review_task_list"),
    path("review-tasks/rules/", tasks.rules, name="content_rules"),
    path("review-tasks/<uuid:uuid>/", tasks.close, name="review_task_close"),
]
