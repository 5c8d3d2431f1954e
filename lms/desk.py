"""What the project itself puts on the desk."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.desk import DeskItem
from lms.lib.jobs.models import Job

from .job_list import user_can_see_jobs


def desk_items(user: User) -> list[DeskItem]:
    """For officers: the background jobs, with the number of failed ones."""
    if not user_can_see_jobs(user):
        return []
    failed = Job.objects.filter(state=Job.State.FAILED).count()
    return [
        DeskItem(
            _("Operation"), _("Background jobs"), reverse("job_list"), count=failed or None, primary=failed > 0,
            order=95,
            note=_("What waits, runs and failed"),
        )
    ]  # fmt: skip
