"""The holder's package: all that shows the certificate to be genuine, and a script in it that needs none of our code."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from certificates.filecheck import verify_file
from certificates.issuing import sign_status_list
from certificates.log import tree
from certificates.log.stamping import stamp_latest
from certificates.models import StatusList
from tests.certificates.log import tsa
from tests.factories.certificates import settle

PLAIN = [
    "README-zh.txt", "README-en.txt", "certificate.pdf", "credential.json", "badge.png", "badge.svg", "did.json", "status.json",
    "log-proof.json", "verify.py",
]  # fmt: skip


@pytest.fixture
def packed(certificate, client_for, trainee, run_jobs):
    """Return a function that downloads the package as the holder does, as {name: bytes}."""
    run_jobs()
    client = client_for(trainee)

    def packed() -> dict[str, bytes]:
        raw = client.get(reverse("certificate_package", args=[certificate.uuid]))
        assert raw["Content-Type"] == "application/zip" and "attachment" in raw["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(b"".join(raw.streaming_content))) as archive:
            names = archive.namelist()
            assert {name.split("/")[0] for name in names} == {certificate.number}
            return {name.split("/")[1]: archive.read(name) for name in names}

    return packed


@pytest.fixture
def verify(packed, tmp_path):
    """Return a function that unpacks it, changes some files, and runs the script in it; none of our code can be imported."""

    def verify(**changes):
        for name, content in (packed() | changes).items():
            (tmp_path / name).write_bytes(content)
        return subprocess.run(
            [sys.executable, "-I", "verify.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    return verify


def test_what_is_in_it(packed, certificate):
    files, issued = packed(), certificate.credentials.get()
    assert sorted(files) == sorted(PLAIN)
    assert files["credential.json"].decode() == issued.credential
    with storages["private"].open(issued.pdf_name) as file:
        assert files["certificate.pdf"] == file.read()
    for name in ("certificate.pdf", "badge.png", "badge.svg", "credential.json"):
        assert verify_file(files[name], at=timezone.now()).verdict.state == "valid", name
    assert json.loads(files["log-proof.json"])["credential"] == issued.credential_sha256
    for name in ("README-zh.txt", "README-en.txt"):
        text = files[name].decode()
        assert certificate.number in text and "{%" not in text and certificate.holder_name not in text
    assert "怎样查验" in files["README-zh.txt"].decode()


def test_the_same_state_gives_the_same_bytes(certificate, client_for, trainee, run_jobs, django_assert_max_num_queries):
    run_jobs()
    client, url = client_for(trainee), reverse("certificate_package", args=[certificate.uuid])
    first = b"".join(client.get(url).streaming_content)
    with django_assert_max_num_queries(14):
        second = b"".join(client.get(url).streaming_content)
    assert first == second


def test_for_the_holder_not_for_others(certificate, client_for, trainee, officer, outsider):
    url = reverse("certificate_package", args=[certificate.uuid])
    assert client_for(officer).get(url).status_code == 200
    assert client_for(outsider).get(url).status_code == 404
    assert client_for(None).get(url).status_code == 302
    page = client_for(trainee).get(reverse("certificate_detail", args=[certificate.uuid])).content.decode()
    assert url in page


def test_the_script_in_it(verify, certificate):
    answer = verify()
    assert answer.returncode == 0, answer.stderr
    assert certificate.holder_name in answer.stdout and "GENUINE" in answer.stdout and "in the transparency log" in answer.stdout
    assert "NOT CHECKED: badge.png, badge.svg, certificate.pdf." in answer.stdout  # an edited one beside a true credential


def test_with_time_stamp_and_witness(verify, packed, settings, officer, tmp_path, certificate):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from certificates.credential.proof import multikey, timestamp
    from certificates.log.entries import cosigned_text
    from certificates.models import Cosignature, Witness

    settings.LOG_TIMESTAMPS = "tests.certificates.log.tsa.local_stamper"
    at, key = timezone.now().replace(microsecond=0), Ed25519PrivateKey.generate()
    head = tree.sign_head(at=at)
    stamp_latest(at=at)
    witness = Witness.register(
        code="w", name="示例见证方", address="", public_multibase=multikey(key.public_key()), by=officer, at=at
    )
    text = cosigned_text(witness="w", time=timestamp(at), head=tree.text_of(head))
    Cosignature.objects.create(
        head=head, witness=witness, cosigned_at=at, signature=key.sign(text.encode()).hex(), received_at=at
    )
    files = packed()
    assert {"head.txt", "timestamp.tsr"} <= set(files) and "openssl ts -verify" in files["README-en.txt"].decode()
    answer = verify()
    assert answer.returncode == 0 and "seen by 示例见证方" in answer.stdout, answer.stderr
    roots = tsa.roots_file(tmp_path)
    command = ["openssl", "ts", "-verify", "-data", "head.txt", "-in", "timestamp.tsr", "-CAfile", roots.name]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    proof = files["log-proof.json"].replace(b'"witness": "w"', b'"witness": "v"')
    assert "does not fit" in verify(**{"log-proof.json": proof}).stderr


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("credential.json", "同", "异", "does not fit"),
        ("credential.json", "{", "{ ", "of another file"),
        ("did.json", "did:web:", "did:web:x", "another issuer"),
        ("status.json", '"validUntil": "2', '"validUntil": "3', "does not fit"),
        ("log-proof.json", '"size": ', '"size": 1', "does not fit|not in the log"),
    ],
)
def test_what_was_changed_is_told(verify, packed, name, old, new, says):
    text = packed()[name].decode()
    if name == "credential.json" and old != "{":
        document = json.loads(text)
        old = document["credentialSubject"]["identifier"][0]["identityHash"]
        new = old + "x"
    assert old in text
    answer = verify(**{name: text.replace(old, new).encode() if old != "{" else text.replace(old, new, 1).encode()})
    assert answer.returncode == 1
    assert any(part in answer.stderr for part in says.split("|")), answer.stderr


def test_revoked(verify, certificate, officer):
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    sign_status_list(StatusList.objects.get(), at=timezone.now())
    answer = verify()
    assert answer.returncode == 1 and "REVOKED" in answer.stderr


def test_the_command_writes_the_same(certificate, packed, tmp_path):
    call_command("export_bundle", certificate.number, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == packed()
