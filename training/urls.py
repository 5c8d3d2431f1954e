from django.urls import path

from .views import admissions, catalogue, cohorts, hours, learn, lesson, scorm, sessions, trainees

urlpatterns = [
    path("learn/", learn.dashboard, name="learn"),
    path("learn/cohorts/", catalogue.catalogue, name="cohort_catalogue"),
    path("learn/cohorts/<uuid:uuid>/enrol/", catalogue.enrol, name="cohort_enrol"),
    path("learn/<uuid:uuid>/", learn.detail, name="enrolment_detail"),
    path("learn/<uuid:uuid>/withdraw/", learn.withdraw, name="enrolment_withdraw"),
    path("learn/<uuid:uuid>/hours/", hours.ledger, name="hours_ledger"),
    path("learn/<uuid:uuid>/hours.csv", hours.ledger_csv, name="hours_ledger_csv"),
    path("learn/<uuid:uuid>/lessons/<uuid:item>/", lesson.read, name="lesson"),
    path("learn/<uuid:uuid>/lessons/<uuid:item>/beat/", lesson.beat, name="lesson_beat"),
    path("learn/<uuid:uuid>/lessons/<uuid:item>/scorm/", scorm.commit, name="lesson_scorm"),
    path("cohorts/", cohorts.index, name="cohort_list"),
    path("cohorts/new/", cohorts.create, name="cohort_create"),
    path("cohorts/<uuid:uuid>/", cohorts.detail, name="cohort_detail"),
    path("cohorts/<uuid:uuid>/edit/", cohorts.edit, name="cohort_edit"),
    path("cohorts/<uuid:uuid>/open/", cohorts.open_cohort, name="cohort_open"),
    path("cohorts/<uuid:uuid>/close/", cohorts.close, name="cohort_close"),
    path("cohorts/<uuid:uuid>/cancel/", cohorts.cancel, name="cohort_cancel"),
    path("cohorts/<uuid:uuid>/trainees/", trainees.add, name="cohort_add_trainees"),
    path("cohorts/<uuid:uuid>/roster.<str:kind>", trainees.roster, name="roster_export"),
    path("cohorts/<uuid:uuid>/sessions/new/", sessions.create, name="session_create"),
    path("cohorts/sessions/<uuid:uuid>/", sessions.attendance, name="session_attendance"),
    path("cohorts/trainees/<uuid:uuid>/withdraw/", trainees.withdraw, name="trainee_withdraw"),
    path("cohorts/trainees/<uuid:uuid>/take-back/", trainees.take_back, name="trainee_take_back"),
    path("cohorts/admissions/<uuid:uuid>/", admissions.admit, name="admission_admit"),
    path("cohorts/trainees/<uuid:uuid>/admission/", admissions.detail, name="admission_detail"),
    path("cohorts/records/<uuid:uuid>/reverse/", hours.reverse, name="record_reverse"),
]
