"""The list of what signs PDFs: every version is kept and is an entry of the log, and what was done in silence shows."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from certificates.jobs import keep_log
from certificates.log.audit import problems
from certificates.models import AuditFinding, LogLeaf, PdfSigner, PdfSignerList
from certificates.pdf_keys import announce_signer
from certificates.pdf_signers import keep_signer_list
from certificates.repair_plans import enter, log_plan
from lms.lib.hashing import data_hash
from tests.certificates.log.test_log import forget_log, tamper

SIGNER = PdfSigner._meta.db_table
COLUMNS = "certificates, subject, self_made, valid_from, valid_until"


def add_in_silence(*, signs_from) -> None:
    """As somebody who has the database: a further signer, of whom nothing is kept."""
    tamper(
        f"INSERT INTO {SIGNER} (fingerprint, first_used_at, {COLUMNS}) SELECT 'sha256:00', %s, {COLUMNS} FROM {SIGNER}",
        signs_from,
    )


def test_every_version_is_kept_and_logged(client, certificate, officer, settings, tmp_path, run_jobs):
    usual, settings.KEYS_DIR = settings.KEYS_DIR, tmp_path / "keys"
    announced = announce_signer(at=timezone.now())
    settings.KEYS_DIR = usual
    announced.withdraw(as_of=timezone.now(), reason="演练", by=officer, at=timezone.now())
    listed = client.get(reverse("pdf_signer_lists")).json()["versions"]
    assert [row["version"] for row in listed] == [1, 2, 3]
    for row in listed:
        text = client.get(reverse("pdf_signer_list", args=[row["version"]])).content
        entry = json.loads(LogLeaf.objects.get(index=row["log_entry"]).data)
        assert (entry["kind"], entry["document"]) == ("pdf_signers", row["sha256"]) and data_hash(text) == row["sha256"]
    assert client.get(reverse("pdf_signers")).content == text
    assert [bool(row["withdrawn_as_of"]) for row in json.loads(text)["signers"]] == [False, True]
    assert client.get(reverse("pdf_signer_list", args=[4])).status_code == 404
    assert keep_signer_list(at=timezone.now()) is None  # nothing has changed
    run_jobs()
    assert list(problems()) == []


def test_added_in_silence(certificate):
    add_in_silence(signs_from=timezone.now())
    assert list(problems()) == ["the list of signers of PDFs is another than the one that was published last, version 1"]
    keep_log(None)  # the daily job enters nothing that nobody kept
    assert PdfSignerList.objects.count() == 1 and list(problems()) != []


def test_dated_back(certificate):
    """Also where the forger has our code keep the version: when it was entered is not theirs to say."""
    add_in_silence(signs_from=timezone.now() - timedelta(days=40))
    keep_signer_list(at=timezone.now() - timedelta(days=40))
    (problem,) = problems()
    assert "version 2: sha256:00 says that it signs from" in problem and "but was entered at" in problem


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        (f"DELETE FROM {SIGNER} WHERE fingerprint = 'sha256:00'", "version 3: sha256:00 was taken out"),
        (f"UPDATE {SIGNER} SET subject = 'CN=Other' WHERE fingerprint = 'sha256:00'", "version 3: sha256:00 was changed"),
    ],
)
def test_taken_out_and_changed(certificate, sql, finding):
    add_in_silence(signs_from=timezone.now())
    keep_signer_list(at=timezone.now())
    assert list(problems()) == []
    tamper(sql)
    keep_signer_list(at=timezone.now())
    assert list(problems()) == [f"signers of PDFs, {finding}"]


def test_a_withdrawal_that_was_taken_back(certificate, officer):
    PdfSigner.objects.get().withdraw(as_of=timezone.now(), reason="演练", by=officer, at=timezone.now())
    assert list(problems()) == []
    tamper("DELETE FROM certificates_pdfsignerwithdrawal")
    keep_signer_list(at=timezone.now())
    assert [problem.split(": ")[0] for problem in problems()] == ["signers of PDFs, version 3"]


def test_a_version_that_was_changed(certificate):
    tamper(f"UPDATE {PdfSignerList._meta.db_table} SET text = replace(text, 'CN=', 'OU=')")
    found = list(problems())
    assert any("document is not the one that was published" in problem for problem in found)


def test_a_site_from_before_is_caught_up_with(certificate):
    forget_log()
    tamper(f"DELETE FROM {PdfSignerList._meta.db_table}")
    assert "not in the log: the list of signers of PDFs" in list(problems())
    finding = AuditFinding(code="log", detail="not in the log: the list of signers of PDFs")
    assert log_plan(finding)[0][2] == "the list of signers of PDFs"
    enter(None, timezone.now())
    assert list(problems()) == [] and PdfSignerList.objects.count() == 1


def test_the_database_wants_an_entry_to_be_of_one_thing(certificate):
    keys, signers = LogLeaf.objects.get(kind="did"), LogLeaf.objects.get(kind="pdf_signers")
    for values in ({"kind": "did"}, {"kind": "suspended"}, {"did_version_id": keys.did_version_id}):
        (column, value), = values.items()
        with pytest.raises(IntegrityError), transaction.atomic():
            tamper(f"UPDATE {LogLeaf._meta.db_table} SET {column} = %s WHERE id = %s", value, signers.pk)
