"""The bar of certificates, from outside: what the product gives out is put before other people's software (openbadgeslib),
our own offline check and the page that checks files. All accept the fresh file; each way to spoil it is refused."""

import io
import json
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certificates.credential.contexts import DATA, manifest
from certificates.filecheck import verify_file
from certificates.issuing import sign_status_list
from certificates.models import AwardRule, Certificate, PdfSigner, SigningKey, StatusList
from certificates.published import publish_keys
from tests.certificates.document.test_signing import asn1_certificate, flipped, status_of, updated, without_attachment
from tests.conftest import make_authority, make_base, make_user
from tests.factories.certificates import make_certificate, make_rule, settle
from tests.factories.training import make_cohort, make_enrolment
from tests.stage import make_reviewed, standing

from .outside import (
    CARRIERS,
    SPOILED,
    Served,
    download,
    edited_list,
    forged_list,
    library,
    library_takes_list,
    offline,
)

pytest.importorskip("openbadgeslib.ob3.ldp", reason="openbadgeslib is installed by script/test")


def make_three() -> list[int]:
    """Certificates of the product's whole way: two of today, and one whose month has passed."""
    from accounts.models import Role

    today = timezone.now().replace(microsecond=0)
    at = today - timedelta(days=90)
    edition = make_reviewed(at)
    registrar = make_user("registrar", "测试教务冯", make_base(), Role.REGISTRAR)
    officer = make_user("officer", "测试发证韩", make_authority(), Role.OFFICER)
    rule = make_rule(edition.level, at=at, valid_months=1)
    made = []
    for key, name, when in (
        ("past", "测试学员旧", today - timedelta(days=60)),
        ("trainee", "测试学员王", today - timedelta(hours=1)),
        ("second", "测试学员另", today - timedelta(hours=1)),
    ):
        enrolment = make_enrolment(make_cohort(edition, at=when, by=registrar), make_user(key, name), at=when)
        made.append(make_certificate(enrolment, registrar=registrar, officer=officer, at=when).pk)
    assert AwardRule.objects.get() == rule
    return made


@pytest.fixture(scope="module")
def three(django_db_setup, django_db_blocker):
    yield from standing(make_three, django_db_blocker)


@pytest.fixture
def certificates(three, db) -> list[Certificate]:
    return [Certificate.objects.get(pk=pk) for pk in three]


@pytest.fixture
def get(client_for):
    return lambda certificate: download(client_for(certificate.holder), certificate)


@pytest.fixture
def served(certificates, get) -> Served:
    return get(certificates[1])


@pytest.fixture
def second_text(certificates, client_for) -> str:
    other = certificates[2]
    return client_for(other.holder).get(reverse("certificate_json", args=[other.uuid])).content.decode()


@pytest.fixture
def page_state(client):
    """What our page says of a file, as software reads it."""

    def ask(raw: bytes) -> str:
        answer = client.post(reverse("verify_file_json"), {"file": SimpleUploadedFile("certificate", raw)})
        return answer.json()["state"]

    return ask


def test_a_fresh_certificate_is_accepted_by_all(served, page_state):
    assert library_takes_list(served.status, served) == "accepted"
    for carrier in CARRIERS:
        raw = served.carried(carrier)
        assert library(raw, served) == "accepted"
        assert offline(raw, served, at=timezone.now()) == "valid"
        assert page_state(raw) == "valid"
    assert page_state(served.pdf) == "valid"


# What openbadgeslib 4.6.3 lets pass, so that a version which doesn't is noticed: of a member that stands twice it sees the
# last alone, as most readers of JSON do. With the true one last, it verifies just what we signed.
LIBRARY_LETS_PASS = {"doubled member, true one last"}


@pytest.mark.parametrize("way", SPOILED)
def test_a_spoiled_one_is_refused_by_all(served, second_text, page_state, way):
    for carrier in CARRIERS:
        raw = served.carried(carrier, SPOILED[way](served.text, second_text))
        assert (library(raw, served) == "accepted") is (way in LIBRARY_LETS_PASS), carrier
        assert offline(raw, served, at=timezone.now()) in ("form", "schema", "proof"), carrier
        assert page_state(raw) == "altered", carrier


