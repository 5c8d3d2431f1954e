"""Pages on which the authority sets what holds in every base: what holds now, what held before, the form for the next."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curriculum.models import Level
from lms.lib.listing import paginate

from ..anchor_permissions import user_sets_anchor_terms
from ..models import AnchorTerms, AppealPolicy, MarkingRule, QualityPolicy, RegradeTerms, SampleRule
from ..oversight_permissions import user_sets_appeal_terms, user_sets_sample_rule
from ..permissions import user_sets_marking_policy, user_sets_regrade_terms
from ..terms_forms import (
    AnchorTermsForm,
    AppealTermsForm,
    MarkingRuleForm,
    NextTerms,
    PolicyForm,
    RegradeTermsForm,
    SampleRuleForm,
)

ROWS = 25


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def quality(request: HttpRequest) -> HttpResponse:
    """What the marking of every base has to reach."""
    if not user_sets_marking_policy(request.user):
        raise PermissionDenied
    form = PolicyForm(request.POST or None, current=QualityPolicy.objects.at(now()))
    lead = _("What marking has to reach in every base. A new policy holds from the moment you set it; released results "
             "stay as they are.")  # fmt: skip
    none = _("Without one nothing is held back and every assessor of a base may mark.")
    return terms_page(request, form, title=_("Marking policy"), lead=lead, none=none)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeals(request: HttpRequest) -> HttpResponse:
    """The terms of appeals."""
    if not user_sets_appeal_terms(request.user):
        raise PermissionDenied
    form = AppealTermsForm(request.POST or None, current=AppealPolicy.objects.at(now()))
    lead = _("For every base. A result keeps the terms that held when it was released.")
    return terms_page(request, form, title=_("Terms of appeals"), lead=lead)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def marking_rules(request: HttpRequest) -> HttpResponse:
    """Who marks what, level by level."""
    if not user_sets_marking_policy(request.user):
        raise PermissionDenied
    level = request.GET.get("level", "")
    current = MarkingRule.objects.for_level(level, now())
    current.level = level if level in Level.Code.values else ""
    form = MarkingRuleForm(request.POST or None, current=current)
    lead = _("Where the two marks of a work product come from, and what follows when they disagree. A new rule holds for "
             "every script taken from now on.")  # fmt: skip
    return terms_page(request, form, title=_("Who marks what"), lead=lead)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sample_rule(request: HttpRequest) -> HttpResponse:
    """How large the samples are at which a second look is taken."""
    if not user_sets_sample_rule(request.user):
        raise PermissionDenied
    form = SampleRuleForm(request.POST or None, current=SampleRule.objects.at(now()))
    lead = _("How much marked work a moderator of another base looks at again. A new rule holds for what is drawn from now on.")
    return terms_page(request, form, title=_("Size of samples"), lead=lead)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def regrades(request: HttpRequest) -> HttpResponse:
    """What a batch of corrections may do."""
    if not user_sets_regrade_terms(request.user):
        raise PermissionDenied
    form = RegradeTermsForm(request.POST or None, current=RegradeTerms.objects.at(now()))
    lead = _("For every base, for regrades simulated from then on. The way back of a regrade always puts back what stood before.")
    back = ("regrade_list", _("Regrades"))
    return terms_page(request, form, title=_("Terms of corrections"), lead=lead, back=back)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def anchors(request: HttpRequest) -> HttpResponse:
    """Who qualifies, how often an anchor lies in the queue, and when a marker is looked at."""
    if not user_sets_anchor_terms(request.user):
        raise PermissionDenied
    form = AnchorTermsForm(request.POST or None, current=AnchorTerms.objects.at(now()))
    lead = _("For every base. A qualification is judged by the terms that held when it began; nobody's licence is suspended by "
             "a number alone.")  # fmt: skip
    none = _("Without them nobody can qualify, no anchor lies in a queue, and nobody is flagged.")
    back = ("anchor_list", _("Anchor scripts"))
    return terms_page(request, form, title=_("Terms of anchors"), lead=lead, none=none, back=back)


def terms_page(
    request: HttpRequest, form: NextTerms, *, title: str, lead: str, none: str = "", back: tuple[str, str] | None = None
) -> HttpResponse:
    """Show the terms of this form's kind, or set the next ones and show them again. back: name and title of the page above."""
    at, rows = now(), form.Meta.model.objects
    if request.method == "POST" and form.is_valid():
        form.save(commit=False).put_in_force(by=request.user, at=at)
        messages.success(request, _("In force from now on."))
        return redirect(request.resolver_match.view_name)
    standing = rows.standing(at)
    page = paginate(request, rows.select_related("set_by").order_by("-set_at", "-pk"), ROWS)
    above, above_title = back or ("quality_list", _("Quality of marking"))
    context = {
        "form": form, "title": title, "lead": lead, "none": none, "standing": standing, "page": page, "above": above,
        "above_title": above_title,
    }  # fmt: skip
    return render(request, "assessments/terms.html", context, status=422 if form.errors else 200)
