"""The offline verifier: one page of script that checks a certificate without us, served here and given away as a folder.

The same body stands in a page of the site and in the folder's index.html (Chinese) and en.html; the folder carries the
issuer's keys and the signers of PDFs as they are on the day it is made. Nothing in it opens a connection.
"""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from curriculum.models import Level

from . import published
from .file_verdict import PDF_SIGNATURES, UNREADABLE
from .numbers import LEVEL_LETTERS

OWN = [f"certificates/offline/{name}.js" for name in ("ed25519", "strict", "carriers", "check", "der", "pdf", "page")]
SCRIPTS = ["lms/hashes.js", *OWN]  # in this order; by their static names
STYLES = ["tokens.css", "site.css", "components.css", "forms.css"]
PAGES = {"index.html": "zh-hans", "en.html": "en"}


class NoKeys(Exception):
    """The issuer has no key yet, so there is nothing to check with."""


def context(*, at: datetime) -> dict[str, Any]:
    """What the page is drawn with, in the language of the moment. Raises NoKeys."""
    pinned = published.keys()
    if pinned is None:
        raise NoKeys
    return {
        "pinned": json.dumps(pinned, ensure_ascii=False),
        "signers": json.dumps(_signers(), ensure_ascii=False),
        "texts": json.dumps(texts(), ensure_ascii=False),
        "official": settings.BASE_URL,
        "zone": settings.TIME_ZONE,
        "keys_of": timezone.localdate(at).isoformat(),
        "scripts": SCRIPTS,
        "folder_scripts": [Path(name).name for name in SCRIPTS],
        "styles": STYLES,
    }


def folder(*, at: datetime) -> dict[str, bytes]:
    """Return the folder's files by name. Raises NoKeys."""
    files = {f"js/{Path(name).name}": _static(name) for name in SCRIPTS}
    files |= {f"css/{name}": _static(f"lms/{name}") for name in STYLES}
    for name, language in PAGES.items():
        with override(language):
            drawn = context(at=at)
            files[name] = render_to_string("certificates/offline_folder.html", drawn | {"language": language}).encode()
    files["did.json"], files["pdf-signers.json"] = drawn["pinned"].encode(), drawn["signers"].encode()
    return files


def _signers() -> dict[str, Any] | None:
    """Who signs PDFs, with the roots of time stamps that we trust and the zone in which days are told; None while the database
    is away and no list was published."""
    text = published.pdf_signers()
    if not text:
        return None
    files = {path for path in (settings.PDF_TRUST, settings.LOG_TIMESTAMP_ROOTS) if path}
    roots = [root for path in sorted(files) for root in x509.load_pem_x509_certificates(Path(path).read_bytes())]
    pem = [root.public_bytes(serialization.Encoding.PEM).decode() for root in roots]
    return json.loads(text) | {"roots": pem, "time_zone": settings.TIME_ZONE}


def _static(name: str) -> bytes:
    """A file as it stands in the source, under its plain name."""
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_bytes()


