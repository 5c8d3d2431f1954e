"""Files brought into Wagtail's documents: each is by its content what its name says, and captions can be read."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from wagtail.documents.forms import BaseDocumentForm

from lms.lib.uploads import check_upload

from . import captions
from .films import kind_of, media_type
from .media import captions_problem


class DocumentForm(BaseDocumentForm):
    def clean_file(self) -> Any:
        upload = self.cleaned_data.get("file")
        if isinstance(upload, UploadedFile):  # else the file that was there before
            check_document(upload)
        return upload


def check_document(upload: UploadedFile) -> None:
    """Raise ValidationError, in the reader's words, for a document that we don't take."""
    kind = media_type(upload.name or "")
    if kind.startswith("video/"):
        if upload.size > settings.VIDEO_FILE_MAX_BYTES:
            raise ValidationError(
                _("The film is too large: the most is %(limit)s MB.")
                % {"limit": settings.VIDEO_FILE_MAX_BYTES // 2**20}, code="too_large",
            )  # fmt: skip
        head = _read(upload, 64)
        if not kind.endswith(kind_of(head) or "nothing"):
            raise ValidationError(_("By its content this is no film in MP4 or WebM, as its name says."), code="disguised")
    elif kind:
        if problem := captions_problem(_read(upload, captions.MAX_BYTES + 1)):
            raise ValidationError(problem, code="captions")
    else:
        check_upload(upload, max_bytes=settings.DOCUMENT_FILE_MAX_BYTES)


def _read(upload: UploadedFile, size: int) -> bytes:
    upload.seek(0)
    data = upload.read(size)
    upload.seek(0)
    return data