def test_the_same_way_of_spoiling_without_a_spoil_is_accepted(served, page_state):
    """So that the refusals above come from what was spoiled, not from how the file was put together again."""
    for carrier in CARRIERS:
        raw = served.carried(carrier, json.dumps(json.loads(served.text), ensure_ascii=False))
        assert library(raw, served) == "accepted" and page_state(raw) == "valid"


@pytest.mark.parametrize(("kind", "reason"), [("revoked", "misconduct"), ("suspended", "investigation")])
def test_a_refused_one(certificates, served, get, page_state, officer, kind, reason):
    """The file is the one from before; other software learns it from the list that is served now."""
    settle(certificates[1], kind, reason=reason, by=officer, at=timezone.now())
    for row in StatusList.objects.all():
        sign_status_list(row, at=timezone.now())
    after = get(certificates[2])
    place = json.loads(served.text)["credentialStatus"]["statusListIndex"]
    for carrier in CARRIERS:
        raw, other = served.carried(carrier), after.carried(carrier)
        assert f"is set at index {place}" in library(raw, served, status=after.status)
        assert offline(raw, served, at=timezone.now(), status=after.status) == "status"
        assert page_state(raw) == kind
        assert library(other, after) == "accepted" and page_state(other) == "valid"  # the bit is this certificate's alone


def test_an_expired_one(certificates, get, page_state):
    past = get(certificates[0])
    for carrier in CARRIERS:
        raw = past.carried(carrier)
        assert "expired" in library(raw, past).lower()
        assert offline(raw, past, at=timezone.now()) == "dates"
        assert page_state(raw) == "expired"


def test_a_withdrawn_key(served, client, page_state):
    SigningKey.objects.update(status="compromised", withdrawn_as_of=timezone.now())
    publish_keys()
    keys = client.get(reverse("did_document")).content
    for carrier in CARRIERS:
        raw = served.carried(carrier)
        assert library(raw, served, did=keys) != "accepted"
        assert offline(raw, served, at=timezone.now(), did=keys) == "proof"
        assert page_state(raw) == "key_withdrawn"


def test_a_stale_list(served):
    """Time goes on for our check as it is told; the library's clock is its own, so its list is one that has run out."""
    later = timezone.now() + timedelta(hours=50)
    assert offline(served.text.encode(), served, at=later) == "unknown"
    row = StatusList.objects.get()
    sign_status_list(row, at=timezone.now() - timedelta(hours=50))
    row.refresh_from_db()
    stale = row.credential.encode()
    assert "expired" in library(served.text.encode(), served, status=stale)
    assert offline(served.text.encode(), served, at=timezone.now(), status=stale) == "unknown"


@pytest.mark.parametrize("forge", [forged_list, edited_list])
def test_a_forged_list(certificates, served, get, officer, page_state, forge):
    """The certificate is revoked and the list says it isn't. openbadgeslib's `verify` checks only lists that are JWTs, so by
    itself it believes both: its function for Data Integrity proofs,
    asked about the list, refuses both. Our own checks always ask; our page doesn't need the list at all."""
    settle(certificates[1], "revoked", reason="misconduct", by=officer, at=timezone.now())
    for row in StatusList.objects.all():
        sign_status_list(row, at=timezone.now())
    after = get(certificates[2])
    raw, forged = served.text.encode(), forge(after)
    assert library(raw, served, status=forged) == "accepted"
    assert library_takes_list(after.status, served) == "accepted"
    assert library_takes_list(forged, served) != "accepted"
    assert offline(raw, served, at=timezone.now(), status=forged) == "status"
    assert page_state(raw) == "revoked"


def test_the_list_of_another_issuer_or_another_list(served):
    found = json.loads(served.status)
    for change in ({"issuer": "did:web:else.example"}, {"id": found["id"].replace("/1/", "/2/")}):
        assert offline(served.text.encode(), served, at=timezone.now(), status=json.dumps(found | change).encode()) == "status"


def test_parts_of_two_certificates_of_ours(served, second_text, page_state):
    """Both files are ours and good; no part of one passes in the other."""
    for part in ("credentialSubject", "id", "credentialStatus"):
        mixed = json.loads(served.text) | {part: json.loads(second_text)[part]}
        raw = json.dumps(mixed, ensure_ascii=False).encode()
        assert library(raw, served) != "accepted" and page_state(raw) == "altered"


