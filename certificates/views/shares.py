"""Share codes: the holder's page, and what the reader of a shared link sees."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.csrf import csrf_for_members
from lms.lib.listing import paginate

from ..addresses import share_address
from ..forms import ExtendForm, ShareForm
from ..models import Certificate, HistoricRecord, Lookup, Recognition, ShareCode
from ..models.shares import Shared, why_not_shared
from ..permissions import user_can_share
from ..receipts import offer
from ..verification import verify_by_share
from .answers import LINK, gate, limited, organisation_of, page, verdict_json

LOOKUPS_SHOWN = 10


HEADINGS = {
    "certificate": gettext_lazy("Share the certificate"),
    "record": gettext_lazy("Share the imported record"),
    "recognition": gettext_lazy("Share the recognition"),
}
# What a code can be of: the page of its codes, and the rows that have such a page at all.
PAGES = {
    "certificate": ("share_list", Certificate.objects.select_related("organisation")),
    "record": ("record_share_list", HistoricRecord.objects.select_related("batch")),
    "recognition": ("recognition_share_list", Recognition.objects.filter(number__isnull=False).select_related("agreement")),
}


def _thing_for(user, kind: str, uuid: UUID) -> Shared:
    found = get_object_or_404(PAGES[kind][1].all(), uuid=uuid)
    if not user_can_share(user, found):
        raise Http404
    return found


def _share_for(user, uuid: UUID) -> ShareCode:
    share = get_object_or_404(ShareCode.objects.select_related("certificate__organisation", "record", "recognition"), uuid=uuid)
    if not user_can_share(user, share.of):
        raise Http404
    return share


def share_page(of: Shared) -> str:
    """The address of the page of its share codes."""
    return reverse(PAGES[ShareCode.OF[type(of)]][0], args=[of.uuid])


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def share_list(request: HttpRequest, uuid: UUID, kind: str = "certificate") -> HttpResponse:
    """The holder's codes with who looked; POST makes one and shows its link, this once."""
    of, link = _thing_for(request.user, kind, uuid), ""
    form = ShareForm(request.POST or None, initial={"days": 30, "request_id": uuid4()})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            _share, code = ShareCode.make(of, **form.cleaned_data, by=request.user, at=now())
            link = share_address(code) if code else ""
            if not code:
                messages.info(request, _("This share code was made already. Its link is shown only once."))
            form = ShareForm(initial={"days": 30, "request_id": uuid4()})
        else:
            status = 422
    seen = Lookup.objects.select_related("organisation").order_by("-looked_up_at")[:LOOKUPS_SHOWN]
    shares = of.shares.annotate(looks=Count("lookups")).order_by("-created_at", "-pk")
    shares = shares.prefetch_related(Prefetch("lookups", seen, "seen"))
    found = paginate(request, shares)
    rows = [{"share": share, "state": share.state_at(now())} for share in found]
    context = {
        "of": of, "kind": kind, "heading": HEADINGS[kind], "form": form, "refusal": why_not_shared(of), "link": link,
        "page": found, "rows": rows,
    }  # fmt: skip
    return render(request, "certificates/share_list.html", context, status=status)


@login_required
@require_POST
def extend(request: HttpRequest, uuid: UUID) -> HttpResponse:
    share = _share_for(request.user, uuid)
    form = ExtendForm(request.POST)
    if form.is_valid():
        share.extend(days=form.cleaned_data["days"], by=request.user, at=now())
        messages.success(request, _("The share code is good for longer now."))
    else:
        messages.error(request, _("A share code is good for 1 to 180 days."))
    return redirect(share_page(share.of))


@login_required
@require_POST
def revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    share = _share_for(request.user, uuid)
    share.revoke(by=request.user, at=now())
    messages.success(request, _("The share code was taken back. Its link opens nothing any more."))
    return redirect(share_page(share.of))


@never_cache
@csrf_for_members
@require_http_methods(["GET", "HEAD", "POST"])
def share_link(request: HttpRequest, code: str) -> HttpResponse:
    """What the reader sees: the full name, for the holder chose to show it. Unknown, run out and taken back look alike.
    A POST comes from the page that set a puzzle."""
    if refusal := gate(request, LINK, retry=request.path):
        return refusal
    verdict = verify_by_share(code, at=now(), organisation=organisation_of(request))
    return page(request, verdict=verdict, by_share=True, receipt=offer(verdict, Lookup.Way.SHARE) if verdict.known else "")


@never_cache
@require_safe
@limited(LINK, json=True)
def share_link_json(request: HttpRequest, code: str) -> HttpResponse:
    return verdict_json(verify_by_share(code, at=now(), organisation=organisation_of(request)))
