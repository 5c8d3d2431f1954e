"""Key stores, rotation with overlap, versions of the published keys, and a key that is withdrawn."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from certificates.credential import proof
from certificates.credential.verify import verify_offline
from certificates.filecheck import verify_file
from certificates.issuing import issue
from certificates.keystore import active_key, public_did_document, rotate, signer_of, withdraw
from certificates.keystores import FileKeyStore
from certificates.log.audit import problems
from certificates.models import Certificate, DidVersion, LogLeaf, SigningKey, StatusList
from certificates.resigning import left_of, renew
from certificates.verification import verify_by_token
from lms.lib.errors import WrongState
from lms.lib.hashing import data_hash
from tests.factories.certificates import settle

from .kms import Service


@pytest.fixture
def certificate(fresh_certificate):
    return fresh_certificate


@pytest.fixture
def service():
    found = Service()
    yield found
    found.close()


def test_a_file_store(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    public = FileKeyStore().create("one")
    assert FileKeyStore().create("one") == public
    proof.public_key(public).verify(FileKeyStore().sign(b"text", "one"), b"text")
    with pytest.raises(OSError):
        FileKeyStore().sign(b"text", "two")


def test_a_certificate_from_another_store(settings, tmp_path, service, request):
    """The whole way with keys that never come here: credential, QR code, status list, log head."""
    settings.KEY_STORE, settings.KEYS_DIR = "tests.certificates.kms.HttpKeyStore", tmp_path / "none"
    certificate = request.getfixturevalue("certificate")
    issued = certificate.credentials.select_related("status_list").get()
    report = verify_offline(issued.credential, public_did_document(), issued.status_list.credential, at=timezone.now())
    assert report.verdict == "valid" and list(problems()) == []
    assert service.signed >= 6
    assert [path for path in settings.KEYS_DIR.iterdir() if not path.name.startswith("pdf-")] == []  # the PDFs' key is apart
    with pytest.raises(OSError):
        signer_of(SigningKey(key_id="nobody", did="did:web:x")).sign(b"")


def test_the_next_key_is_published_before_it_signs(certificate, settings, run_jobs):
    settings.KEY_OVERLAP_HOURS = 72
    old, out = active_key(at=timezone.now()), StringIO()
    call_command("rotate_key", stdout=out)
    announced = SigningKey.objects.get(status="next")
    assert str(announced) in json.dumps(public_did_document()) and active_key(at=timezone.now()) == old
    call_command("rotate_key", stdout=out)
    assert active_key(at=timezone.now()) == old and "can sign from" in out.getvalue()
    SigningKey.objects.filter(pk=announced.pk).update(active_from=timezone.now() - timedelta(hours=73))
    call_command("rotate_key", stdout=out)
    assert active_key(at=timezone.now()) == announced
    assert str(old) in json.dumps(public_did_document())
    call_command("rotate_key", "--now", stdout=out)
    assert SigningKey.objects.filter(status="retired").count() == 2


def test_every_version_of_the_keys_is_kept_and_logged(client, certificate, officer, run_jobs):
    rotate(at=timezone.now())
    run_jobs()
    assert [leaf.kind for leaf in LogLeaf.objects.all()] == ["did", "pdf_signers", "issued", "did"]
    listed = client.get(reverse("did_versions")).json()["versions"]
    assert [row["version"] for row in listed] == [1, 2] and [row["log_entry"] for row in listed] == [0, 3]
    for row in listed:
        text = client.get(reverse("did_version", args=[row["version"]])).content
        entry = json.loads(LogLeaf.objects.get(index=row["log_entry"]).data)
        assert data_hash(text) == row["sha256"] == entry["document"]
    assert client.get(reverse("did_document")).content == text
    assert client.get(reverse("did_version", args=[3])).status_code == 404
    assert list(problems()) == []


@pytest.fixture
def old_copy(certificate):
    return certificate.credentials.get()


def pdf_of(copy) -> bytes:
    with storages["private"].open(copy.pdf_name) as file:
        return file.read()


def gone(officer, *, as_of, at=None):
    key = SigningKey.objects.get(status="active")
    withdraw(key, as_of=as_of, reason="演练", by=officer, at=at or timezone.now())
    return key


def test_what_was_recorded_before_is_signed_anew(certificate, old_copy, officer, run_jobs, client):
    at = timezone.now()
    key = gone(officer, as_of=at)
    before = verify_file(old_copy.credential.encode(), at=at)
    assert before.verdict.state == "key_withdrawn"
    assert before.as_json()["file"]["withdrawn_key"] == {
        "as_of": timezone.localdate(at).isoformat(), "recorded_before": True, "signed_anew_on": None,
    }  # fmt: skip
    assert not any(method["id"] == str(key) for method in public_did_document()["verificationMethod"])
    run_jobs()
    certificate.refresh_from_db()
    new = certificate.credentials.last()
    assert (certificate.state, new.number, new.key.status) == ("", 2, "active")
    assert certificate.status_changes.get().kind == "signed_anew"
    assert [leaf.kind for leaf in LogLeaf.objects.all()] == ["did", "pdf_signers", "issued", "did", "issued", "signed_anew"]
    for raw in (old_copy.credential.encode(), pdf_of(old_copy)):
        file = verify_file(raw, at=timezone.now())
        assert (file.verdict.state, file.withdrawn.signed_anew_on) == ("key_withdrawn", timezone.localdate())
    assert verify_file(pdf_of(new), at=timezone.now()).verdict.state == "valid"
    assert verify_by_token(certificate.token, at=timezone.now()).state == "valid"
    assert StatusList.objects.get().set_bits() == [old_copy.status_index]
    assert list(problems()) == []
    page = client.post(reverse("verify_file"), {"file": storages["private"].open(old_copy.pdf_name)})
    assert timezone.localdate().isoformat() in page.content.decode()


def test_what_was_not_recorded_is_suspended_until_somebody_looked(certificate, old_copy, officer, run_jobs):
    gone(officer, as_of=LogLeaf.objects.get(kind="issued").logged_at)
    run_jobs()
    verdict = verify_by_token(certificate.token, at=timezone.now())
    assert (verdict.state, verdict.state_reason) == ("suspended", "not_recorded")
    file = verify_file(old_copy.credential.encode(), at=timezone.now())
    assert (file.verdict.state, file.withdrawn.recorded) == ("key_withdrawn", False)
    assert certificate.credentials.count() == 1
    settle(Certificate.objects.get(), "reinstated", reason="cleared", by=officer, at=timezone.now())
    run_jobs()
    assert certificate.credentials.last().key.status == "active"
    assert verify_file(pdf_of(certificate.credentials.last()), at=timezone.now()).verdict.state == "valid"


def test_a_forgery_with_the_stolen_key(certificate, old_copy, officer):
    """While nobody knows, the register does: what it never issued is refused. Afterwards the key is named."""
    stolen = signer_of(SigningKey.objects.get())
    unsigned = {name: part for name, part in json.loads(old_copy.credential).items() if name != "proof"}
    for changed in (unsigned | {"name": "伪造"}, unsigned | {"id": "urn:uuid:0b7f3a0e-5b1f-4c59-9f8f-0d3b6f3b1a12"}):
        forged = json.dumps(proof.sign(changed, stolen, at=timezone.now())).encode()
        SigningKey.objects.update(status="active", withdrawn_as_of=None)
        assert verify_file(forged, at=timezone.now()).verdict.state == "not_recorded"
        SigningKey.objects.update(status="compromised", withdrawn_as_of=timezone.now())
        file = verify_file(forged, at=timezone.now())
        assert (file.verdict.state, file.withdrawn.recorded) == ("key_withdrawn", False)


def test_the_job_goes_on_where_it_stopped(certificate, officer):
    key = gone(officer, as_of=timezone.now())
    for _again in range(3):
        for copy in left_of(key):
            renew(copy, at=timezone.now())
    assert certificate.credentials.count() == 2 and not left_of(key).exists()


def test_a_certificate_that_is_bad_already_gets_no_new_copy(certificate, officer, run_jobs):
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    gone(officer, as_of=timezone.now())
    run_jobs()
    assert certificate.credentials.count() == 1 and Certificate.objects.get().state == "revoked"


def test_what_can_not_be_withdrawn(certificate, officer, registrar):
    with pytest.raises(WrongState):
        gone(officer, as_of=timezone.now() + timedelta(days=1))
    key = gone(officer, as_of=timezone.now())
    with pytest.raises(WrongState):
        withdraw(key, as_of=timezone.now(), reason="再次", by=officer, at=timezone.now())
    for changed in ({"key": "key-0"}, {"by": registrar.email}, {"as_of": "gestern"}):
        given = {"key": key.key_id, "as_of": "2026-01-01", "reason": "演练", "by": officer.email, **changed}
        with pytest.raises(CommandError):
            call_command("withdraw_key", given.pop("key"), **given)


def test_a_key_that_goes_while_it_signs(certificate, officer, monkeypatch):
    """Nothing leaves the house with a key that was withdrawn a moment ago."""
    from certificates import issuing

    gone(officer, as_of=timezone.now())
    stale = SigningKey.objects.get(status="compromised")
    monkeypatch.setattr(issuing, "active_key", lambda *, at: stale)
    with pytest.raises(issuing.KeyGone):
        issue(Certificate.objects.get(), at=timezone.now())
    assert certificate.credentials.count() == 1


def test_the_drill(certificate, officer, run_jobs, tmp_path):
    """docs/credentials.md, step by step, with somebody else's software as the employer."""
    ldp = pytest.importorskip("openbadgeslib.ob3.ldp", reason="openbadgeslib is installed by script/test")
    key, out = SigningKey.objects.get(), StringIO()
    given = {"as_of": timezone.now().isoformat(), "reason": "演练", "by": officer.email, "stdout": out}

    def bundle(name):
        call_command("export_bundle", certificate.number, tmp_path / name, stdout=out)
        return tmp_path / name

    def accepted(credential, files) -> bool:
        def download(url: str) -> bytes:
            return (files / ("did.json" if url.endswith("did.json") else "status.json")).read_bytes()

        text = (credential / "credential.json").read_text("utf-8")
        verifier = ldp.OB3LdpVerifier.for_issuer_did(json.loads(text)["issuer"]["id"])
        try:
            verifier.verify(text, check_status=True, verify_status_list=False, download=download)
        except Exception:
            return False
        return True

    before = bundle("before")
    assert accepted(before, before)
    call_command("withdraw_key", key.key_id, "--dry-run", **given)
    assert "would sign anew: 1; would suspend: 0" in out.getvalue()
    call_command("withdraw_key", key.key_id, **given)
    run_jobs()
    after = bundle("after")
    assert not accepted(before, after)  # the old copy by the keys of today
    assert accepted(after, after)
    assert not accepted(after, before)  # the new copy by keys from before it
    head = json.loads((after / "log-proof.json").read_text())["head"]
    assert head["key"] == str(active_key(at=timezone.now())) and list(problems()) == []
    assert DidVersion.objects.count() == 2
