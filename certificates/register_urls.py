"""The addresses of the public register."""

from django.urls import path

from .views import register, register_reports

urlpatterns = [
    path("people/register/", register.search, name="register_search"),
    path("people/register/mine/", register.mine, name="register_mine"),
    path("people/register/mine/hide/", register.hide, name="register_hide"),
    path("people/register/contact/<uuid:uuid>/", register.contact, name="register_contact"),
    path("people/register/<uuid:uuid>/report/", register_reports.report, name="register_report"),
    path("people/register/<uuid:uuid>/", register.entry, name="register_entry"),
    path("certificates/register-reports/", register_reports.index, name="register_reports"),
    path("certificates/register-reports/<uuid:uuid>/", register_reports.case, name="register_case"),
    path("employer/<uuid:uuid>/contacts/", register.contacts, name="contact_list"),
]
