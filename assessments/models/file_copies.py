"""What others see of a handed-in file: a copy without its author, and pictures of its pages. Made by a worker; the original is
kept for the record and is only ever served to whoever brought it."""

import io
from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from lms.lib.hashing import content_hash, data_hash

from .submission_parts import SubmissionFile, private_storage


class FileCopy(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("being prepared")
        READY = "ready", _("ready")
        FAILED = "failed", _("could not be read")
        INFECTED = "infected", _("the virus scanner found something")

    file = models.OneToOneField(SubmissionFile, on_delete=models.CASCADE, related_name="copy")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    cleaned = models.FileField(storage=private_storage, upload_to="copies", max_length=200, blank=True)
    size = models.PositiveIntegerField(default=0)
    # Of the copy and of its pictures together: what was marked on one copy is shown on no other.
    content_hash = models.CharField(max_length=80, blank=True)
    pages = models.PositiveSmallIntegerField(default=0, help_text=_("pages drawn as pictures"))
    sizes = models.JSONField(default=list, blank=True)  # [width, height] of each picture
    rows = models.JSONField(default=list, blank=True)
    text = models.TextField(blank=True)
    more = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "ready", "failed", "infected"]), name="file_copy_state"
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.state}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def places(self) -> range:
        """The numbers of the drawn pages, from 1."""
        return range(1, self.pages + 1)

    def page_name(self, place: int) -> str:
        return f"looks/{self.file.uuid.hex[:2]}/{self.file.uuid}/{place}.png"

    def measure(self) -> None:
        """Note hash and sizes of a copy that was kept before there were any."""
        store = storages["private"]
        with self.cleaned.open("rb") as stored:
            parts = [stored.read()]
        for place in self.places:
            with store.open(self.page_name(place)) as picture:
                parts.append(picture.read())
        self._note(parts[0], parts[1:])
        self.save(update_fields=["content_hash", "sizes"])

    def _note(self, cleaned: bytes, pictures: list[bytes]) -> None:
        self.content_hash = content_hash([data_hash(data) for data in (cleaned, *pictures)])
        self.sizes = [_size(picture) for picture in pictures]

    def keep(
        self, cleaned: bytes, pictures: list[bytes], *, rows: list | None = None, text: str = "", more: bool = False
    ) -> None:
        """Keep what was made. Again replaces it."""
        store = storages["private"]
        self._note(cleaned, pictures)
        for place, picture in enumerate(pictures, start=1):
            store.delete(self.page_name(place))
            store.save(self.page_name(place), ContentFile(picture))
        with transaction.atomic():
            if self.cleaned:
                self.cleaned.delete(save=False)
            self.cleaned.save(str(self.file.uuid), ContentFile(cleaned), save=False)
            self.size, self.pages, self.rows, self.text, self.more = len(cleaned), len(pictures), rows or [], text, more
            self.state = self.State.READY
            self.save()


def _size(picture: bytes) -> list[int]:
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as found:
        return [found.width, found.height]


def hashes_of(files: Iterable[SubmissionFile]) -> list[str]:
    """For each file the hash of its copy, "" where there is none yet. One query."""
    files = list(files)
    found = dict(FileCopy.objects.filter(file__in=files, state=FileCopy.State.READY).values_list("file", "content_hash"))
    return [found.get(file.pk, "") for file in files]
