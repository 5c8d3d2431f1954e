from django.urls import path

from .views import case_bank, demand_inbox, demands

urlpatterns = [
    path("demands/", demands.index, name="demand_list"),
    path("demands/new/", demands.create, name="demand_create"),
    path("demands/inbox/", demand_inbox.inbox, name="demand_inbox"),
    path("demands/files/<uuid:uuid>/", demands.file, name="demand_file"),
    path("demands/files/<uuid:uuid>/remove/", demands.file_remove, name="demand_file_remove"),
    path("demands/approvals/<uuid:uuid>/", demands.approve, name="demand_approve"),
    path("demands/approvals/<uuid:uuid>/case/", demands.case_preview, name="demand_case_preview"),
    path("demands/cases/<uuid:uuid>/ask/", demand_inbox.ask_approval, name="demand_ask_approval"),
    path("demands/<uuid:uuid>/", demands.detail, name="demand_detail"),
    path("demands/<uuid:uuid>/edit/", demands.edit, name="demand_edit"),
    path("demands/<uuid:uuid>/send/", demands.send, name="demand_send"),
    path("demands/<uuid:uuid>/discard/", demands.discard, name="demand_discard"),
    path("demands/<uuid:uuid>/withdraw/", demands.withdraw, name="demand_withdraw"),
    path("demands/<uuid:uuid>/answer/<slug:base>/", demands.answer, name="demand_answer"),
    path("demands/<uuid:uuid>/take/", demand_inbox.claim, name="demand_take"),
    path("demands/<uuid:uuid>/give-back/", demand_inbox.give_back, name="demand_give_back"),
    path("demands/<uuid:uuid>/ask/", demand_inbox.ask, name="demand_ask"),
    path("demands/<uuid:uuid>/contact/", demand_inbox.contact, name="demand_contact"),
    path("demands/<uuid:uuid>/case/", demand_inbox.to_case, name="demand_to_case"),
    path("case-bank/", case_bank.index, name="case_bank"),
    path("case-bank/<int:pk>/", case_bank.case, name="bank_case"),
    path("case-bank/<int:pk>/share/", case_bank.share, name="bank_share"),
    path("case-bank/<int:pk>/take/", case_bank.take_case, name="bank_take"),
    path("case-bank/<int:pk>/retire/", case_bank.retire, name="bank_retire"),
    path("case-bank/<int:pk>/leak/", case_bank.leak, name="bank_leak"),
    path("case-bank/leaks/<uuid:uuid>/clear/", case_bank.clear, name="bank_clear"),
]
