"""Consents towards employers: the holder's page, the employer's list of them with the news, and the team table."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from lms.lib.errors import WrongState
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate
from lms.lib.workbook import workbook_response

from ..api.callers import number_allowed
from ..consent_forms import AnswerConsentForm, AskConsentForm
from ..list_answers import state_label
from ..models import Certificate, ConsentNews, EmployerConsent, EmployerTerms
from ..permissions import user_can_share
from ..team_table import Table, held_on, table
from ..verification import verify_by_number
from .answers import NUMBER
from .employers import get_employer_for

TONES = {"asked": "info", "agreed": "ok", "declined": "muted", "withdrawn": "muted", "ended": "muted", "moved": "muted"}


# --- The holder -----------------------------------------------------------------------------------------------------


def _certificate_for(user, uuid: UUID) -> Certificate:
    certificate = get_object_or_404(Certificate.objects.select_related("organisation"), uuid=uuid)
    if not user_can_share(user, certificate):
        raise Http404
    return certificate


def _consent_for(user, uuid: UUID) -> EmployerConsent:
    consent = get_object_or_404(EmployerConsent.objects.select_related("certificate", "organisation", "follows"), uuid=uuid)
    if not user_can_share(user, consent.certificate):
        raise Http404
    return consent


@login_required
@never_cache
@require_safe
def consent_list(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Which employers asked, what they may know, and what they were told."""
    certificate = _certificate_for(request.user, uuid)
    consents = certificate.employer_consents.select_related("organisation", "follows__certificate").prefetch_related("news")
    page = paginate(request, consents)
    for consent in page.object_list:
        consent.tone = TONES[consent.status]
    return render(request, "certificates/consent_list.html", {"certificate": certificate, "page": page})


@login_required
@require_POST
def consent_answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Agree to what is ticked, or say no. Nothing ticked beside a yes is no answer."""
    consent = _consent_for(request.user, uuid)
    form = AnswerConsentForm(request.POST)
    form.is_valid()
    if request.POST.get("answer") == "yes" and not any(form.cleaned_data.values()):
        messages.error(request, _("Tick what you agree to, or say no."))
        return redirect("certificate_consents", consent.certificate.uuid)
    yes = form.cleaned_data if request.POST.get("answer") == "yes" else {"alerts": False, "team": False}
    consent.answer(alerts=yes["alerts"], team=yes["team"], by=request.user, at=now())
    agreed = consent.status == EmployerConsent.Status.AGREED
    messages.success(request, _("You agreed. You can take it back here at any time.") if agreed else _("You said no."))
    return redirect("certificate_consents", consent.certificate.uuid)


@login_required
@require_POST
def consent_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    consent = _consent_for(request.user, uuid)
    consent.withdraw(by=request.user, at=now())
    messages.success(request, _("Taken back. The employer is told nothing more and no longer sees it."))
    return redirect("certificate_consents", consent.certificate.uuid)


# --- The employer ---------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def employer_consents(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The employer's questions with their answers and the news; POST asks a holder by number and full name."""
    employer, at, status = get_employer_for(request.user, uuid), now(), 200
    form = AskConsentForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid() and _ask(request, form, employer, at=at):
            messages.success(request, _("The holder was asked. The answer will stand here."))
            return redirect("employer_consents", employer.uuid)
        status = 422
    consents = EmployerConsent.objects.filter(organisation=employer)
    consents = consents.select_related("certificate__replaced_by", "asked_by", "follows__certificate")
    if request.GET.get("format") == "csv":
        return csv_response("consents.csv", _headings(), (_cells(consent) for consent in consents.iterator()))
    page = paginate(request, consents)
    today = timezone.localdate(at)
    open_ones = EmployerConsent.objects.filter(organisation=employer, status__in=EmployerConsent.OPEN)
    asked_of = set(open_ones.values_list("certificate", flat=True))
    for consent in page.object_list:
        consent.tone = TONES[consent.status]
        told = consent.status == EmployerConsent.Status.AGREED
        consent.state = consent.certificate.state_on(today) if told else ""
        consent.follows_on = consent.can_follow() and consent.certificate.replaced_by.pk not in asked_of
    news = ConsentNews.objects.filter(consent__in=EmployerConsent.objects.alerts().filter(organisation=employer))
    context = {"employer": employer, "form": form, "page": page, "news": news.select_related("consent__certificate")[:20]}
    return render(request, "certificates/employer_consents.html", context, status=status)


