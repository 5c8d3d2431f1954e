"""Background work of this app."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Membership, Role
from lms.lib.errors import WrongState
from lms.lib.jobs import job
from lms.lib.mail import send

from .case_families import bases_using
from .document_preview import FAILED, Made, make
from .models import CaseEvent, CourseReview, Demand, DocumentPreview, EditionImport, ReviewTask
from .package_import import make_drafts

FORGOTTEN = timedelta(days=14)  # uploads nobody came back for


@job("curriculum.sweep_review_tasks", every=24 * 60 * 60)
def sweep_review_tasks(handle) -> None:
    """Once a day, and whenever a statute was changed: open and settle review tasks. Again changes nothing."""
    ReviewTask.objects.sweep(at=now())


@job("curriculum.import_edition")
def import_edition(handle, package: int, language: str):
    """Make the drafts in the transaction that ends the job: a worker that lost its lease leaves nothing behind."""

    def effect() -> None:
        found = EditionImport.objects.select_for_update().get(pk=package)
        make_drafts(found, at=now(), language=language)

    return effect


@job("curriculum.drop_forgotten_imports", every=24 * 60 * 60)
def drop_forgotten_imports(handle, **args) -> None:
    """Delete packages that were uploaded and never imported."""
    old = EditionImport.objects.filter(status__in=EditionImport.WAITING, uploaded_at__lt=now() - FORGOTTEN)
    for package in old:
        package.drop(by=None)


@job("curriculum.publish_scheduled", every=60)
def publish_scheduled(handle) -> None:
    """Publish the courses whose day has come, each in its own transaction; one that can't be holds up no other."""
    at = now()
    for review in CourseReview.objects.due(at):
        try:
            review.publish_scheduled(at=at)
        except WrongState:  # taken back or moved this moment
            continue
        handle.beat()


@job("curriculum.preview_document")
def preview_document(handle, document: int):
    """Look at a document; what was found is kept in the transaction that ends the job."""
    row = DocumentPreview.objects.select_related("document").filter(document=document).first()
    if row is None:
        return None
    file, of = row.document.file, row.file_hash
    try:
        with file.storage.open(file.name) as source:
            made = make(row.document.filename, source)
    except OSError:
        made = Made(FAILED)

    def effect() -> None:
        if found := DocumentPreview.objects.select_for_update().filter(document=document).first():
            found.note(made, of=of)

    return effect


DEMAND_NEWS = {
    "sent": lambda: _("An enterprise has sent your base a demand."),
    "taken": lambda: _("A training base has taken your demand up."),
    "given_back": lambda: _("A training base has given your demand back."),
    "question": lambda: _("A training base has written to you about your demand."),
    "approval": lambda: _("A case made of your demand waits for your approval."),
    "answer": lambda: _("The firm has written to you about its demand."),
    "decided": lambda: _("The firm has decided on the case made of its demand."),
    "withdrawn": lambda: _("The firm has withdrawn its consent; cases made of its demand are retired."),
}
TO_FIRM = {"taken", "given_back", "question", "approval"}


@job("curriculum.mail_demand")
def mail_demand(handle, demand: int, news: str, base: int | None, token: str) -> None:
    """Tell the other side that there is news of a demand: what it is stands on the page, not in the mail."""
    found = Demand.objects.filter(pk=demand).first()
    if found is None:
        return
    if news in TO_FIRM:
        wanted = Q(organisation=found.organisation_id, role=Role.EMPLOYER)
    else:
        taken = found.claims.active().values("organisation")
        bases = Q(organisation=base) if base else Q(organisation__in=taken) | Q(organisation__in=found.bases.values("pk"))
        wanted = bases & Q(role__in=[Role.AUTHOR, Role.REGISTRAR])
    with override(settings.LANGUAGE_CODE):
        lines = [DEMAND_NEWS[news](), _("Demand: “%(title)s”.") % {"title": found},
                 settings.BASE_URL + found.get_absolute_url()]  # fmt: skip
        subject = _("News of a demand")
    _tell(wanted, subject, lines, key=f"demand-{token}")


@job("curriculum.mail_leak")
def mail_leak(handle, event: int) -> None:
    """Tell the authority, and every base that has the case or a copy of it, that it is marked as leaked."""
    found = CaseEvent.objects.select_related("page").get(pk=event)
    wanted = Q(role__in=[Role.REVIEWER, Role.OFFICER]) | Q(
        role__in=[Role.AUTHOR, Role.REGISTRAR], organisation__in=bases_using(found.page, found.family)
    )
    with override(settings.LANGUAGE_CODE):
        lines = [
            _("The case “%(title)s” is marked as leaked: %(severity)s.")
            % {"title": found.page.title, "severity": found.get_severity_display()},
            settings.BASE_URL + reverse("bank_case", args=[found.page_id]),
        ]
        subject = _("A case has leaked")
    _tell(wanted, subject, lines, key=f"leak-{found.uuid}")


def _tell(wanted: Q, subject: str, lines: list[str], *, key: str) -> None:
    people = Membership.objects.in_force().filter(wanted, user__is_active=True)
    for pk, email in sorted(set(people.values_list("user", "user__email"))):
        send(subject, lines, to=email, key=f"{key}-{pk}")
