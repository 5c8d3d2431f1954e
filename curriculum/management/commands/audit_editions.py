import sys
from collections.abc import Iterator

from django.core.management.base import BaseCommand
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.utils.file import hash_filelike

from curriculum.contents import page_hash
from curriculum.frozen_files import files_of_editions
from curriculum.models import CoreRelease, Edition, ErratumChange, ErratumSignature, Syllabus
from curriculum.portable import Names


class Command(BaseCommand):
    help = (
        "Computes the hash of every syllabus version, edition and core release again from its rows, revisions, files and parts. "
        "Prints one line for each difference and ends with code 1 when there is any."
    )

    def handle(self, *, verbosity: int, **options) -> None:
        found = [*self._syllabuses(), *self._editions(), *self._errata(), *self._core(), *self._files()]
        for line in found:
            self.stderr.write(line)
        if found:
            sys.exit(1)
        if verbosity:
            self.stdout.write(f"{Edition.objects.count()} editions: every hash is as it was frozen")

    def _syllabuses(self) -> Iterator[str]:
        for syllabus in Syllabus.objects.public():
            if syllabus.recompute_hash() != syllabus.content_hash:
                yield f"syllabus {syllabus.slug}: its hash does not fit its rows"

    def _editions(self) -> Iterator[str]:
        for edition in Edition.objects.select_related("level__syllabus").order_by("pk").iterator():
            items = list(edition.items.select_related("revision"))
            names = Names([item.content() for item in items], fresh=True)
            for item in items:
                if page_hash(item.content(), scheme=edition.hash_scheme, names=names) != item.content_hash:
                    yield f"edition {edition.uuid}, item {item.position} ({item.uuid}): the content has changed"
            if edition.recompute_hash() != edition.content_hash:
                yield f"edition {edition.uuid}: its hash does not fit its rows"

    def _errata(self) -> Iterator[str]:
        """Corrections whose text or signed list is not what it was."""
        for change in ErratumChange.objects.select_related("revision", "erratum").order_by("pk").iterator():
            names = Names([change.content()], fresh=True)
            if page_hash(change.content(), names=names) != change.content_hash:
                yield f"erratum {change.erratum.uuid}: the content of a correction has changed"
        for signature in ErratumSignature.objects.select_related("erratum").order_by("pk").iterator():
            if not signature.is_genuine():
                yield f"erratum {signature.erratum.uuid}: a signature does not fit its list"

    def _core(self) -> Iterator[str]:
        for release in CoreRelease.objects.select_related("revision").order_by("pk").iterator(chunk_size=50):
            content = release.content()
            names = Names([content], fresh=True)
            if page_hash(content, scheme=release.hash_scheme, names=names) != release.content_hash:
                yield f"core release {release.uuid}: the content has changed"

    def _files(self) -> Iterator[str]:
        """Files whose bytes are no longer those that were hashed."""
        images, documents = files_of_editions()
        for model, keys in ((get_image_model(), images), (get_document_model(), documents)):
            there = model.objects.in_bulk(keys)
            yield from (f"{model._meta.model_name} {pk}: missing" for pk in sorted(keys - there.keys()))
            for file in there.values():
                try:
                    with file.file.open("rb") as stream:
                        same = hash_filelike(stream) == file.file_hash
                except OSError:
                    same = False
                if not same:
                    yield f"{model._meta.model_name} {file.pk}: the stored file is not the one that was frozen"
