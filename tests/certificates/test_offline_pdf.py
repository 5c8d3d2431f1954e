"""The PDF's own signature in the offline verifier: the same files before the page that checks files and before Chromium."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone
from pyhanko.sign import signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certificates import offline, published
from certificates.credential.carriers import bake_svg
from certificates.document.signing import (
    PdfIdentity,
    asn1_certificate,
    make_self_signed,
    read_key,
    sign_pdf,
    signer_in_memory,
)  # fmt: skip
from certificates.filecheck import verify_file
from certificates.models import FreshPdf, IssuedCredential, PdfSigner
from certificates.pdf_keys import _row
from lms.lib.hashing import data_hash
from tests.certificates.document.test_signing import PKCS8, Authority, flipped, updated, without_attachment
from tests.certificates.log import tsa
from tests.certificates.offline_desk import Desk
from tests.certificates.test_verify_file import SVG
from tests.trips.browser import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)"),
]
playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is installed by script/test")

WITHOUT_SUBTLE = "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })"


@pytest.fixture
def issued(certificate) -> IssuedCredential:
    return certificate.credentials.get()


@pytest.fixture
def pdf(issued) -> bytes:
    with storages["private"].open(issued.pdf_name) as file:
        return file.read()


@pytest.fixture
def ask(tmp_path, issued):
    """Put files before the offline page, as folder of this moment; (verdict, code of the PDF's check) of each.

    In a thread of its own: Playwright keeps a loop running, and Django asks no database beside one.
    """

    def asked(files: dict[str, bytes], script: str = "", language: str = "en") -> dict[str, tuple[str, str]]:
        where = tmp_path / "verifier"
        for name, content in offline.folder(at=timezone.now()).items():
            (where / name).parent.mkdir(parents=True, exist_ok=True)
            (where / name).write_bytes(content)
        page = "en.html" if language == "en" else "index.html"
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(look, where, page, files, issued.status_list.credential, script).result()

    return asked


def look(folder, page: str, files: dict[str, bytes], listed: str, script: str) -> dict[str, tuple[str, str]]:
    found = {}
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        desk = Desk(browser, folder, name=page, script=script)
        for name, data in files.items():
            kind = "zip" if data.startswith(b"PK") else "pdf"
            verdict = desk.give((f"c.{kind}", data), ("status.json", listed))
            line = desk.page.locator("[data-check=pdf]")
            found[name] = verdict, line.get_attribute("data-code").removeprefix("pdf_") if line.count() else ""
            found[name] += (desk.page.inner_text("[data-part=result]"),)
            desk.again()
        assert all(url.startswith("file://") for url in desk.asked)
        browser.close()
    return found


def around(issued, identity: PdfIdentity, chain: list, drawn: bytes) -> tuple[bytes, PdfSigner]:
    """A PDF of this copy by another signer of ours, in the register as it would be after a fresh drawing."""
    pdf, signer = sign_pdf(drawn, identity), _row(chain, self_made=False, at=timezone.now())
    FreshPdf.objects.create(
        copy=issued, number=2 + issued.fresh_pdfs.count(), pdf_name="-", pdf_sha256=data_hash(pdf), pdf_signer=signer,
        pdf_profile=identity.profile, signed_at=timezone.now(),
    )  # fmt: skip
    return pdf, signer


def bought(curve) -> tuple[bytes, list]:
    key = ec.generate_private_key(curve)
    return key.private_bytes(*PKCS8), [tsa.authority().certify("Bought", key)]


def test_the_same_answer_as_the_page_that_checks_files(issued, pdf, officer, settings, tmp_path, ask):
    settings.PDF_TRUST, now = str(tsa.roots_file(tmp_path)), timezone.now()
    drawn, stamps, stranger = pdf[: pdf.index(b"%%EOF") + 6], tsa.local_stamper(), Authority()
    rsa_key, rsa_chain = tsa.authority().bought()
    signer = signer_in_memory(rsa_key, rsa_chain)
    timed, lasting = PdfIdentity(signer, stamps), PdfIdentity(signer, stamps, tsa.authority().context)
    pss = signers.SimpleSigner(
        signing_cert=signer.signing_cert, signing_key=signer.signing_key, cert_registry=signer.cert_registry, prefer_pss=True
    )
    larger_key, larger = bought(ec.SECP384R1())
    before_key, before = bought(ec.SECP256R1())  # withdrawn as of a moment after the stamp
    after_key, after = bought(ec.SECP256R1())  # and before it
    thief = signer_in_memory(before_key, before)
    other_key, other = read_key(make_self_signed("测试主管机构", at=now))
    lasting_pdf = around(issued, lasting, rsa_chain, drawn)[0]
    stamped, held = around(issued, PdfIdentity(thief, stamps), before, drawn)
    late, lost = around(issued, PdfIdentity(signer_in_memory(after_key, after), stamps), after, drawn)
    digits = pdf.index(b"/Contents <") + len(b"/Contents <")
    value = digits + len(pdf[digits:].split(b">")[0].rstrip(b"0")) - 9  # near the end of the second number of the signature
    digit = b"2" if pdf[value : value + 1] == b"1" else b"1"
    table = {
        "B-B": (pdf, "whole"),
        "B-T": (around(issued, timed, rsa_chain, drawn)[0], "whole"),
        "B-LT": (lasting_pdf, "whole"),
        "RSA-PSS": (around(issued, PdfIdentity(pss), rsa_chain, drawn)[0], "whole"),
        "P-384": (around(issued, PdfIdentity(signer_in_memory(larger_key, larger)), larger, drawn)[0], "whole"),
        "a byte of the page": (flipped(pdf), "changed"),
        "a byte of the page, B-LT": (flipped(lasting_pdf), "changed"),
        "a page turned by an incremental update": (updated(pdf), "added"),
        "the same, B-LT": (updated(lasting_pdf), "added"),
        "a line behind the end": (pdf + b"\n", "added"),
        "the signature taken off": (drawn, "removed"),
        "a range of rubbish": (drawn + b"/ByteRange [0 22 24 1]", "changed"),
        "a digit of the signature": (pdf[:value] + digit + pdf[value + 1 :], "foreign"),
        "another signer of our name": (sign_pdf(drawn, PdfIdentity(signer_in_memory(other_key, other))), "foreign"),
        "withdrawn, stamped before": (stamped, "stamped"),
        "withdrawn, stamped before, something added": (stamped + b"\n", "withdrawn"),
        "withdrawn, stamped after": (late, "withdrawn"),
        "withdrawn, no stamp": (around(issued, PdfIdentity(thief), before, drawn)[0], "withdrawn"),
        "withdrawn, stamped by nobody we know": (
            around(issued, PdfIdentity(thief, stranger.timestamper()), before, drawn)[0], "withdrawn"),
    }  # fmt: skip
    later = now + timedelta(minutes=10)
    held.withdraw(as_of=now + timedelta(minutes=5), reason="演练", by=officer, at=later)
    lost.withdraw(as_of=now - timedelta(minutes=5), reason="演练", by=officer, at=later)

    server = {name: verify_file(raw, at=timezone.now()) for name, (raw, _state) in table.items()}
    assert {name: file.signature for name, file in server.items()} == {name: state for name, (_raw, state) in table.items()}
    assert all(file.verdict.state == "valid" for file in server.values())

    told = ask({name: raw for name, (raw, _state) in table.items()})
    good = {"whole", "stamped"}
    assert {name: found[:2] for name, found in told.items()} == {
        name: ("valid" if state in good else "page", state) for name, (_raw, state) in table.items()
    }
    for name, (_verdict, state, text) in told.items():
        assert issued.certificate.holder_name in text  # the signed part is genuine, and shown
        if name in ("withdrawn, stamped before", "withdrawn, stamped after"):
            gone = server[name].withdrawn_signer
            assert f"as of {gone.as_of}" in text and "{" not in text
            assert state != "stamped" or f"signed on {gone.stamped_on}" in text
    assert "call the signer unknown" in told["B-B"][2] and "call the signer unknown" not in told["B-LT"][2]

    settings.PDF_TRUST = ""  # no roots: no stamp is trusted, here as there
    assert verify_file(stamped, at=timezone.now()).signature == "withdrawn"
    assert ask({"stamped": stamped})["stamped"][:2] == ("page", "withdrawn")


def test_the_signed_part_taken_out(issued, pdf, ask):
    cut = pdf.replace(b"/EmbeddedFile", b"/EmbeddedFild")
    files = {"cut": cut, "anew": without_attachment(pdf), "rubbish": b"%PDF-1.7\n%%EOF"}
    told = ask(files)
    for name, raw in files.items():
        file = verify_file(raw, at=timezone.now())
        assert told[name][:2] == (file.verdict.state, file.signature)
    assert told["cut"][1] == "changed" and told["rubbish"][1] == ""


def test_the_pdf_in_a_package(issued, pdf, ask):
    def packed(page: bytes) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("certificate.pdf", page)
            archive.writestr("credential.json", issued.credential)
        return buffer.getvalue()

    told = ask({"whole": packed(pdf), "updated": packed(updated(pdf))})
    assert [found[:2] for found in told.values()] == [("valid", "whole"), ("page", "added")]


def test_files_that_come_together(issued, pdf, tmp_path, ask):
    """An edited page beside its true JSON, or beside the true PDF: whichever is read last, the page is judged."""
    forged, text, listed = ("c.pdf", updated(pdf)), ("c.json", issued.credential), ("status.json", issued.status_list.credential)
    whole, picture = ("d.pdf", pdf), ("c.svg", bake_svg(SVG, issued.credential))
    other = ("e.json", issued.credential.replace("Credential", "Kredential", 1))
    given = {
        "page, JSON": ((forged, text, listed), ("page", 1)), "JSON, page": ((text, forged, listed), ("page", 1)),
        "page, whole": ((forged, whole, listed), ("page", 2)), "whole, JSON": ((whole, text, whole, listed), ("valid", 1)),
        "page, picture": ((forged, picture, listed), ("page", 1)), "another": ((whole, other, listed), ("unreadable", 0)),
    }  # fmt: skip
    assert ask({"whole": pdf})["whole"][:2] == ("valid", "whole")  # writes the folder

    def look_at_each():
        with playwright_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM)
            desk, found = Desk(browser, tmp_path / "verifier"), {}
            for name, (files, _told) in given.items():
                verdict = desk.give(*files)
                found[name] = verdict, desk.page.locator("[data-check=pdf]").count()
                desk.again()
            desk.give(forged)
            found["one after the other"] = desk.give(text, listed), desk.page.locator("[data-check=pdf]").count()
            browser.close()
        return found

    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(look_at_each).result()
    assert found == {name: told for name, (_files, told) in given.items()} | {"one after the other": ("page", 1)}


def test_from_before_pdfs_were_signed(issued, pdf, ask):
    """As it was then: rows of fact refuse to be changed, so by hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE certificates_issuedcredential SET pdf_signer_id = NULL, pdf_profile = '' WHERE id = %s", [issued.pk]
        )
        cursor.execute("UPDATE certificates_pdfsigner SET first_used_at = %s", [issued.signed_at + timedelta(days=1)])
    bare = pdf[: pdf.index(b"%%EOF") + 6]
    assert verify_file(bare, at=timezone.now()).signature == "unsigned"
    told = ask({"bare": bare})["bare"]
    assert told[:2] == ("valid", "unsigned") and "Only the signed part inside was checked" in told[2]


