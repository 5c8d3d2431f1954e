"""The desk of a signed-in employer: the way in, API keys with their use, the terms, and the guide for developers."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from assessments.views.terms import terms_page
from lms.lib.listing import paginate

from ..api.callers import calls_on_day
from ..api.problems import CODES
from ..employer_forms import ApiKeyForm, EmployerTermsForm
from ..employer_permissions import employers_of, user_acts_for_employer, user_sets_employer_terms
from ..models import ApiKey, CheckList, ConsentNews, EmployerConsent, EmployerTerms, Scope

USAGE_DAYS = 30


def get_employer_for(user, uuid: UUID) -> Organisation:
    """Return the employer in whose name the person acts; 404 for anyone else."""
    organisation = get_object_or_404(Organisation, uuid=uuid)
    if not user_acts_for_employer(user, organisation):
        raise Http404
    return organisation


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Straight to the one employer, or a choice between several."""
    employers = employers_of(request.user)
    if not employers:
        raise PermissionDenied
    if len(employers) == 1:
        return redirect("employer_desk", employers[0].uuid)
    return render(request, "certificates/employer_choice.html", {"employers": employers})


@login_required
@require_safe
def desk(request: HttpRequest, uuid: UUID) -> HttpResponse:
    employer, at = get_employer_for(request.user, uuid), now()
    own = EmployerConsent.objects.filter(organisation=employer)
    news = ConsentNews.objects.filter(consent__in=own.alerts()).select_related("consent__certificate")
    context = {
        "employer": employer,
        "news": news[:5],
        "agreed": own.filter(status=EmployerConsent.Status.AGREED).count(),
        "lists": CheckList.objects.shown().filter(organisation=employer)[:5],
        "live_keys": ApiKey.objects.live(at).filter(organisation=employer).count(),
        "terms": EmployerTerms.objects.at(at),
        "rows_used": CheckList.objects.rows_since(employer, at - timedelta(days=1)),
    }
    return render(request, "certificates/employer_desk.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The employer's keys with their use; POST makes one and shows it, this once."""
    employer, at, made, status = get_employer_for(request.user, uuid), now(), "", 200
    fresh = {"days": 365, "scopes": [Scope.NUMBER], "request_id": uuid4()}
    form = ApiKeyForm(request.POST or None, initial=fresh)
    if request.method == "POST":
        if form.is_valid():
            _key, made = ApiKey.make(employer, **form.cleaned_data, by=request.user, at=at)
            if not made:
                messages.info(request, _("This key was made already. It is shown only once."))
            form = ApiKeyForm(initial=fresh)
        else:
            status = 422
    terms = EmployerTerms.objects.at(at)
    page = paginate(request, ApiKey.objects.filter(organisation=employer).select_related("created_by"))
    since = at.date() - timedelta(days=USAGE_DAYS)
    earlier = dict(
        ApiKey.objects.filter(pk__in=[key.pk for key in page], usage__day__gte=since, usage__day__lt=at.date())
        .values_list("pk").annotate(n=Sum("usage__calls")).order_by()
    )  # fmt: skip
    rows = []
    for key in page:
        today = min(calls_on_day(key.pk), terms.calls_per_day)
        rows.append({"key": key, "state": key.state_at(at), "today": today, "recent": earlier.get(key.pk, 0) + today})
    context = {"employer": employer, "form": form, "made": made, "page": page, "rows": rows, "terms": terms, "days": USAGE_DAYS}
    return render(request, "certificates/api_key_list.html", context, status=status)


@login_required
@require_POST
def key_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    key = get_object_or_404(ApiKey.objects.select_related("organisation"), uuid=uuid)
    employer = get_employer_for(request.user, key.organisation.uuid)
    key.withdraw(by=request.user, at=now())
    messages.success(request, _("The key was withdrawn. It opens nothing any more."))
    return redirect("api_key_list", employer.uuid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """What employers may ask of us and how long their lists are kept: set by the authority."""
    if not user_sets_employer_terms(request.user):
        raise PermissionDenied
    form = EmployerTermsForm(request.POST or None, current=EmployerTerms.objects.at(now()))
    lead = _("Quotas and times of keeping for every employer. New quotas of keys hold within a minute, times of keeping for "
             "lists that are brought or answered from then on.")  # fmt: skip
    back = ("certificate_register", _("Register of certificates"))
    return terms_page(request, form, title=_("Terms for employers"), lead=lead, back=back)


@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    """How to use the API, for people; the schema is for software."""
    codes = [(code, status, title) for code, (status, title) in CODES.items()]
    context = {
        "address": settings.BASE_URL, "scopes": Scope.choices, "codes": codes, "terms": EmployerTerms.objects.at(now()),
        "employers": employers_of(request.user) if request.user.is_authenticated else [],
    }  # fmt: skip
    return render(request, "certificates/developers.html", context)
