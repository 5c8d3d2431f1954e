"""The officers' page of keys: where each stands, what it signed, and the command that comes next."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from certificates.key_overview import State, pdf_signers, pdf_step, receipt_keys, signing_keys, signing_step
from certificates.keystore import announce, rotate, withdraw
from certificates.log import tree
from certificates.models import LogLeaf, PdfSigner, SigningKey, TreeHead
from certificates.pdf_keys import announce_signer
from certificates.receipt_keys import signing_key
from tests.certificates.log.test_log import tamper

DAY = timedelta(days=1)


@pytest.fixture
def certificate(fresh_certificate):
    return fresh_certificate


@pytest.fixture(autouse=True)
def own_keys(settings, tmp_path):
    settings.KEYS_DIR, settings.KEY_OVERLAP_HOURS = tmp_path / "keys", 72


def states(rows) -> list[str]:
    return [row.state for row in rows]


def test_it_works(certificate, officer, client_for):
    heads = TreeHead.objects.count()
    tree.sign_head(at=timezone.now())
    page = client_for(officer, "en").get(reverse("key_list"))
    text = page.content.decode()
    (key,), (signer,) = page.context["signing"], page.context["pdfs"]
    assert (key.state, dict(key.signed), key.published) == (State.SIGNS, {
        "copies of certificates": 1, "heads of the log": heads + 1, "learner records": 0}, True)  # fmt: skip
    assert (signer.state, dict(signer.signed), signer.self_made) == (State.SIGNS, {"PDFs": 1, "fresh PDFs": 0}, True)
    for row, kind in ((key, "did"), (signer, "pdf_signers")):
        entry = LogLeaf.objects.get(kind=kind)
        assert row.entered.log_leaf == entry and f"since version 1, entry {entry.index} of the log" in text
        assert row.name in text and f"?hash={row.entered.sha256}" in text
    for command in ("manage.py rotate_key", "manage.py rotate_pdf_key", f"manage.py withdraw_key {key.name} --as-of",
                    f"manage.py withdraw_pdf_key {signer.name[:12]} --as-of", f"--by {officer.email} --dry-run"):  # fmt: skip
        assert command in text
    assert "PRIVATE" not in text and "No receipt has been asked for yet" in text


def test_before_the_first_key(officer, client_for):
    text = client_for(officer, "en").get(reverse("key_list")).content.decode()
    assert "The first key is made when the first certificate is signed." in text and "manage.py rotate_key" not in text


def test_only_officers(certificate, registrar, employer, trainee, client_for):
    for person in (registrar, employer, trainee):
        assert client_for(person).get(reverse("key_list")).status_code == 403
    assert client_for(None).get(reverse("key_list")).status_code == 302
    assert reverse("key_list") not in client_for(registrar).get(reverse("certificate_register")).content.decode()


def test_a_rotation_step_by_step(certificate):
    at = timezone.now()
    assert signing_step(signing_keys(at=at)).command == "manage.py rotate_key"
    announced = announce(at=at)
    rows = signing_keys(at=at + 2 * DAY)
    assert states(rows) == [State.ANNOUNCED, State.SIGNS] and rows[0].signs_from == announced.active_from + 3 * DAY
    assert (rows[0].published, rows[0].entered.number) == (True, 2)
    waiting = signing_step(rows)
    assert waiting.command == "" and announced.key_id in waiting.text
    rows = signing_keys(at=at + 3 * DAY)
    assert states(rows) == [State.READY, State.SIGNS]
    assert (signing_step(rows).command, signing_step(rows).tone) == ("manage.py rotate_key", "warn")
    rotate(at=at + 3 * DAY)
    rows = signing_keys(at=at + 3 * DAY)
    assert states(rows) == [State.SIGNS, State.RETIRED]
    assert rows[1].until == at + 3 * DAY and rows[1].published  # what it signed stays good


def test_what_a_drill_came_to(certificate, officer, client_for, run_jobs):
    key = SigningKey.objects.get()
    withdraw(key, as_of=timezone.now(), reason="年度演练", by=officer, at=timezone.now())
    client = client_for(officer, "en")

    def outcome():
        page = client.get(reverse("key_list"))
        row = next(row for row in page.context["signing"] if row.name == key.key_id)
        assert (row.state, row.published) == (State.WITHDRAWN, False)
        assert "年度演练" in page.content.decode() and "no longer in the list as it is served" in page.content.decode()
        return [count for _words, count in row.withdrawal.outcome], row.withdrawal.job.state

    assert outcome() == ([0, 0, 1], "queued")
    run_jobs()
    assert outcome() == ([1, 0, 0], "done")


def test_what_the_log_did_not_have_is_counted_apart(certificate, officer, run_jobs):
    entered = LogLeaf.objects.get(kind="issued").logged_at
    withdraw(SigningKey.objects.get(), as_of=entered, reason="演练", by=officer, at=timezone.now())
    run_jobs()
    row = next(row for row in signing_keys(at=timezone.now()) if row.withdrawal)
    assert [count for _words, count in row.withdrawal.outcome] == [0, 1, 0]


def test_signers_of_pdfs_step_by_step(certificate, officer, run_jobs):
    at = timezone.now()
    assert pdf_step(pdf_signers(at=at), at=at).command == "manage.py rotate_pdf_key"
    announce_signer(at=at)
    rows = pdf_signers(at=at)
    assert states(rows) == [State.ANNOUNCED, State.SIGNS] and pdf_step(rows, at=at).command == ""
    assert states(pdf_signers(at=at + 4 * DAY)) == [State.READY, State.SIGNS]
    old = pdf_signers(at=at)[1:]
    assert [pdf_step(old, at=at + days * DAY).tone for days in (3500, 3600)] == ["info", "warn"]  # it runs out after 3650 days
    assert states(pdf_signers(at=at + 3700 * DAY))[1] == State.RUN_OUT
    first = PdfSigner.objects.earliest("first_used_at")
    first.withdraw(as_of=at, reason="演练", by=officer, at=timezone.now())
    row = pdf_signers(at=at)[-1]
    assert (row.state, [count for _words, count in row.withdrawal.outcome]) == (State.WITHDRAWN, [1])
    run_jobs()
    rows = pdf_signers(at=timezone.now())
    assert [count for _words, count in rows[-1].withdrawal.outcome] == [0] and rows[-1].withdrawal.job.state == "done"
    assert states(rows).count(State.SIGNS) == 1 and rows[states(rows).index(State.SIGNS)].signed[1][1] == 1  # fresh PDFs


def test_a_bought_one_is_switched_by_a_setting(certificate):
    tamper("UPDATE certificates_pdfsigner SET self_made = %s", False)
    at = timezone.now()
    assert pdf_step(pdf_signers(at=at), at=at).command == "manage.py rotate_pdf_key --file NEXT.p12"
    row = PdfSigner.objects.get()
    values = {name: getattr(row, name) for name in ("certificates", "subject", "valid_from", "valid_until")}
    PdfSigner.objects.create(fingerprint="sha256:00", self_made=False, first_used_at=at + DAY, **values)
    step = pdf_step(pdf_signers(at=at), at=at)
    assert (step.command, step.tone) == ("LMS_PDF_SIGNER=NEXT.p12", "warn")
    assert not pdf_signers(at=at)[0].published  # nobody kept the list with it: the audit says so too


def test_keys_of_receipts(settings, db):
    at = timezone.now()
    old = signing_key(at=at)[0]
    settings.SECRET_KEY = "another-secret-of-the-tests"
    new = signing_key(at=at + DAY)[0]
    assert [(row.name, row.state) for row in receipt_keys()] == [(new, State.SIGNS), (old, State.RETIRED)]
    call_command("withdraw_receipt_key", old)
    assert receipt_keys()[1].state == State.WITHDRAWN


def test_a_constant_number_of_queries(certificate, officer, client_for, django_assert_max_num_queries):
    client = client_for(officer)
    client.get(reverse("key_list"))
    withdraw(SigningKey.objects.get(), as_of=timezone.now(), reason="演练", by=officer, at=timezone.now())
    for _time in range(3):
        rotate(at=timezone.now())
    PdfSigner.objects.get().withdraw(as_of=timezone.now(), reason="演练", by=officer, at=timezone.now())
    with django_assert_max_num_queries(28):
        client.get(reverse("key_list"))