@pytest.mark.parametrize(("language", "words"), [("en", "nothing is known of its page"), ("zh-hans", "无从知道")])
def test_what_could_not_be_checked_is_said(issued, pdf, ask, monkeypatch, language, words):
    """Without the browser's cryptography and without a list a change is still seen where the hash alone shows it; no more."""
    told = ask({"pdf": pdf}, WITHOUT_SUBTLE, language)["pdf"]
    assert told[:2] == ("valid", "no_crypto") and words in told[2]
    monkeypatch.setattr(published, "pdf_signers", lambda: "")
    files = {"pdf": pdf, "flipped": flipped(pdf), "bare": pdf[: pdf.index(b"%%EOF") + 6]}
    told = ask(files, "", language)
    assert [found[:2] for found in told.values()] == [("valid", "no_list"), ("page", "changed"), ("valid", "no_list")]
    assert words in told["pdf"][2]


def test_stamps_that_prove_nothing(issued, pdf, officer, settings, tmp_path, ask):
    """A certificate that is no authority's for time, and one that only its own maker put above it."""
    settings.PDF_TRUST, now = str(tsa.roots_file(tmp_path)), timezone.now()
    drawn, root = pdf[: pdf.index(b"%%EOF") + 6], tsa.authority()
    key, chain = bought(ec.SECP256R1())
    signer = signer_in_memory(key, chain)
    plain = rsa.generate_private_key(65537, 2048)
    wrong = stamper(root.certify("No TSA", plain), plain)
    below = rsa.generate_private_key(65537, 2048)  # certified by one that may certify nobody
    leaf = Authority.__new__(Authority)
    leaf.key = plain
    orphan = stamper(leaf.certify("TSA", below, stamps_time=True), below, root.certify("Test Root", plain))
    files, row = {}, None
    for name, stamps in (("good", root.timestamper()), ("no purpose", wrong), ("no authority", orphan)):
        files[name], row = around(issued, PdfIdentity(signer, stamps), chain, drawn)
    row.withdraw(as_of=now + timedelta(minutes=5), reason="演练", by=officer, at=now + timedelta(minutes=10))
    server = {name: verify_file(raw, at=timezone.now()).signature for name, raw in files.items()}
    assert server == {"good": "stamped", "no purpose": "withdrawn", "no authority": "withdrawn"}
    assert {name: found[1] for name, found in ask(files).items()} == server


def stamper(certificate, key, *above) -> DummyTimeStamper:
    store = SimpleCertificateStore()
    store.register_multiple([asn1_certificate(one) for one in (certificate, *above)])
    return DummyTimeStamper(asn1_certificate(certificate), asn1_keys.PrivateKeyInfo.load(key.private_bytes(*PKCS8)), store)
