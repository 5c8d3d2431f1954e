"""Award rules of the authority: the list, a version with its plain reading, and the form of a draft."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.lib.errors import WrongState
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..award_permissions import user_can_approve_rule, user_can_call_off_rule, user_can_change_rule, user_sees_rules
from ..eligibility import Facts, ModuleHours, evaluate
from ..models import AwardRule, RuleSimulation
from ..rule_editing import NoSuchPlace, added, moved_up, node_at, removed, replaced
from ..rule_forms import FORMS, AboutForm, AddForm, CallOffForm, InForceForm, NewRuleForm
from ..rule_words import KINDS, difference, reading
from .steps import May, on_draft


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every version of every level, by state, as CSV. A constant number of queries."""
    if not user_sees_rules(request.user):
        raise PermissionDenied
    state = request.GET.get("state", "")
    rules = AwardRule.objects.select_related("level__syllabus", "drafted_by", "approved_by")
    rules = rules.order_by("-level__syllabus", "level__position", "-version")
    if state in AwardRule.Status.values:
        rules = rules.filter(status=state)
    if request.GET.get("format") == "csv":
        headings = [_("Level"), _("Standard"), _("Version"), _("Title"), _("State"), _("In force from"), _("Drafted by"),
                    _("Approved by")]  # fmt: skip
        rows = (
            [
                local(rule.level, "title"), local(rule.level.syllabus, "title"), rule.version, local(rule, "title"),
                rule.get_status_display(), f"{localtime(rule.in_force_from):%Y-%m-%d %H:%M}" if rule.in_force_from else "",
                rule.drafted_by.full_name if rule.drafted_by else "", rule.approved_by.full_name if rule.approved_by else "",
            ]
            for rule in rules
        )  # fmt: skip
        return csv_response("award-rules.csv", headings, rows)
    context = {
        "page": paginate(request, rules), "state": state, "states": AwardRule.Status.choices, "form": NewRuleForm(),
    }  # fmt: skip
    return render(request, "certificates/rule_list.html", context)


@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Begin the next version for a level; from the list, or from the version in force."""
    if not user_sees_rules(request.user):
        raise PermissionDenied
    form = NewRuleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a level without a draft."))
        return redirect("award_rule_list")
    rule = AwardRule.draft(form.cleaned_data["level"], by=request.user, at=now())
    messages.success(request, _("Drafted. Nothing changes for anybody until a second person brings it into force."))
    return redirect(rule)


def get_rule(request: HttpRequest, uuid: UUID) -> AwardRule:
    if not user_sees_rules(request.user):
        raise Http404
    rules = AwardRule.objects.select_related("level__syllabus", "drafted_by", "approved_by", "called_off_by")
    return get_object_or_404(rules.prefetch_related("level__modules", "level__syllabus__competences", "level__syllabus__levels"),
                             uuid=uuid)  # fmt: skip


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A version: who fulfils it, what differs from the one before, how it looks to a trainee, what it would change."""
    rule = get_rule(request, uuid)
    return render(request, "certificates/rule_detail.html", _context(request, rule))


def _context(request: HttpRequest, rule: AwardRule, **more) -> dict:
    changes = user_can_change_rule(request.user, rule)
    said, before = reading(rule.conditions, rule.level), rule.before()
    told = difference(reading(before.conditions, rule.level), said) if before else []
    simulation = rule.simulations.select_related("rule__level__syllabus", "asked_by").first()
    context = {
        "rule": rule, "said": said, "before": before, "changes": changes, "problems": rule.problems(),
        "difference": told, "differs": any(kind != "same" for kind, _depth, _text in told),
        "preview": _preview(rule), "simulation": simulation, "approves": user_can_approve_rule(request.user, rule),
        "add_form": AddForm(), "in_force_form": InForceForm(), "about_form": None, "node_form": None, "editing": None,
        "used": rule.awards.count(), "call_off_form": CallOffForm() if user_can_call_off_rule(request.user, rule) else None,
    }  # fmt: skip
    if changes and "about" in request.GET:
        context["about_form"] = AboutForm(instance=rule)
    elif changes and (path := request.GET.get("edit")):
        context |= _node_form(rule, path)
    return context | more


def _node_form(rule: AwardRule, path: str, data=None) -> dict:
    try:
        ((kind, spec),) = node_at(rule.conditions, path).items()
    except (NoSuchPlace, ValueError):
        raise Http404 from None
    if kind not in FORMS:
        raise Http404
    return {"node_form": FORMS[kind](data, rule=rule, said=spec), "editing": path, "editing_kind": KINDS[kind]}


