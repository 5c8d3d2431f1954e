"""The addresses of a certificate's life after issue."""

from django.urls import path

from .views import cpd, renewals

urlpatterns = [
    path("certificates/validity/", cpd.terms, name="validity_terms"),
    path("certificates/cpd/", cpd.index, name="cpd_list"),
    path("certificates/cpd/reminders/", cpd.reminders, name="cpd_reminders"),
    path("certificates/cpd/<uuid:uuid>/", cpd.entry, name="cpd_entry"),
    path("certificates/cpd/<uuid:uuid>/evidence/", cpd.evidence, name="cpd_evidence"),
    path("certificates/<uuid:uuid>/cpd/", cpd.overview, name="cpd"),
    path("certificates/<uuid:uuid>/cpd/add/", cpd.add, name="cpd_add"),
    path("certificates/<uuid:uuid>/renew/", renewals.apply, name="renewal_apply"),
    path("certificates/renewals/", renewals.index, name="renewal_list"),
    path("certificates/renewals/<uuid:uuid>/", renewals.detail, name="renewal"),
    path("certificates/renewals/<uuid:uuid>/decide/", renewals.decide, name="renewal_decide"),
    path("certificates/<uuid:uuid>/leave/", cpd.leave, name="leave_grant"),
]
