"""What a person brings as evidence for something to be decided: kept in the private storage until then, its hash for ever."""

from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from lms.lib.uploads import CheckedFile


class BroughtEvidence:
    """For models with uuid, evidence_name, evidence_type and evidence_sha256."""

    EVIDENCE_FOLDER: str

    def keep_evidence(self, upload: UploadedFile, checked: CheckedFile) -> None:
        """Put the file there, in the transaction that made the row."""
        self.evidence_name = storages["private"].save(f"{self.EVIDENCE_FOLDER}/{self.uuid}.{checked.extension}", upload)
        self.save(update_fields=["evidence_name"])

    def drop_evidence(self) -> None:
        """It has served: it goes when this is committed."""
        if name := self.evidence_name:
            type(self).objects.filter(pk=self.pk).update(evidence_name="")
            self.evidence_name = ""
            transaction.on_commit(lambda: storages["private"].delete(name))
