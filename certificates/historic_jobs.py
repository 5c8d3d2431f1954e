"""The jobs of an import of old records: reading the file, taking its rows over in portions, telling people of their claim."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from django.conf import settings
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.jobs import job
from lms.lib.mail import send

from .historic_reading import MAX_ROWS, OldRow, OldTrouble, read_rows
from .models import HistoricClaim, HistoricImport, HistoricRecord, Recognition

PORTION = 1000


@contextmanager
def _file_of(batch: HistoricImport) -> Iterator[BinaryIO]:
    """The file's bytes where they can be read back and forth, in memory while they are few."""
    with storages["private"].open(batch.file_name) as kept, tempfile.SpooledTemporaryFile(max_size=2**20) as copy:
        for piece in kept.chunks():
            copy.write(piece)
        copy.seek(0)
        yield copy


def _portions(rows: Iterator[OldRow | OldTrouble]) -> Iterator[list[OldRow | OldTrouble]]:
    while portion := list(islice(rows, PORTION)):
        yield portion


@job("certificates.check_historic")
def check_historic(handle, batch: int) -> None:
    """Read the whole file once: every fault by its row, nothing written but what was found."""
    found = HistoricImport.objects.get(pk=batch)
    if found.status != HistoricImport.Status.CHECKING:
        return
    faults: list[list] = []
    seen: dict[int, int] = {}  # hash of a number: its row. Eight bytes a number, whatever the file holds
    count = rows = 0
    preview: list[list[str]] = []
    with override(settings.LANGUAGE_CODE), _file_of(found) as file:
        for portion in _portions(read_rows(file, found.extension, today=timezone.localdate())):
            known = _known([one.key for one in portion if isinstance(one, OldRow)])
            for one in portion:
                if said := _fault(one, seen, known, found.issuer):
                    count += 1
                    if len(faults) < HistoricImport.KEPT_FAULTS:
                        faults.append([one.row, *said])
                    continue
                rows += 1
                if len(preview) < HistoricImport.PREVIEW:
                    until = one.valid_until.isoformat() if one.valid_until else ""
                    preview.append([str(one.row), one.number, one.name, one.level, one.issued_on.isoformat(),
                                    one.issuer or found.issuer, until, one.note])  # fmt: skip
            handle.beat(rows + count)
            if rows > MAX_ROWS:
                faults, count = [[0, *_said(_too_many)]], 1
                break
        if not rows and not count:
            faults, count = [[0, *_said(lambda: _("There is nothing below the headings."))]], 1
    found.checked(rows=rows, faults=faults, fault_count=count, preview=preview)


def _said(text: Callable[[], object]) -> list[str]:
    """A fault in both languages, the site's first: officers of either read it later."""
    said = []
    for language in (settings.LANGUAGE_CODE, "en"):
        with override(language):
            said.append(str(text()))
    return said


def _too_many() -> str:
    return _("There are more than %(most)s lines; bring the list in parts.") % {"most": MAX_ROWS}


def _fault(one: OldRow | OldTrouble, seen: dict[int, int], known: set[str], issuer: str) -> list[str]:
    if isinstance(one, OldTrouble):
        return _said(lambda: one.text)
    if first := seen.get(hash(one.key)):
        return _said(lambda: _("This number stands in row %(row)s already.") % {"row": first})
    seen[hash(one.key)] = one.row
    if one.key in known:
        return _said(lambda: _("A record with this number was imported before."))
    if not (one.issuer or issuer):
        return _said(lambda: _("The issuer is missing."))
    return []


def _known(keys: list[str]) -> set[str]:
    found = HistoricRecord.objects.filter(live=True)
    return {
        key for start in range(0, len(keys), 500)
        for key in found.filter(number_key__in=keys[start : start + 500]).values_list("number_key", flat=True)
    }  # fmt: skip


@job("certificates.import_historic")
def import_historic(handle, batch: int):
    """Take the rows over, a portion a transaction; a new worker goes on after the last portion. At the end all of them begin
    to answer together, in the transaction that ends the job."""
    found = HistoricImport.objects.get(pk=batch)
    if found.status != HistoricImport.Status.IMPORTING:
        return None
    last = found.records.order_by("-row").values_list("row", flat=True).first() or 0
    done = found.records.count()
    with _file_of(found) as file:
        rows = (one for one in read_rows(file, found.extension, today=timezone.localdate()) if one.row > last)
        for portion in _portions(rows):
            with transaction.atomic():
                handle.beat(done, found.rows)
                HistoricRecord.objects.bulk_create(
                    HistoricRecord(
                        batch=found, row=one.row, number=one.number, number_key=one.key, name=one.name, level=one.level,
                        issued_on=one.issued_on, issuer=one.issuer or found.issuer, valid_until=one.valid_until, note=one.note,
                    )
                    for one in portion
                )  # fmt: skip
            done += len(portion)
    handle.beat(done, found.rows)
    return lambda: _finish(found)


def _finish(found: HistoricImport) -> None:
    try:
        with transaction.atomic():
            found.finish(at=now())
    except IntegrityError:
        records = found.records.filter(number_key__in=HistoricRecord.objects.filter(live=True).values("number_key"))
        said = _said(lambda: _("A record with this number was imported before."))
        found.give_up([[row, *said] for row in records.values_list("row", flat=True)], at=now())


@job("certificates.mail_claim")
def mail_claim(handle, claim: int) -> None:
    """Tell the person that their claim was decided; what and why is on the page."""
    found = HistoricClaim.objects.select_related("user").get(pk=claim)
    with override(settings.LANGUAGE_CODE):
        subject = _("Your claim of an imported record: %(state)s") % {"state": found.get_status_display()}
    send(subject, [settings.BASE_URL + found.get_absolute_url()], to=found.user.email, key=f"historic-claim-{found.uuid}")


@job("certificates.mail_recognition")
def mail_recognition(handle, recognition: int) -> None:
    """Tell the person how their application stands; what and why is on the page."""
    found = Recognition.objects.select_related("holder").get(pk=recognition)
    with override(settings.LANGUAGE_CODE):
        subject = _("Recognition of your certificate: %(state)s") % {"state": found.get_status_display()}
    key = f"recognition-{found.uuid}-{found.status}"
    send(subject, [settings.BASE_URL + found.get_absolute_url()], to=found.holder.email, key=key)
