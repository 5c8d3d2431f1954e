"""The referee's page: open to whoever has the link, without an account. Unknown, used and expired links look the same."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from curriculum.models import Competence
from lms.lib.errors import WrongState
from lms.lib.ratelimit import allow, client_key

from ..models import Referee
from ..portfolio_forms import RefereeAnswerForm

LIMIT, WINDOW = 30, 600


def _closed(response: HttpResponse) -> HttpResponse:
    """No address of this page reaches another site or a search engine."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def referee(request: HttpRequest, token: str) -> HttpResponse:
    """Shows the deal and takes the answer, once."""
    if not allow(client_key(request, "referee"), limit=LIMIT, seconds=WINDOW):
        return _closed(render(request, "assessments/referee_gone.html", {"often": True}, status=429))
    at = now()
    found = Referee.objects.of_token(token, at=at)
    if found is None:
        return _closed(render(request, "assessments/referee_gone.html", status=404))
    form = RefereeAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            found.answer(
                confirms=data["answer"] == "yes", identity=data["identity"].strip(), comment=data["comment"].strip(), at=at
            )
        except WrongState:
            return _closed(render(request, "assessments/referee_gone.html", status=404))
        return redirect("referee_thanks")
    deal = found.deal
    competences = Competence.objects.filter(syllabus=deal.enrolment.syllabus_id, code__in=found.version.competences)
    context = {"referee": found, "deal": deal, "now": found.version, "form": form, "rules": deal.part.portfolio,
               "competences": list(competences.order_by("position"))}  # fmt: skip
    return _closed(render(request, "assessments/referee.html", context, status=422 if form.errors else 200))


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "assessments/referee_thanks.html")