def resaved(pdf: bytes) -> bytes:
    """Opened and saved by an editor that changes nothing."""
    buffer = io.BytesIO()
    pikepdf.open(io.BytesIO(pdf)).save(buffer)
    return buffer.getvalue()


SPOILED_PDF = {"flipped": flipped, "updated": updated, "no attachment": without_attachment, "saved anew": resaved}


def test_the_pdf_before_other_software(served, page_state, tmp_path):
    """pyHanko and poppler accept the downloaded file as signed in whole, and neither calls a spoiled one so; our page names the
    attachment's certificate and says that the page is not the one we issued, or finds nothing in it."""
    root = asn1_certificate(PdfSigner.objects.get().certificate())

    def pyhanko(pdf: bytes) -> bool:
        try:
            return status_of(pdf, root).bottom_line
        except Exception:  # it raises for what is no signature any more
            return False

    def poppler(pdf: bytes) -> bool:
        path = tmp_path / "certificate.pdf"
        path.write_bytes(pdf)
        said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
        return "Signature is Valid." in said and "Total document signed" in said

    readers = [pyhanko, *([poppler] if shutil.which("pdfsig") else [])]
    assert all(reads(served.pdf) for reads in readers)
    for way, spoil in SPOILED_PDF.items():
        raw = spoil(served.pdf)
        assert not any(reads(raw) for reads in readers), way
        found = verify_file(raw, at=timezone.now())
        assert found.page_changed or found.verdict.state in ("altered", "unreadable"), way


# Packages of npm, not needed for the suite: docs/credentials.md says how to get them, and what they answered when.
NODE = os.environ.get("LMS_NODE_VERIFIERS", "")


@pytest.mark.skipif(not (NODE and shutil.which("node")), reason="LMS_NODE_VERIFIERS names no folder with npm packages")
def test_verifiers_in_node(certificates, served, get, second_text, officer, client, tmp_path):
    """Two more verifiers of other people. Both look at the list's signature by themselves."""

    def write(case: str, text: str, *, status: bytes, did: bytes = served.did, folder: str = "cases") -> None:
        (tmp_path / folder / case).mkdir(parents=True)
        for name, raw in (("credential", text.encode()), ("status", status), ("did", did)):
            (tmp_path / folder / case / f"{name}.json").write_bytes(raw)

    past = get(certificates[0])
    write("fresh", served.text, status=served.status)
    write("expired", past.text, status=past.status)
    for way, spoil in SPOILED.items():
        write(way, spoil(served.text, second_text), status=served.status)
    sign_status_list(row := StatusList.objects.get(), at=timezone.now() - timedelta(hours=50))
    row.refresh_from_db()
    write("stale list", served.text, status=row.credential.encode())
    settle(certificates[1], "revoked", reason="misconduct", by=officer, at=timezone.now())
    sign_status_list(row, at=timezone.now())
    after = get(certificates[2])
    write("revoked", served.text, status=after.status)
    write("of the same list, not revoked", after.text, status=after.status)
    write("forged list", served.text, status=forged_list(after))
    write("edited list", served.text, status=edited_list(after))
    SigningKey.objects.update(status="compromised", withdrawn_as_of=timezone.now())
    publish_keys()
    keys = client.get(reverse("did_document")).content
    write("withdrawn key", after.text, status=after.status, did=keys, folder="later")  # by itself: they remember keys they saw
    contexts = tmp_path / "contexts.json"
    known = manifest()["contexts"] | manifest()["schemas"]
    contexts.write_text(json.dumps({url: str(DATA / own["file"]) for url, own in known.items()}))
    script = Path(__file__).with_name("second_verifier.mjs")
    answers = {}
    for folder in ("cases", "later"):
        done = subprocess.run(["node", script, tmp_path / folder, contexts], capture_output=True, text=True, check=True)
        answers |= json.loads(done.stdout)
    print(json.dumps(answers, indent=1))
    good = {"fresh", "of the same list, not revoked"} | LIBRARY_LETS_PASS
    for case, by in answers.items():
        assert {said == "accepted" for said in by.values()} == {case in good}, (case, by)
