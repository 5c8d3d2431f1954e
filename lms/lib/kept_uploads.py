"""A file field that survives an error elsewhere in its form: the file that was sent is kept for a day, and found again by a word.

The word stands in the page and is signed, so that nobody can make one up; the file lies in the private storage.
"""

from datetime import timedelta
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from django import forms
from django.core import signing
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext as _

FOLDER = "kept"
KEPT_FOR = timedelta(days=1)
SALT = "lms.kept-upload"


def keep(upload: UploadedFile) -> str:
    """Put the file aside and return the word by which it is found again."""
    upload.seek(0)
    name = storages["private"].save(f"{FOLDER}/{uuid4()}{PurePath(upload.name or '').suffix.lower()[:8]}", upload)
    return signing.dumps([name, upload.name, upload.content_type], salt=SALT, compress=True)


def find(word: str) -> UploadedFile | None:
    """Return the file again, or None when the word is not ours, too old, or the file is gone."""
    try:
        name, called, content_type = signing.loads(word, salt=SALT, max_age=KEPT_FOR)
        file = storages["private"].open(name)
        return UploadedFile(file, called, content_type, file.size)
    except (signing.BadSignature, FileNotFoundError, ValueError):
        return None


def drop_old() -> None:
    """Delete what was put aside more than a day ago."""
    storage, before = storages["private"], now() - KEPT_FOR
    if not storage.exists(FOLDER):
        return
    for name in storage.listdir(FOLDER)[1]:
        path = f"{FOLDER}/{name}"
        if storage.get_modified_time(path) < before:
            storage.delete(path)


class KeptFileInput(forms.FileInput):
    """For forms that are drawn again with the same form object. refuse(): the file itself is wrong, so it is not kept."""

    sent: UploadedFile | None = None
    word = ""
    refused = False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> UploadedFile | None:
        self.sent, self.word = files.get(name), ""
        if self.sent is None:
            self.word = data.get(f"{name}-kept", "")
            self.sent = find(self.word)
        return self.sent

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files and f"{name}-kept" not in data

    def refuse(self) -> None:
        self.refused = True

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        if self.sent is None or self.refused or not self.sent.size:
            return super().render(name, value, attrs, renderer)
        attrs = {key: what for key, what in (attrs or {}).items() if key != "required"}
        return format_html(
            '{}<span class="help">{}</span><input type="hidden" name="{}-kept" value="{}">',
            super().render(name, value, attrs, renderer),
            _("“%(name)s” is kept: choose a file only to replace it.") % {"name": self.sent.name}, name,
            self.word or keep(self.sent),
        )  # fmt: skip
