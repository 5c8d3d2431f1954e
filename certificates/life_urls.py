"""The addresses of a certificate's life after issue."""

from django.urls import path

from .views import cpd, historic, historic_claims, recognition, renewals, shares

urlpatterns = [
    path("certificates/recognition/", recognition.index, name="recognition_list"),
    path("certificates/recognition/apply/", recognition.ask, name="recognition_ask"),
    path("certificates/recognition/agreements/", recognition.agreements, name="recognition_agreements"),
    path("certificates/recognition/agreements/<uuid:uuid>/", recognition.agreement, name="recognition_agreement"),
    path("certificates/recognition/agreements/<uuid:uuid>/decide/", recognition.agreement_decide, name="agreement_decide"),
    path("certificates/recognition/<uuid:uuid>/", recognition.detail, name="recognition"),
    path("certificates/recognition/<uuid:uuid>/decide/", recognition.decide, name="recognition_decide"),
    path("certificates/recognition/<uuid:uuid>/evidence/", recognition.evidence, name="recognition_evidence"),
    path(
        "certificates/recognition/<uuid:uuid>/share/", shares.share_list, {"kind": "recognition"}, name="recognition_share_list"
    ),
    path("certificates/old/", historic.imports, name="historic_imports"),
    path("certificates/old/template.xlsx", historic.template, name="historic_template"),
    path("certificates/old/records/", historic.records, name="historic_records"),
    path("certificates/old/records/<uuid:uuid>/", historic.record, name="historic_record"),
    path("certificates/old/records/<uuid:uuid>/share/", shares.share_list, {"kind": "record"}, name="record_share_list"),
    path("certificates/old/records/<uuid:uuid>/propose/", historic.propose, name="historic_propose"),
    path("certificates/old/imports/<uuid:uuid>/", historic.detail, name="historic_import"),
    path("certificates/old/imports/<uuid:uuid>/faults.csv", historic.faults, name="historic_faults"),
    path("certificates/old/imports/<uuid:uuid>/decide/", historic.decide, name="historic_import_decide"),
    path("certificates/old/changes/<uuid:uuid>/", historic.change, name="historic_change"),
    path("certificates/old/changes/<uuid:uuid>/decide/", historic.change_decide, name="historic_change_decide"),
    path("certificates/old/claim/", historic_claims.ask, name="historic_ask"),
    path("certificates/old/claims/", historic_claims.index, name="historic_claims"),
    path("certificates/old/claims/<uuid:uuid>/", historic_claims.detail, name="historic_claim"),
    path("certificates/old/claims/<uuid:uuid>/decide/", historic_claims.decide, name="historic_claim_decide"),
    path("certificates/old/claims/<uuid:uuid>/evidence/", historic_claims.evidence, name="historic_claim_evidence"),
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
