from django.urls import path

from . import views

urlpatterns = [
    path("people/me/", views.profile, name="profile"),
    path("people/terms/", views.terms, name="terms"),
    path("people/consents/<slug:kind>/give/", views.consent_give, name="consent_give"),
    path("people/consents/<slug:kind>/withdraw/", views.consent_withdraw, name="consent_withdraw"),
    path("people/organisations/", views.organisation_list, name="organisation_list"),
    path("people/organisations/new/", views.organisation_create, name="organisation_create"),
    path("people/organisations/<uuid:uuid>/", views.organisation_detail, name="organisation_detail"),
    path("people/organisations/<uuid:uuid>/edit/", views.organisation_edit, name="organisation_edit"),
    path("people/organisations/<uuid:uuid>/roles/new/", views.membership_add, name="membership_add"),
    path("people/roles/<uuid:uuid>/end/", views.membership_end, name="membership_end"),
    path("audit/", views.audit_log, name="audit_log"),
]