def _ask(request: HttpRequest, form: AskConsentForm, employer: Organisation, *, at) -> bool:
    """Ask the holder. A miss, a too frequent try and a question that may not be asked stand on the form."""
    data, terms = form.cleaned_data, EmployerTerms.objects.at(at)
    if not NUMBER.allows(request) or not number_allowed(employer.pk, data["number"], terms.tries_per_number):
        form.add_error(None, _("Too many tries in a short time. Please wait and try again."))
        return False
    verdict = verify_by_number(data["number"], data["name"], at=at, organisation=employer)
    if verdict.kind != "certificate":
        form.add_error(None, _("No certificate was found for these details."))
        return False
    certificate = Certificate.objects.get(number=verdict.number)
    try:
        EmployerConsent.ask(certificate, employer, alerts=data["alerts"], team=data["team"], by=request.user, at=at)
    except WrongState as error:
        form.add_error(None, error.message)
        return False
    return True


def _headings() -> list[str]:
    return [
        _("Certificate number"), _("Holder"), _("State changes"), _("Team table"), pgettext("consent", "Stands"), _("Asked"),
        _("Answered"),
    ]  # fmt: skip


def _cells(consent: EmployerConsent) -> list:
    return [
        consent.shown_certificate.number, consent.shown_certificate.holder_name, _("yes") if consent.alerts else "",
        _("yes") if consent.team else "", consent.get_status_display(), f"{localtime(consent.asked_at):%Y-%m-%d}",
        f"{localtime(consent.answered_at):%Y-%m-%d}" if consent.answered_at else "",
    ]  # fmt: skip


@login_required
@require_POST
def employer_consent_end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    consent = get_object_or_404(EmployerConsent.objects.select_related("organisation"), uuid=uuid)
    employer = get_employer_for(request.user, consent.organisation.uuid)
    consent.end(by=request.user, at=now())
    messages.success(request, _("Ended. You are told nothing more about this certificate."))
    return redirect("employer_consents", employer.uuid)


@login_required
@require_POST
def employer_consent_follow(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask the holder to let the consent follow to the certificate that came after this one."""
    found = EmployerConsent.objects.select_related("organisation", "certificate__replaced_by")
    consent = get_object_or_404(found, uuid=uuid)
    employer = get_employer_for(request.user, consent.organisation.uuid)
    consent.follow(by=request.user, at=now())
    messages.success(request, _("The holder was asked. Until the answer everything stays as it is."))
    return redirect("employer_consents", employer.uuid)


@login_required
@never_cache
@require_safe
def team(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """People who agreed, by competence, with levels and validity; as a table, CSV or Excel."""
    employer, today = get_employer_for(request.user, uuid), timezone.localdate()
    consents = EmployerConsent.objects.team().filter(organisation=employer).select_related("certificate")
    found = [(c.certificate.holder_id, c.certificate.holder_name, held_on(c.certificate, today)) for c in consents]
    level = request.GET.get("level", "")
    levels = {held.level["code"]: local(held.level, "title") for _key, _name, held in found}
    if level in levels:
        found = [one for one in found if one[2].level["code"] == level]
    made = table(found)
    kind = request.GET.get("format")
    if kind == "csv":
        head, *lines = _lines(made)
        return csv_response("team.csv", head, lines)
    if kind == "xlsx":
        return workbook_response("team.xlsx", [(_("Team table"), _lines(made))])
    rows = [
        {"person": person, "held": [(held, state_label(held.state)) for held in person.held], "cells": cells}
        for person, cells in made.rows()
    ]
    totals = [made.totals[column["code"]] for column in made.columns]
    context = {
        "employer": employer, "columns": made.columns, "rows": rows, "totals": totals, "levels": levels, "level": level,
    }  # fmt: skip
    return render(request, "certificates/team_table.html", context)


def _lines(made: Table) -> list[list[str]]:
    head = [pgettext("of a person", "Name"), _("Certificates"), _("State"), _("Valid until")]
    lines = [head + [local(column, "title") for column in made.columns]]
    words = {"excellent": _("excellent"), "good": _("good"), "reached": _("reached"), "": ""}
    for person, cells in made.rows():
        lines.append([
            person.name,
            "; ".join(f"{local(held.level, 'title')} {held.number}" for held in person.held),
            "; ".join(state_label(held.state) for held in person.held),
            "; ".join(held.valid_until.isoformat() if held.valid_until else _("no end date") for held in person.held),
            *(words.get(cell, cell) for cell in cells),
        ])  # fmt: skip
    return lines
