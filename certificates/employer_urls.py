"""The addresses for employers and their software: desk, API, receipts."""

from django.urls import include, path

from .api.v1 import addresses as api_addresses
from .api.v1 import openapi
from .vcapi import views as vcapi
from .views import check_lists, consents, employers, receipts

urlpatterns = [
    path("verify/receipt/", receipts.make, name="receipt_make"),
    path("verify/receipt/check/", receipts.check, name="receipt_check"),
    path(".well-known/receipt-keys.json", receipts.keys, name="receipt_keys"),
    path("employer/", employers.home, name="employer_home"),
    path("employer/terms/", employers.terms, name="employer_terms"),
    path("employer/lists/<uuid:uuid>/", check_lists.detail, name="check_list"),
    path("employer/lists/<uuid:uuid>/result.<slug:kind>", check_lists.result, name="check_list_result"),
    path("employer/lists/<uuid:uuid>/delete/", check_lists.delete, name="check_list_delete"),
    path("employer/lists/template.<slug:kind>", check_lists.template, name="check_list_template"),
    path("employer/keys/<uuid:uuid>/withdraw/", employers.key_withdraw, name="api_key_withdraw"),
    path("employer/<uuid:uuid>/", employers.desk, name="employer_desk"),
    path("employer/<uuid:uuid>/keys/", employers.keys, name="api_key_list"),
    path("employer/<uuid:uuid>/lists/", check_lists.index, name="check_list_list"),
    path("employer/<uuid:uuid>/consents/", consents.employer_consents, name="employer_consents"),
    path("employer/<uuid:uuid>/team/", consents.team, name="employer_team"),
    path("employer/consents/<uuid:uuid>/end/", consents.employer_consent_end, name="employer_consent_end"),
    path("employer/consents/<uuid:uuid>/follow/", consents.employer_consent_follow, name="employer_consent_follow"),
    path("certificates/<uuid:uuid>/consents/", consents.consent_list, name="certificate_consents"),
    path("certificates/consents/<uuid:uuid>/answer/", consents.consent_answer, name="certificate_consent_answer"),
    path("certificates/consents/<uuid:uuid>/withdraw/", consents.consent_withdraw, name="certificate_consent_withdraw"),
    path("credentials/verify", vcapi.verify, name="vc_verify"),
    path("credentials/issue", vcapi.issue, name="vc_issue"),
    path("presentations/verify", vcapi.verify_presentation, name="vc_presentation"),
    path("developers/", employers.developers, name="developers"),
    path("api/v1/", include(api_addresses)),
    path("api/v1/openapi.json", openapi, name="api_openapi"),
]
