"""The holder's package: everything that shows a certificate to be genuine, in one ZIP, with instructions that need none of us.

The log's proof lies beside the PDF and not in it: a proof exists only after the log's head is signed, the head covers the
hash of the signed credential, and the PDF's own hash is in the register from the moment of issue. A proof put in later
would make another file of it.
"""

import base64
import io
import json
import zipfile
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.template.loader import render_to_string
from django.utils import timezone

from .badges import baked
from .keystore import did_text, public_did_document
from .log.tree import proof_bundle
from .models import Certificate, IssuedCredential

VERIFIER = Path(__file__).resolve().parent / "kit" / "verify.py"
READMES = {"README-zh.txt": "certificates/package_zh.txt", "README-en.txt": "certificates/package_en.txt"}


def files_of(certificate: Certificate, issued: IssuedCredential) -> dict[str, bytes]:
    """Return the package's files by name: the PDF as it was issued, the credential, badges, keys and status list as served
    now, the log proof with time stamp and witnesses once a signed head covers the entry. Eight queries or fewer."""
    with storages["private"].open(issued.pdf.pdf_name) as file:
        pdf = file.read()
    files = {
        "certificate.pdf": pdf,
        "credential.json": issued.credential.encode(),
        "badge.png": baked(certificate, issued, "png"),
        "badge.svg": baked(certificate, issued, "svg"),
        "did.json": did_text(public_did_document()).encode(),
        "status.json": issued.status_list.credential.encode(),
    }
    proof = proof_bundle(issued)
    if proof:
        files["log-proof.json"] = json.dumps(proof, indent=2, ensure_ascii=False).encode()
        if stamp := proof.get("timestamp"):
            files["head.txt"] = stamp["text"].encode()
            files["timestamp.tsr"] = base64.b64decode(stamp["response"])
    files["verify.py"] = VERIFIER.read_bytes()
    context = {"certificate": certificate, "proof": proof, "did": issued.key.did, "site_url": settings.BASE_URL}
    readmes = {name: render_to_string(template, context).encode() for name, template in READMES.items()}
    return readmes | files


def zipped(certificate: Certificate, issued: IssuedCredential) -> bytes:
    """Return the package. The same state of things gives the same bytes: what is dated is dated by the signing."""
    buffer, dated = io.BytesIO(), timezone.localtime(issued.signed_at).timetuple()[:6]
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files_of(certificate, issued).items():
            entry = zipfile.ZipInfo(f"{certificate.number}/{name}", dated)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # whatever machine makes it
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
