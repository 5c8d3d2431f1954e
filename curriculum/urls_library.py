"""The glossary, the review tasks that come from the library of statutes, days of publication and the calendar."""

from django.urls import path

from .views import calendar, glossary, reviews, tasks

urlpatterns = [
    path("glossary/", glossary.index, name="glossary"),
    path("reviews/<uuid:uuid>/plan/", reviews.plan, name="review_plan"),
    path("authoring/calendar/", calendar.month, name="content_calendar"),
    path("authoring/calendar/address/", calendar.address, name="calendar_address"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
    path("review-tasks/", tasks.index, name="review_task_list"),
    path("review-tasks/rules/", tasks.rules, name="content_rules"),
    path("review-tasks/<uuid:uuid>/", tasks.close, name="review_task_close"),
]
