"""Background work of this app."""

from datetime import timedelta

from django.utils.timezone import now

from lms.lib.errors import WrongState
from lms.lib.jobs import job

from .document_preview import FAILED, Made, make
from .models import CourseReview, DocumentPreview, EditionImport, ReviewTask
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
