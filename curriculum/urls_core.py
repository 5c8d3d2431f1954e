from django.urls import path

from .views import core, core_requests, core_review, course_core

urlpatterns = [
    path("core/", core.home, name="core_home"),
    path("core/levels/<int:pk>/open/", core.open_level, name="core_open_level"),
    path("core/pages/<int:pk>/", core.page, name="core_page"),
    path("core/pages/<int:pk>/submit/", core_review.submit, name="core_submit"),
    path("core/reviews/<uuid:uuid>/", core_review.detail, name="core_review"),
    path("core/reviews/<uuid:uuid>/page/", core_review.preview, name="core_review_preview"),
    path("core/reviews/<uuid:uuid>/approve/", core_review.approve, name="core_review_approve"),
    path("core/reviews/<uuid:uuid>/return/", core_review.return_to_author, name="core_review_return"),
    path("core/reviews/<uuid:uuid>/withdraw/", core_review.withdraw, name="core_review_withdraw"),
    path("core/releases/<uuid:uuid>/", core.release, name="core_release"),
    path("core/releases/<uuid:uuid>/changes/", core.release_changes, name="core_release_changes"),
    path("core/releases/<uuid:uuid>/ask/", core_requests.send, name="core_request_send"),
    path("core/requests/", core_requests.index, name="core_request_list"),
    path("core/requests/<uuid:uuid>/", core_requests.detail, name="core_request"),
    path("core/usage/", core.usage, name="core_usage"),
    path("authoring/courses/<int:pk>/contents/", course_core.contents, name="course_contents"),
    path("authoring/courses/<int:pk>/core/<uuid:uuid>/", course_core.offer, name="course_core_offer"),
    path("authoring/courses/<int:pk>/core/<uuid:uuid>/add/", course_core.add, name="course_core_add"),
    path("authoring/courses/<int:pk>/core/<uuid:uuid>/accept/", course_core.accept, name="course_core_accept"),
    path("authoring/courses/<int:pk>/core/<uuid:uuid>/decline/", course_core.decline, name="course_core_decline"),
]
