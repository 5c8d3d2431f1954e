"""The file behind a request, for whoever was found to be allowed to read it."""

from django.core.files.storage import storages
from django.http import HttpResponse

from lms.lib.uploads import serve_attachment

from ..models.evidence import BroughtEvidence


def serve_evidence(found: BroughtEvidence) -> HttpResponse:
    """Return the evidence as an attachment under a name that says nothing of the person."""
    extension = found.evidence_name.rsplit(".", 1)[-1]
    file = storages["private"].open(found.evidence_name)
    return serve_attachment(file, f"evidence-{found.uuid}.{extension}", media_type=found.evidence_type)
