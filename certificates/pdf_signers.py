"""The public list of what signs PDFs. Imports no pyHanko: pages ask for it."""

from typing import Any

from .models import PdfSigner


def signers_document() -> dict[str, Any]:
    """Return the list as it is served: every certificate that signs or signed PDFs, an announced one included, and which of
    them were withdrawn as of when. One query."""
    return {"signers": [signer.as_json() for signer in PdfSigner.objects.select_related("withdrawal")]}
