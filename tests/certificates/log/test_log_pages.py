"""The log over HTTP, the holder's proof, and the verifier in the docs, which needs none of our code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates.log import merkle, tree
from certificates.models import LogLeaf
from tests.factories.certificates import settle

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def log(certificate, officer):
    """Six entries, all under a signed head: the keys, the signers of PDFs, the issue, three changes."""
    for kind, reason in [("suspended", "investigation"), ("reinstated", "cleared"), ("suspended", "investigation")]:
        settle(certificate, kind, reason=reason, by=officer, at=timezone.now())
    tree.sign_head(at=timezone.now())
    return certificate


def unhex(values):
    return [bytes.fromhex(value) for value in values]


def test_a_witness_can_do_it_all(client, log, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        head = client.get(reverse("log_head")).json()
    with django_assert_max_num_queries(2):
        response = client.get(reverse("log_leaves"), {"start": 0, "end": 6})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "public, max-age=86400"
    hashes = [merkle.leaf_hash(leaf["data"].encode()) for leaf in response.json()["leaves"]]
    assert (len(hashes), head["size"], merkle.root(hashes).hex()) == (6, 6, head["root"])
    for leaf in (3, hashes[3].hex()):
        with django_assert_max_num_queries(3):
            answer = client.get(reverse("log_inclusion"), {"leaf": leaf, "size": 6}).json()
        assert answer["leaf"]["index"] == 3
        assert merkle.check_inclusion(hashes[3], 3, 6, unhex(answer["inclusion"]), bytes.fromhex(head["root"]))
    with django_assert_max_num_queries(2):
        answer = client.get(reverse("log_consistency"), {"first": 3, "second": 6}).json()
    assert merkle.check_consistency(
        3, 6, merkle.root(hashes[:3]), bytes.fromhex(head["root"]), unhex(answer["consistency"])
    )


def test_leaves_in_parts(client, log):
    answer = client.get(reverse("log_leaves"), {"start": 3, "end": 900})
    assert [leaf["index"] for leaf in answer.json()["leaves"]] == [3, 4, 5]
    assert answer.json()["end"] == 6
    assert answer["Cache-Control"] == "public, max-age=60"
    assert client.get(reverse("log_leaves"), {"start": 99}).json()["leaves"] == []


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("log_head", {"size": "x"}, 400), ("log_head", {"size": 7}, 400), ("log_head", {"size": 0}, 404),
        ("log_inclusion", {}, 400), ("log_inclusion", {"leaf": "-1"}, 400), ("log_inclusion", {"leaf": "٣"}, 400),
        ("log_inclusion", {"leaf": 6}, 404), ("log_inclusion", {"leaf": 4, "size": 4}, 404),
        ("log_inclusion", {"leaf": 0, "size": 0}, 400), ("log_inclusion", {"leaf": "0" * 64}, 404),
        ("log_inclusion", {"leaf": "9" * 40}, 400),
        ("log_consistency", {}, 400), ("log_consistency", {"first": 0}, 400), ("log_consistency", {"first": 7}, 400),
        ("log_consistency", {"first": 3, "second": 2}, 400), ("log_leaves", {"start": 3, "end": 2}, 400),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(client, log, name, query, status):
    response = client.get(reverse(name), query)
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    assert response.json()["error"] == ("bad_request" if status == 400 else "not_found")


def test_an_empty_log(client, db):
    assert client.get(reverse("log")).status_code == 200
    assert client.get(reverse("log_head")).status_code == 404
    assert client.get(reverse("log_inclusion"), {"leaf": 0}).status_code == 404
    assert client.get(reverse("log_consistency"), {"first": 1}).status_code == 404
    assert client.get(reverse("log_leaves")).json()["leaves"] == []


def test_what_no_head_covers_is_not_served_yet(client, log, officer):
    settle(log, "revoked", reason="error", by=officer, at=timezone.now())
    assert LogLeaf.objects.count() == 7
    assert client.get(reverse("log_inclusion"), {"leaf": 6}).status_code == 404
    assert len(client.get(reverse("log_leaves")).json()["leaves"]) == 6
    assert client.get(reverse("log")).context["page"].paginator.count == 6


def test_the_page(client, log, django_assert_max_num_queries):
    client.get(reverse("log"))
    with django_assert_max_num_queries(8):
        response = client.get(reverse("log"))
    text = response.content.decode()
    assert log.number not in text and log.holder_name not in text
    assert [leaf.index for leaf in response.context["page"]] == [5, 4, 3, 2, 1, 0]
    assert len(client.get(reverse("log"), {"kind": "suspended"}).context["page"]) == 2
    wanted = log.credentials.get().credential_sha256
    assert len(client.get(reverse("log"), {"hash": wanted}).context["page"]) == 4
    signers = LogLeaf.objects.get(kind="pdf_signers")
    (shown,) = client.get(reverse("log"), {"hash": signers.sha256}).context["page"]
    assert (shown, shown.document.text) == (signers, client.get(reverse("pdf_signers")).content.decode())
    assert len(client.get(reverse("log"), {"hash": "sha256:00"}).context["page"]) == 0


def test_the_holder_s_proof(client, log, trainee, outsider):
    client.force_login(trainee)
    assert reverse("certificate_log_proof", args=[log.uuid]) in client.get(
        reverse("certificate_detail", args=[log.uuid])
    ).content.decode()
    bundle = client.get(reverse("certificate_log_proof", args=[log.uuid])).json()
    assert bundle["credential"] == log.credentials.get().credential_sha256
    assert (bundle["leaf"]["index"], bundle["head"]["size"]) == (2, 6)
    client.force_login(outsider)
    assert client.get(reverse("certificate_log_proof", args=[log.uuid])).status_code == 404


@pytest.fixture
def verify(client, log, trainee, tmp_path):
    """Return a function that runs the snippet of docs/credentials.md on files as downloaded; may change one first."""
    client.force_login(trainee)
    for name, url in [
        ("log-proof.json", reverse("certificate_log_proof", args=[log.uuid])),
        ("did.json", reverse("did_document")),
    ]:
        (tmp_path / name).write_bytes(client.get(url).content)
    (tmp_path / "credential.json").write_text(log.credentials.get().credential, "utf-8")
    docs = (ROOT / "docs" / "credentials.md").read_text("utf-8")
    snippet = re.search(r"<!-- log-verifier -->\n```python\n(.*?)```", docs, re.S)[1]

    def run(file=None, old="", new=""):
        if file:
            text = (tmp_path / file).read_text("utf-8")
            assert old in text
            (tmp_path / file).write_text(text.replace(old, new, 1), "utf-8")
        # -I: none of our code can be imported
        return subprocess.run(
            [sys.executable, "-I", "-c", snippet], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    run.snippet, run.folder = snippet, tmp_path
    return run


def test_the_verifier_of_the_docs(verify):
    answer = verify()
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("in the log, entry 2 entered 2")
    assert len([line for line in verify.snippet.splitlines() if line.strip()]) <= 36
    assert set(re.findall(r"^(?:import|from) (.*)", verify.snippet, re.M)) == {
        "hashlib, json, pathlib",
        "cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey",
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("credential.json", "{", "{ ", "not this credential"),
        ("log-proof.json", '"at\\":\\"2', '"at\\":\\"1', "not in the log"),
        ("log-proof.json", '"size": 6', '"size": 7', "InvalidSignature"),
        ("log-proof.json", '"index": 2', '"index": 3', "no such entry"),
        ("log-proof.json", '"time": "2', '"time": "1', "InvalidSignature"),
        ("did.json", '"id": "did:web:', '"id": "did:web:x', "another issuer"),
    ],
)
def test_the_verifier_of_the_docs_refuses(verify, file, old, new, says):
    answer = verify(file, old, new)
    assert answer.returncode != 0
    assert says in answer.stderr


def test_the_exported_bundle_has_the_proof(log, tmp_path, capsys):
    from django.core.management import call_command

    call_command("export_bundle", log.number, tmp_path)
    assert json.loads((tmp_path / "log-proof.json").read_text())["head"]["size"] == 6
