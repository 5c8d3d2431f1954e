from django.urls import path

from .views import gradebook, handin, marking, moderation, play, practice, product, release

urlpatterns = [
    path("practice/<uuid:uuid>/", practice.index, name="practice"),
    path("practice/<uuid:uuid>/<uuid:assignment>/", practice.begin, name="case_begin"),
    path("practice/runs/<uuid:uuid>/", play.play, name="case_play"),
    path("practice/runs/<uuid:uuid>/decide/", play.decide, name="case_decide"),
    path("practice/runs/<uuid:uuid>/debrief/", play.debrief, name="case_debrief"),
    path("practice/runs/<uuid:uuid>/work/", product.start, name="submission_start"),
    path("practice/work/<uuid:uuid>/", product.edit, name="submission_edit"),
    path("practice/work/<uuid:uuid>/autosave/", product.autosave, name="submission_autosave"),
    path("practice/work/<uuid:uuid>/upload/", product.upload, name="submission_upload"),
    path("practice/work/<uuid:uuid>/files/<uuid:file>/", product.file, name="submission_file"),
    path("practice/work/<uuid:uuid>/hand-in/", handin.hand_in, name="submission_hand_in"),
    path("practice/work/<uuid:uuid>/receipt/", handin.receipt, name="submission_receipt"),
    path("practice/work/<uuid:uuid>/result/", handin.result, name="submission_result"),
    path("marking/", marking.queue, name="marking_queue"),
    path("marking/take/", marking.take, name="marking_take"),
    path("marking/sheets/<uuid:uuid>/", marking.sheet, name="marking_sheet"),
    path("marking/sheets/<uuid:uuid>/autosave/", marking.autosave, name="marking_autosave"),
    path("marking/sheets/<uuid:uuid>/give/", marking.give, name="marking_give"),
    path("marking/sheets/<uuid:uuid>/give-back/", marking.give_back, name="marking_give_back"),
    path("marking/sheets/<uuid:uuid>/files/<int:place>/", marking.file, name="marking_file"),
    path("marking/moderation/", moderation.queue, name="moderation_queue"),
    path("marking/moderation/<uuid:uuid>/take/", moderation.take, name="moderation_take"),
    path("marking/release/", release.index, name="release_list"),
    path("marking/release/<uuid:uuid>/", release.release, name="release"),
    path("marking/release/cohorts/<uuid:uuid>/", release.release_cohort, name="release_cohort"),
    path("marking/gradebooks/", gradebook.index, name="gradebook_list"),
    path("marking/gradebooks/<uuid:uuid>/", gradebook.detail, name="gradebook"),
    path("marking/gradebooks/<uuid:uuid>/export.<str:kind>", gradebook.export, name="gradebook_export"),
]
