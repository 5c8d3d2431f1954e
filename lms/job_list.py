"""The page of background jobs: what waits, runs, failed, and a button to try a failed one again.

Most rows are rounds that come by the clock and went well; they are left out until somebody asks for them.
"""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role, User
from accounts.permissions import user_has_role
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import HANDLERS, title_of, wake
from lms.lib.listing import paginate

TONES = {Job.State.QUEUED: "info", Job.State.RUNNING: "info", Job.State.DONE: "ok", Job.State.FAILED: "bad"}


def user_can_see_jobs(user: User) -> bool:
    """Jobs reach across organisations, so they are for the authority's officers and the site's operators."""
    return user.is_superuser or user_has_role(user, Role.OFFICER)


def routine() -> Q:
    """Rounds that come by the clock (beat gives them a key by time slot) and about which nothing is wrong."""
    return Q(key__startswith="every:", last_error="") & ~Q(state=Job.State.FAILED)


class JobFilterForm(forms.Form):
    class Routine(models.TextChoices):
        HIDDEN = "", pgettext_lazy("job", "left out")
        SHOWN = "shown", pgettext_lazy("job", "shown too")

    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", pgettext_lazy("job", "all")), *Job.State.choices]
    )
    kind = forms.ChoiceField(label=pgettext_lazy("job", "Kind"), required=False)
    routine = forms.ChoiceField(label=gettext_lazy("Routine rounds"), required=False, choices=Routine.choices)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(((kind, title_of(kind)) for kind in HANDLERS), key=lambda choice: str(choice[1]))
        self.fields["kind"].choices = [("", pgettext_lazy("job", "all")), *kinds]


@login_required
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Newest first; filtered by state and kind, without routine rounds unless they, or a kind, are asked for. Arguments are not
    shown: they are ids, and nobody's business here."""
    if not user_can_see_jobs(request.user):
        raise PermissionDenied
    form = JobFilterForm(request.GET)
    rows, left_out = Job.objects.all(), 0
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = rows.filter(**{name: wanted[name] for name in ("state", "kind") if wanted.get(name)})
    if not wanted.get("kind") and not wanted.get("routine"):
        left_out = rows.filter(routine()).count()
        rows = rows.exclude(routine())
    page = paginate(request, rows)
    for row in page.object_list:
        row.tone, row.title = TONES[row.state], title_of(row.kind)
    return render(request, "lms/job_list.html", {"form": form, "page": page, "left_out": left_out})


class Listed:
    """A job has no page of its own; how it stands is seen in the list."""

    def get_absolute_url(self) -> str:
        return reverse("job_list")


@login_required
@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a failed job back; a second click finds it already waiting. The list is shown again as it was filtered."""
    if not user_can_see_jobs(request.user):
        raise PermissionDenied
    job = get_object_or_404(Job, pk=pk)
    if not job.retry(at=now()):
        raise WrongState(_("This job is not a failed one any more."), obj=Listed())
    log(job, "lms.job.retry", by=request.user)
    wake(job.pk)
    messages.success(request, _("Job %(number)s is waiting again.") % {"number": job.pk})
    shown = QueryDict(request.POST.get("filter", "")[:500]).urlencode()
    return redirect(reverse("job_list") + (f"?{shown}" if shown else ""))
