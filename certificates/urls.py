from django.urls import path

from .views import awards, certificates, files, notices, public

urlpatterns = [
    path("awards/candidates/", awards.candidates, name="award_candidates"),
    path("awards/propose/<uuid:enrolment>/", awards.propose, name="award_propose"),
    path("awards/", awards.inbox, name="award_inbox"),
    path("awards/<uuid:uuid>/", awards.detail, name="award_detail"),
    path("awards/<uuid:uuid>/confirm/", awards.confirm, name="award_confirm"),
    path("awards/<uuid:uuid>/refuse/", awards.refuse, name="award_refuse"),
    path("awards/<uuid:uuid>/withdraw/", awards.withdraw, name="award_withdraw"),
    path("learn/<uuid:enrolment>/progress/", awards.progress, name="progress"),
    path("certificates/", certificates.mine, name="certificate_list"),
    path("certificates/register/", certificates.register, name="certificate_register"),
    path("certificates/to-look-at/", notices.index, name="certificate_notices"),
    path("certificates/to-look-at/<uuid:uuid>/", notices.detail, name="certificate_notice"),
    path("certificates/<uuid:uuid>/", certificates.detail, name="certificate_detail"),
    path("certificates/<uuid:uuid>/certificate.pdf", certificates.pdf, name="certificate_pdf"),
    path("certificates/<uuid:uuid>/credential.json", certificates.credential_json, name="certificate_json"),
    path("certificates/<uuid:uuid>/badge.png", certificates.badge, {"kind": "png"}, name="certificate_png"),
    path("certificates/<uuid:uuid>/badge.svg", certificates.badge, {"kind": "svg"}, name="certificate_svg"),
    path("certificates/<uuid:uuid>/status/", certificates.change_status, name="certificate_status"),
    path("verify/", public.verify, name="verify"),
    path("verify.json", public.verify_json, name="verify_json"),
    path("verify/file/", files.verify_upload, name="verify_file"),
    path("verify/file.json", files.verify_upload_json, name="verify_file_json"),
    path("v/<slug:token>/", public.verify_link, name="verify_link"),
    path("v/<slug:token>.json", public.verify_link_json, name="verify_link_json"),
    path("issuers/", public.issuers, name="issuers"),
    path("status/<int:number>/", public.status_list, name="status_list"),
    path(".well-known/did.json", public.did_document, name="did_document"),
]