def _preview(rule: AwardRule) -> list:
    """The conditions as a trainee sees them who has done nothing yet."""
    modules = (ModuleHours(m.code, m.title, m.title_en, m.hours, m.hours * 0) for m in rule.level.modules.all())
    try:
        return list(evaluate(Facts(tuple(modules), cases=(), parts=()), rule.conditions).tree.children)
    except ValueError:
        return []


def get_draft(request: HttpRequest, uuid: UUID, may: May[AwardRule] = user_can_change_rule) -> AwardRule:
    return on_draft(request, get_rule(request, uuid), may, words=_("This rule is not a draft any more."))


@login_required
@require_POST
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One step on a draft: `do` is about, add, change, remove or up; `path` is the node's place."""
    rule = get_draft(request, uuid)
    step, path = request.POST.get("do", ""), request.POST.get("path", "")
    try:
        if step == "about":
            return _about(request, rule)
        if step == "add":
            form = AddForm(request.POST)
            if not form.is_valid():
                raise NoSuchPlace(path)
            tree, place = added(rule.conditions, path, form.cleaned_data["kind"])
            rule.change(by=request.user, at=now(), conditions=tree)
            wants_form = form.cleaned_data["kind"] in FORMS
            return redirect(f"{rule.get_absolute_url()}?edit={place}#edit" if wants_form else f"{rule.get_absolute_url()}#rule")
        if step == "change":
            found = _node_form(rule, path, request.POST)
            if not found["node_form"].is_valid():
                return render(request, "certificates/rule_detail.html", _context(request, rule, **found), status=422)
            tree = replaced(rule.conditions, path, found["node_form"].spec())
        elif step == "remove":
            tree = removed(rule.conditions, path)
        elif step == "up":
            tree = moved_up(rule.conditions, path)
        else:
            raise NoSuchPlace(path)
    except NoSuchPlace:
        raise WrongState(_("The draft was changed meanwhile; look at it again."), obj=rule) from None
    rule.change(by=request.user, at=now(), conditions=tree)
    return redirect(f"{rule.get_absolute_url()}#rule")


def _about(request: HttpRequest, rule: AwardRule) -> HttpResponse:
    form = AboutForm(request.POST, instance=rule)
    if not form.is_valid():
        context = _context(request, AwardRule.objects.get(pk=rule.pk), about_form=form)
        return render(request, "certificates/rule_detail.html", context, status=422)
    rule.change(by=request.user, at=now(), **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect(rule)


@login_required
@require_POST
def discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    rule = get_draft(request, uuid)
    rule.discard(by=request.user)
    messages.success(request, _("The draft was thrown away."))
    return redirect("award_rule_list")


@login_required
@require_POST
def simulate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    rule = get_draft(request, uuid)
    simulation = RuleSimulation.ask(rule, by=request.user, at=now())
    messages.success(request, _("The simulation runs in the background."))
    return redirect(simulation)


@login_required
@require_POST
def put_in_force(request: HttpRequest, uuid: UUID) -> HttpResponse:
    rule = get_draft(request, uuid, may=user_can_approve_rule)
    form, at = InForceForm(request.POST), now()
    if not form.is_valid():
        context = _context(request, rule, in_force_form=form)
        return render(request, "certificates/rule_detail.html", context, status=422)
    rule.bring_into_force(by=request.user, at=at, starts=form.starts(at))
    if rule.status == AwardRule.Status.SCHEDULED:
        messages.success(request, _("Approved. It comes into force on its date."))
    else:
        messages.success(request, _("The rule is in force. What has been awarded stays as it is."))
    return redirect(rule)


@login_required
@require_POST
def call_off(request: HttpRequest, uuid: UUID) -> HttpResponse:
    rule = get_rule(request, uuid)
    if rule.status != AwardRule.Status.SCHEDULED and request.user.pk != rule.drafted_by_id:
        raise WrongState(_("Only a version that waits for its date can be called off."), obj=rule)
    if not user_can_call_off_rule(request.user, rule):
        raise PermissionDenied
    form = CallOffForm(request.POST)
    if not form.is_valid():
        return render(request, "certificates/rule_detail.html", _context(request, rule, call_off_form=form), status=422)
    rule.call_off(by=request.user, at=now(), why=form.cleaned_data["why"])
    messages.success(request, _("Called off. The version before it goes on deciding."))
    return redirect(rule)
