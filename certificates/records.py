"""Making a learner record: which certificates stand in it, and signing it. Runs in workers, never in a request."""

import json
import secrets
from datetime import datetime, timedelta

from django.conf import settings

from lms.lib.hashing import data_hash

from .credential.build import issuer_profile
from .credential.record import RecordFacts, build_record, sign_record
from .issuing import KeyGone, Press
from .models import Certificate, IssuedCredential, LearnerRecord, SigningKey


class NotYet(Exception):
    """A certificate of the holder is being signed; the job tries again a little later."""


def stated(holder, *, at: datetime) -> tuple[list[IssuedCredential], bool]:
    """Return the copies that a record of this holder has, the first earned first, and whether something is left out.

    In it: every certificate that was neither revoked nor replaced, run out or not, for its own dates say so; of one level of
    one version of the syllabus (a renewal) the last one. Left out and said to be: what is suspended, and imported old records,
    which have no signature. Raises NotYet.
    """
    found = Certificate.objects.standing().filter(holder=holder).order_by("issued_on", "pk")
    latest: dict[tuple[str, str], Certificate] = {}
    partial = holder.old_records.filter(live=True).exists()
    for certificate in found:
        if certificate.state == Certificate.State.SUSPENDED:
            partial = True
        elif certificate.needs_copy():
            raise NotYet
        else:
            latest[place_of(certificate)] = certificate
    copies = (
        IssuedCredential.objects.accepted().filter(certificate__in=latest.values()).select_related("certificate", "key")
    )
    last = {copy.certificate_id: copy for copy in copies.order_by("number")}
    if missing := {certificate.pk for certificate in latest.values()} - set(last):
        raise NotYet(len(missing))
    return [last[certificate.pk] for certificate in latest.values()], partial


def place_of(certificate: Certificate) -> tuple[str, str]:
    """The version of the syllabus and the level, by which achievements are told apart."""
    return certificate.facts["syllabus"]["slug"], certificate.facts["level"]["code"]


def make(record: LearnerRecord, *, at: datetime) -> None:
    """Sign the record that was asked for. Done once: again does nothing.

    The certificates stand in it as they were signed, byte for byte in canonical form, with their own proofs.
    """
    if record.status != LearnerRecord.Status.WAITING:
        return
    copies, partial = stated(record.holder, at=at)
    if not copies:
        record.give_up(at=at)
        return
    press = Press.ready(at=at)
    certificates = [json.loads(copy.credential) for copy in copies]
    given = RecordFacts(
        record_id=f"urn:uuid:{record.uuid}",
        issuer=issuer_profile(press.did, press.issuer_name, settings.BASE_URL),
        holder_name=record.holder.full_name,
        email=record.holder.email,
        email_salt=secrets.token_hex(16),
        certificates=certificates,
        ladder=[place_of(copy.certificate) for copy in copies],
        partial=partial,
        valid_from=at,
        valid_until=at + timedelta(days=LearnerRecord.DAYS),
    )
    signed = sign_record(build_record(given), press.signer, at=at)
    text = json.dumps(signed, ensure_ascii=False, indent=2)
    if SigningKey.objects.filter(pk=press.key.pk, status=SigningKey.Status.COMPROMISED).exists():
        raise KeyGone
    signature = signed["proof"][-1]["proofValue"]
    sha256 = data_hash(text.encode())
    record.keep(text, sha256=sha256, signature=signature, key=press.key, copies=copies, partial=partial, at=at)


def drop_run_out(*, at: datetime) -> int:
    """Delete the texts of records past their end; hash and contents stay. Returns how many."""
    return LearnerRecord.objects.run_out(at).update(credential="")
