"""The public list of what signs PDFs, and its versions. Imports no pyHanko: pages ask for it.

Every version is kept and is an entry of the transparency log, as the DID document's are: a signer that was added without a
word, or says that it signed from a day before, shows there.
"""

import json
from datetime import datetime
from typing import Any

from .models import PdfSigner, PdfSignerList


def signers_document() -> dict[str, Any]:
    """Return the list as it is served: every certificate that signs or signed PDFs, an announced one included, and which of
    them were withdrawn as of when. One query."""
    signers = PdfSigner.objects.select_related("withdrawal").order_by("first_used_at", "pk")
    return {"signers": [signer.as_json() for signer in signers]}


def signers_text() -> str:
    """The exact text that is served, kept and hashed."""
    return json.dumps(signers_document(), ensure_ascii=False)


def keep_signer_list(*, at: datetime) -> PdfSignerList | None:
    """Keep the list as it is now when it differs from the last version. In the transaction of what changed it."""
    return PdfSignerList.keep(signers_text(), at=at)


def keep_first_signer_list(*, at: datetime) -> PdfSignerList | None:
    """Keep what was published before versions were kept. A later difference that nobody kept is left for the audit to tell."""
    if PdfSignerList.objects.exists() or not PdfSigner.objects.exists():
        return None
    return keep_signer_list(at=at)
