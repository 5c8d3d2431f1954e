"""The library of kinds of work products with their automatic checks, for those who write, review and mark cases."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curriculum import productkinds

from .. import productform
from ..checks import RULES, rules_of
from ..checks.words import title_of
from ..permissions import user_sees_product_kinds


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All kinds; there are some fifteen of them, so no pages. No query of its own."""
    if not user_sees_product_kinds(request.user):
        raise PermissionDenied
    rows = [(kind, len(kind.data["fields"]), len(RULES.get(kind.key, ()))) for kind in productkinds.library().values()]
    return render(request, "assessments/product_kinds.html", {"rows": rows})


@login_required
@require_safe
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One kind: its fields as a trainee finds them, and its rules with their sources."""
    if not user_sees_product_kinds(request.user):
        raise PermissionDenied
    kind = productkinds.get(key)
    if kind is None:
        raise Http404
    deliverable = kind.deliverable()
    context = {
        "kind": kind,
        "deliverable": deliverable,
        "fields": productform.draw(deliverable, {}),
        "rules": [(rule, title_of(rule.key)) for rule in rules_of(key)],
    }
    return render(request, "assessments/product_kind.html", context)
