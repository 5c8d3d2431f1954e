"""Answers a list: a few queries for all its lines, then the two files to take away and the signed statement about them.

Which of number and name was wrong is told for no line; a line that matches and one that does not cost the same.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from lms.lib.hashing import data_hash
from lms.lib.listing import safe_cell
from lms.lib.workbook import workbook

from .models import Certificate, CheckLine, CheckList, EmployerTerms, HistoricRecord, Lookup, Recognition
from .numbers import normalise_number
from .old_numbers import number_key, statement_number
from .receipts import sign, statement_on_list
from .verification import DECOY, DECOY_RECORD

BATCH = 500
# Answers about what is no certificate of ours.
OTHERS = {
    "imported": gettext_lazy("imported record, not checked by us"),
    "taken_back": gettext_lazy("no certificate of ours, taken back"),
    "recognised": gettext_lazy("another body's certificate, recognised by statement"),
}  # fmt: skip
COLUMNS = ["number", "holder_name", "holder_name_latin", "state", "state_at", "valid_until", "issued_on"]


def answer(check_list: CheckList, *, at: datetime, beat: Callable[[int, int], None]) -> Callable[[], None]:
    """Find every answer, draw and keep the files; return what has to be written in one transaction."""
    names, lines = check_list.names(), list(check_list.lines.all())
    lookups: list[Lookup] = []
    for start in range(0, len(lines), BATCH):
        some = lines[start : start + BATCH]
        asked = Certificate.objects.prepared().filter(number__in=[line.number for line in some]).only(*COLUMNS)
        found = {certificate.number: certificate for certificate in asked}
        others = _others([line.number for line in some if not normalise_number(line.number)])
        lookups += [
            _answer_other(line, others.get(number_key(line.number)), names[line.place], check_list, at)
            if not normalise_number(line.number) else _answer(line, found.get(line.number), names[line.place], check_list, at)
            for line in some
        ]  # fmt: skip
        beat(start + len(some), len(lines))
    counts = dict(Counter(line.state for line in lines))
    files = {"csv": as_csv(lines, at=at), "xlsx": as_xlsx(lines, at=at)}
    _keep(check_list, files)
    hashes = {kind: data_hash(data) for kind, data in files.items()}
    statement = sign(statement_on_list(rows=len(lines), counts=counts, files=hashes, at=at), at=at)
    names_until = at + timedelta(hours=EmployerTerms.objects.at(at).names_hours)

    def write() -> None:
        waiting = CheckList.objects.filter(pk=check_list.pk, status=CheckList.Status.WAITING, deleted_at=None)
        done = {"status": CheckList.Status.DONE, "answered_at": at, "counts": counts, "statement": statement}
        if waiting.update(**done, names_until=names_until):
            CheckLine.objects.bulk_update(lines, ["state", "valid_until", "state_since"], batch_size=BATCH)
            Lookup.objects.bulk_create(lookups, batch_size=BATCH)
        elif CheckList.objects.filter(pk=check_list.pk).exclude(deleted_at=None).exists():
            check_list.delete_files()  # deleted meanwhile

    return write


def _answer(line: CheckLine, certificate: Certificate | None, name: str, check_list: CheckList, at: datetime) -> Lookup:
    """Fill the line in; return the note of it for the holder, or for nobody."""
    match = (certificate or DECOY).belongs_to(name) and certificate is not None
    line.state = CheckLine.NO_MATCH
    if match:
        line.state = certificate.state_on(timezone.localdate(at))
        line.valid_until = certificate.valid_until
        if line.state in Certificate.BAD_STATES:
            line.state_since = timezone.localdate(certificate.state_at)
    return Lookup(
        certificate=certificate if match else None,
        way=Lookup.Way.LIST,
        organisation_id=check_list.organisation_id if match else None,
        looked_up_at=at,
    )


def _others(numbers: list[str]) -> dict[str, HistoricRecord | Recognition]:
    """{key: imported record that stands, else the last that did; or recognition}. Two queries at most."""
    keys = {number_key(number) for number in numbers} - {""}
    rows = HistoricRecord.objects.shown().filter(number_key__in=keys).order_by("live", "pk") if keys else []
    found: dict[str, HistoricRecord | Recognition] = {row.number_key: row for row in rows}
    stated = {number for key in keys if (number := statement_number(key))}
    said = Recognition.objects.filter(number__in=stated, status__in=["recognised", "ended"]) if stated else []
    return found | {number_key(row.number): row for row in said}


def _answer_other(
    line: CheckLine, found: HistoricRecord | Recognition | None, name: str, check_list: CheckList, at: datetime
) -> Lookup:
    """As `_answer`, for a number that is not a certificate's of ours."""
    match = (found or DECOY_RECORD).belongs_to(name) and found is not None
    line.state = CheckLine.NO_MATCH
    lookup = Lookup(way=Lookup.Way.LIST, organisation_id=check_list.organisation_id if match else None, looked_up_at=at)
    if match:
        line.valid_until = found.valid_until
        if isinstance(found, Recognition):
            line.state, lookup.recognition = found.state_on(timezone.localdate(at)), found
            line.state_since = found.ended_on if line.state == "taken_back" else None
        else:
            line.state, lookup.record = "taken_back" if found.ended_at else "imported", found
            line.state_since = timezone.localdate(found.ended_at) if found.ended_at else None
    return lookup


def state_label(state: str) -> str:
    """One word for the answer of a line; a corrected certificate is one that was replaced."""
    if state in OTHERS:
        return str(OTHERS[state])
    if state == CheckLine.NO_MATCH:
        return pgettext("check list", "no match")
    if state == Certificate.State.CORRECTED:
        return pgettext("check list", "replaced")
    return str(dict(Certificate.State.choices).get(state, state))


def _table(lines: list[CheckLine], *, at: datetime) -> list[list]:
    """Headings and rows, in both languages, as the file is read by people and by software."""
    words: dict[tuple[str, str], str] = {}
    languages = [settings.LANGUAGE_CODE, "en"]
    headings: list[list[str]] = []
    for language in languages:
        with override(language):
            row = pgettext("of a spreadsheet", "Row")
            rest = [_("State"), _("State"), _("Valid until"), _("Since"), _("Checked at (UTC)")]
            headings.append([row, _("Certificate number"), *rest])
            words |= {(language, state): state_label(state) for state in {line.state for line in lines}}
    head = [zh if zh == en else f"{zh} / {en}" for zh, en in zip(*headings, strict=True)]
    head[3] = "state"
    moment = f"{at.astimezone(timezone.get_fixed_timezone(0)):%Y-%m-%dT%H:%M:%SZ}"
    rows = [
        [line.row, line.number, " / ".join(words[language, line.state] for language in languages), line.state,
         line.valid_until.isoformat() if line.valid_until else "",
         line.state_since.isoformat() if line.state_since else "", moment]
        for line in lines
    ]  # fmt: skip
    return [head, *rows]


def as_csv(lines: list[CheckLine], *, at: datetime) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([safe_cell(cell) for cell in row] for row in _table(lines, at=at))
    return ("\ufeff" + buffer.getvalue()).encode()


def as_xlsx(lines: list[CheckLine], *, at: datetime) -> bytes:
    return workbook([(_("Result"), _table(lines, at=at))])


def _keep(check_list: CheckList, files: dict[str, bytes]) -> None:
    storage = storages["private"]
    for kind, data in files.items():
        name = check_list.file_name(kind)
        if storage.exists(name):  # from an attempt that was cut off
            storage.delete(name)
        storage.save(name, ContentFile(data))
