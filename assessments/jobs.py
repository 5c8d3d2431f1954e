"""The jobs of this app."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.jobs import job

from .models import Result
from .quality import lapse_licences


@job("assessments.mail_result")
def mail_result(handle, result: int) -> None:
    """Tell the trainee that a result can be read. No score in the mail; its id makes a second sending harmless."""
    found = Result.objects.select_related("enrolment__user", "submission", "assignment__item").get(pk=result)
    url = settings.BASE_URL + reverse("submission_result", args=[found.submission.uuid])
    with override(settings.LANGUAGE_CODE):
        subject = _("A result is ready to be read")
        lines = [
            _("The result of “%(title)s” has been released.") % {"title": found.assignment.item.title},
            url,
        ]
    EmailMessage(
        subject,
        "\n\n".join(lines),
        to=[found.enrolment.user.email],
        headers={"Message-ID": f"<result-{found.uuid}@{settings.BASE_URL.split('//')[-1].split(':')[0]}>"},
    ).send()


@job("assessments.lapse_licences", every=24 * 60 * 60)
def lapse(handle) -> None:
    """Every day: licences whose holders' marks don't agree enough lapse."""
    lapse_licences(at=now())