def zipped(files: dict[str, bytes], *, at: datetime) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"certificate-verifier/{name}", timezone.localtime(at).timetuple()[:6])
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def texts() -> dict[str, str]:
    """Everything the script says, by key."""
    words = {
        "verdict.valid": _("This certificate is valid."),
        "verdict.unknown": _("Genuine, but its present state can't be known here."),
        "verdict.unproved": _("This certificate can't be checked here."),
        "verdict.revoked": _("This copy of the certificate is revoked or suspended."),
        "verdict.expired": _("This certificate has expired."),
        "verdict.page": _("Don't rely on the page of this PDF."),
        "verdict.bad": _("Do not accept this certificate."),
        "verdict.name": _("The name you typed is not the one on this certificate."),
        "verdict.unreadable": _("There is no certificate here that can be read."),
        "record.valid": _("This learner record is genuine, and every certificate in it is valid."),
        "record.unknown": _("This learner record is genuine; the present state of its certificates can't be known here."),
        "record.mixed": _("This learner record is genuine, but not every certificate in it is valid today."),
        "record.expired": _("This learner record is genuine and has run out."),
        "record.bad": _("Do not accept this learner record."),
        "why.record": _("Each certificate in it was checked by itself, with the status lists that you gave."),
        "why.record_unknown": _(
            "The signatures are ours. Give a signed status list that is still good to learn whether a certificate was revoked."
        ),
        "why.valid": _("Signature, dates and the signed status list that you gave agree."),
        "why.unknown": _(
            "The signature is ours. Give a signed status list that is still good to learn whether it was revoked."
        ),
        "why.unproved": _(
            "It was signed before there was a proof that a page of script can check. Bring the file to the official address."
        ),
        "why.revoked": _("The signed status list that you gave says so. Only the official address can tell why."),
        "why.expired": _("The signature is ours; the certificate's own end date is past."),
        "why.page": _(
            "The signed part inside is genuine, and what it says stands below. But nothing vouches for the page around it, which "
            "anybody may have edited: the last check says why. Go by what stands here, not by the page."
        ),
        "why.name": _(
            "The QR code is genuine, but it was made for another name. Compare every character you typed; if the paper shows "
            "that name, the code was taken from somebody else's certificate: do not accept it."
        ),
        "why.bad": _("It did not pass every check; see below which."),
        "checked": _("Checked by this device's clock at {time}"),
        "no_certificate": _("Now add the certificate itself, or paste its QR code."),
        "wrapper": _(
            "Only the signed part inside was checked. Don't go by the page or picture around it, but by what stands here."
        ),
        "facts": _("What the signed part says"),
        "fact.name": pgettext("of a person", "Name"),
        "fact.number": _("Certificate number"),
        "fact.level": _("Level"),
        "fact.issuer": _("Issued by"),
        "fact.issued": _("Issued on"),
        "fact.base": _("Training base"),
        "fact.parts": _("Parts of the assessment"),
        "fact.competences": _("Competences"),
        "fact.made": _("Made on"),
        "fact.until": _("Valid until"),
        "partial": _("It says that it is not complete."),
        "member": _("A certificate in it"),
        "no_end": _("no end date"),
        "checks": _("Each check"),
        "outcome.ok": pgettext("check of a file", "passed"),
        "outcome.failed": pgettext("check of a file", "not passed"),
        "outcome.unknown": pgettext("check of a file", "can't know"),
        "check.form": _("Form: strict JSON, exactly our contexts, no unknown or doubled terms"),
        "check.address": _("The QR code leads to the official address"),
        "check.issuer": _("Issuer of the credential"),
        "check.proof": _("Digital signature"),
        "check.dates": _("Dates of the credential"),
        "check.status": _("Signed status list"),
        "check.log": _("Entry in the transparency log"),
        "check.pdf": _("The PDF's own signature, which covers its page"),
        "self_made": _(
            "PDF readers such as Adobe Acrobat call the signer unknown, because the certificate is our own and not bought from "
            "one of their list; that says nothing against the file."
        ),
        "name.fits": _("The typed name is the one this code was made for."),
        "name.other": _("The typed name is another one than this code was made for."),
        "name.unknown": _("This address lacks its last part, so the name can't be compared."),
        "name.ask": _("The code holds no name in clear. Type the name on the paper beside the code to have the two compared."),
        "given": _("{file} ({use})"),
        "use.certificate": _("certificate"),
        "use.record": _("learner record"),
        "use.list": _("status list"),
        "use.bundle": _("log proof"),
        "use.package": _("package"),
        "use.keys": _("keys, not used: those of this page count"),
    }
    words |= {f"code.{code}": text for code, text in _codes().items()}
    words |= {f"code.{code}": str(text) for code, text in UNREADABLE.items()}
    words |= {f"code.pdf_{code}": text for code, text in _pdf_codes().items()}
    words |= {f"level.{letter}": str(Level.Code(code).label) for code, letter in LEVEL_LETTERS.items()}
    return words


def _pdf_codes() -> dict[str, str]:
    """What is said of a PDF's own signature: as on the page that checks files, but for what only the register knows."""
    days = {"as_of": "{as_of}", "stamped_on": "{stamped_on}"}  # filled in by the script
    return {code: str(text) % days for code, text in PDF_SIGNATURES.items()} | {
        "unsigned": _(
            "This PDF carries no signature: the certificate was issued before we began to sign PDFs. "
            "Whether its page is ours is known at the official address only."
        ),
        "no_list": _("There was no list of the signers of our PDFs when this page was made, so nothing is known of its page."),
        "no_crypto": _(
            "This browser can't compute that signature here, so nothing is known of its page. Open this page by https or from a "
            "folder of your own, or bring the file to the official address."
        ),
    }


def _codes() -> dict[str, str]:
    """Why a check did not pass, or could not be made."""
    return {
        "not_strict": _(
            "It is no JSON that every reader reads alike: a member stands twice, a fraction, a text that doesn't end."
        ),
        "contexts": _("Its contexts are not exactly those of our certificates."),
        "other_terms": _("It has terms that our certificates don't have."),
        "unreadable": _("A part of it can't be read."),
        "not_whole": _("The code is not whole."),
        "another_issuer": _("It names another issuer."),
        "other_proofs": _("It carries other proofs than we make."),
        "only_rdfc": _("It carries only the proof that needs software for JSON-LD."),
        "key_unknown": _("The key is not among those that this page knows as the issuer's."),
        "signature": _("The signature does not fit the content."),
        "not_yet": _("A date lies in the future."),
        "expired": _("The end date is past."),
        "no_address": _("Only the code was given, without the address."),
        "other_address": _(
            "It leads to another site. A genuine code on a false address is a trap: type the official address yourself."
        ),
        "no_list": _("No status list was given. Download it from the official address, today."),
        "list_elsewhere": _("The status list that was given is not the one this certificate is in."),
        "list_other": _("The status list is not one of ours."),
        "list_signature": _("The signature of the status list does not fit."),
        "list_stale": _("The status list ran out; what happened since can't be known."),
        "several": _("These files are of different certificates. Start again, and check one certificate at a time."),
        "revoked": _("The list names this certificate as revoked or suspended."),
        "no_bundle": _("No log proof was given. It is not needed; it shows that the issue was entered in the public log."),
        "log_other": _("The log proof belongs to another file."),
        "log_wrong": _("The log proof does not add up, or its head is not signed by the issuer."),
    }
