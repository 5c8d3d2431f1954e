"""The offline verifier in a real Chromium, from file://, with the browser's own Ed25519 and without it."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import localtime

from certificates import offline, published
from certificates.credential import proof
from certificates.credential.carriers import bake_png, bake_svg
from certificates.credential.compact import base32, commit, pack
from certificates.credential.keys import did_document
from certificates.credential.record import build_record, sign_record
from certificates.document.render import render_pdf
from certificates.log import merkle
from certificates.log.entries import entry_text, head_text
from tests.certificates.credential.conftest import DID, INDEX, SITE, make_list, make_signer, make_unsigned
from tests.certificates.credential.test_record import certificate as one
from tests.certificates.credential.test_record import facts as record_facts
from tests.certificates.document.test_pdf import DOCUMENT
from tests.certificates.offline_desk import Desk
from tests.certificates.test_qr import GIVEN, NUMBER
from tests.certificates.test_verify_file import SVG, picture
from tests.trips.browser import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)"),
]
playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is installed by script/test")

SALT = b"s" * 10


@pytest.fixture(scope="module")
def at():
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)


@pytest.fixture(scope="module")
def signer():
    return make_signer()


@pytest.fixture(scope="module")
def attacker():
    return make_signer(seed=bytes(reversed(range(32))))


@pytest.fixture(scope="module")
def did(signer):
    return did_document(DID, [("key-1", signer.public_multibase, True)])


def issue(signer, at, **changes) -> str:
    dates = {"awarded_at": at, "valid_from": at, "valid_until": at + timedelta(days=900)}
    return json.dumps(proof.sign(make_unsigned(**dates | changes), signer, at=at), ensure_ascii=False, indent=2)


@pytest.fixture(scope="module")
def text(signer, at):
    return issue(signer, at)


@pytest.fixture(scope="module")
def good_list(signer, at):
    return make_list(signer, at=at)


@pytest.fixture(scope="module")
def chromium():
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, did):
    where = tmp_path_factory.mktemp("verifier")
    patch = pytest.MonkeyPatch()
    patch.setattr(published, "keys", lambda: did)
    patch.setattr(published, "pdf_signers", lambda: '{"signers": []}')  # of PDFs by signers: test_offline_pdf.py
    for name, content in offline.folder(at=datetime.now(UTC)).items():
        (where / name).parent.mkdir(exist_ok=True)
        (where / name).write_bytes(content)
    patch.undo()
    return where


@pytest.fixture(scope="module", params=[False, True], ids=["native", "plain"])
def desk(request, chromium, folder):
    made = Desk(chromium, folder, without_ed25519=request.param)
    yield made
    made.context.close()


@pytest.fixture(autouse=True)
def clean(request):
    yield
    if "desk" in request.fixturenames:
        request.getfixturevalue("desk").again()


def test_a_valid_one_in_every_carrier(desk, text, good_list):
    carriers = {
        "c.json": text, "c.png": bake_png(picture(), text), "c.svg": bake_svg(SVG, text),
        "c.pdf": render_pdf(DOCUMENT, text.encode()),
    }  # fmt: skip
    for name, data in carriers.items():
        assert desk.give((name, data)) == "unknown"
        assert desk.code("status") == "no_list"
        assert desk.give(("status.json", good_list)) == "valid"
        said = desk.page.inner_text("[data-part=result]")
        assert all(one in said for one in ("王䶮", "Sample Base", "Case work（", "Intellectual property: 优秀 / excellent"))
        desk.again()
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390


def packed_up(files: dict, method=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(f"TM-J/{name}", data)
    return buffer.getvalue()


def test_the_whole_package(desk, text, good_list):
    files = {
        "README-zh.txt": "说明", "certificate.pdf": render_pdf(DOCUMENT, text.encode()), "credential.json": text,
        "badge.png": bake_png(picture(), text), "badge.svg": bake_svg(SVG, text), "status.json": good_list, "verify.py": "x",
    }  # fmt: skip
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        assert desk.give(("TM-J.zip", packed_up(files, method))) == "valid"
        desk.again()
    # One part that carries another certificate: nobody would look at each of them.
    other = packed_up(files | {"badge.svg": bake_svg(SVG, text.replace("王䶮", "汪䶮"))})
    assert desk.give(("TM-J.zip", other)) == "unreadable"
    desk.again()
    whole = packed_up(files)
    lost = whole.replace(b"PK\x01\x02", b"PK\x01\x09")
    for raw in (whole[:-30], whole[: len(whole) // 2], b"PK\x03\x04", lost, b"PK\x03\x04" + bytes(30)):
        assert desk.give(("TM-J.zip", raw)) == "unreadable"
        desk.again()
    bomb = packed_up(files | {"x.json": b"{" + b" " * 3_000_000})
    assert desk.give(("TM-J.zip", bomb)) == "unreadable"


def test_a_package_that_opens_as_a_pdf_of_another_page(desk, text, good_list):
    """Its first kilobyte holds the head of a PDF, so a reader shows that page, while the credential in it is genuine."""
    forged = packed_up({"page": b"%PDF-1.7\n% another page\n%%EOF\n", "credential.json": text, "status.json": good_list}, 0)
    assert b"%PDF-" in forged[:1024]
    for name in ("TM-J.pdf", "TM-J.zip.pdf", "TM-J"):
        assert desk.give((name, forged)) == "unreadable"
        assert "王䶮" not in desk.page.inner_text("[data-part=result]")
        desk.again()


@pytest.mark.parametrize(
    ("change", "check", "code"),
    [
        (lambda text: text.replace("王䶮", "汪䶮"), "proof", "signature"),
        (lambda text: text.replace("4K7QX", "4K7QY", 1), "proof", "signature"),
        (lambda text: text.replace('"hashed": false', '"hashed": true, "hashed": false', 1), "form", "not_strict"),
        (lambda text: text.replace('"awardedDate"', '"honour": "cum laude", "awardedDate"', 1), "proof", "signature"),
        (lambda text: text.replace('"type": [', '"@type": [', 1), "form", "other_terms"),
        (lambda text: text.replace("ob/v3p0/extensions.json", "ob/v3p0/extensions.json#"), "form", "contexts"),
        (lambda text: text.replace(DID, "did:web:else.example"), "issuer", "another_issuer"),
        (lambda text: text[:-40], "form", "not_strict"),
        (lambda text: text.replace("#key-1", "#key-2"), "proof", "key_unknown"),
    ],
)
def test_what_was_changed(desk, text, good_list, change, check, code):
    changed = change(text)
    assert changed != text
    assert desk.give(("c.json", changed), ("status.json", good_list)) == "bad"
    assert desk.code(check) == code
    assert "王䶮" not in desk.page.inner_text("[data-part=result]")


def test_a_learner_record(desk, signer, at, good_list):
    inside = [one(signer, level, number=n, awarded_at=at, valid_from=at, valid_until=at + timedelta(days=900))
              for n, level in enumerate(["junior", "senior"])]  # fmt: skip
    dates = {"valid_from": at, "valid_until": at + timedelta(days=30)}
    given = record_facts(inside, [("outline-2020", "junior"), ("outline-2020", "senior")], **dates)
    text = json.dumps(sign_record(build_record(given), signer, at=at), ensure_ascii=False)
    assert desk.give(("r.json", text)) == "unknown"
    assert "Give a signed status list" in desk.page.inner_text("[data-verdict]")
    assert desk.page.evaluate("document.documentElement.scrollWidth") == 390  # of a phone, although it says a lot
    assert f"{localtime(at + timedelta(days=30)):%Y-%m-%d}" in desk.page.inner_text("[data-part=result]")
    assert desk.give(("status.json", good_list)) == "valid"
    assert desk.page.locator("[data-member=valid]").count() == 2
    desk.again()
    assert desk.give(("r.json", text), ("status.json", make_list(signer, [101], at=at))) == "mixed"
    assert desk.page.locator("[data-member=revoked]").count() == 1
    desk.again()
    for changed in (text.replace("4K7QX", "4K7QY", 1), text.replace('"partial": false', '"partial": true')):
        assert changed != text
        assert desk.give(("r.json", changed), ("status.json", good_list)) == "bad"
        assert desk.code("proof") == "signature"
        assert desk.page.locator("[data-member]").count() == 0
        desk.again()
    assert desk.give(("r.json", text.replace("clr/v2p0/context-2.0.1", "clr/v2p0/context"))) == "bad"
    assert desk.code("form") == "contexts"


def test_proofs_that_are_not_its_own(desk, text, signer, attacker, at, good_list):
    document, other = json.loads(text), json.loads(issue(signer, at, holder_name="别人"))
    swapped = document | {"proof": other["proof"]}
    one_only, reversed_set = document | {"proof": document["proof"][1:]}, document | {"proof": document["proof"][::-1]}
    forged = issue(attacker, at)
    for raw, code in (
        (json.dumps(swapped), "signature"), (forged, "signature"), (json.dumps(one_only), "other_proofs"),
        (json.dumps(reversed_set), "other_proofs"),
    ):  # fmt: skip
        assert desk.give(("c.json", raw), ("status.json", good_list)) == "bad"
        assert desk.code("proof") == code


def test_the_first_certificates_had_one_proof(desk, text, good_list):
    document = json.loads(text)
    old = json.dumps(document | {"proof": document["proof"][0]})
    assert desk.give(("c.json", old), ("status.json", good_list)) == "unproved"
    assert desk.code("proof") == "only_rdfc"


def test_status_lists(desk, text, signer, attacker, at):
    revoked, empty = make_list(signer, [INDEX], at=at), json.loads(make_list(signer, at=at))
    unset = json.dumps(json.loads(revoked) | {"credentialSubject": empty["credentialSubject"]})
    for listed, verdict, code in (
        (revoked, "revoked", "revoked"),
        (make_list(signer, [INDEX - 1, INDEX + 1], at=at), "valid", ""),
        (make_list(signer, at=at - timedelta(hours=50)), "unknown", "list_stale"),
        (make_list(signer, at=at, url=f"{SITE}/status/2/"), "unknown", "list_elsewhere"),
        (make_list(attacker, at=at), "bad", "list_signature"),
        (unset, "bad", "list_signature"),
    ):
        assert desk.give(("c.json", text), ("status.json", listed)) == verdict
        assert desk.code("status") == code
        desk.again()


def test_dates(desk, signer, at, good_list):
    old = issue(signer, at - timedelta(days=9), valid_until=at - timedelta(days=1))
    assert desk.give(("c.json", old), ("status.json", good_list)) == "expired"


def log_proof(text: str, signer, at, *, root: str = "") -> dict:
    """A tree of three entries, the certificate's in the middle, and a head over it."""
    sha256 = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    data = [entry_text(i, "issued", sha256 if i == 1 else f"sha256:{i:064x}", happened_at=at, logged_at=at) for i in range(3)]
    first, second, third = (merkle.leaf_hash(one.encode()) for one in data)
    head = {
        "log": DID, "size": 3, "time": proof.timestamp(at), "key": signer.method,
        "root": root or merkle.node_hash(merkle.node_hash(first, second), third).hex(),
    }  # fmt: skip
    signature = signer.sign(head_text(did=DID, **{k: head[k] for k in ("size", "root", "time", "key")}).encode()).hex()
    leaf = {"index": 1, "data": data[1], "hash": second.hex()}
    return {"credential": sha256, "leaf": leaf, "inclusion": [first.hex(), third.hex()], "head": head | {"signature": signature}}


def test_log_proofs(desk, text, signer, attacker, at, good_list):
    good = log_proof(text, signer, at)
    for bundle, verdict, code in (
        (good, "valid", ""),
        (good | {"inclusion": good["inclusion"][:1]}, "bad", "log_wrong"),
        (good | {"head": good["head"] | {"size": 4}}, "bad", "log_wrong"),
        (log_proof(text + " ", signer, at), "bad", "log_other"),
        (log_proof(text, attacker, at), "bad", "log_wrong"),
        (log_proof(text, signer, at, root="0" * 64), "bad", "log_wrong"),
    ):
        files = ("c.json", text), ("status.json", good_list), ("log-proof.json", json.dumps(bundle))
        assert desk.give(*files) == verdict
        assert desk.code("log") == code
        desk.again()


def test_qr_codes(desk, signer, attacker, at, good_list):
    payload = pack(GIVEN, signer, DID, signer.public_multibase)
    salt = f"#{base32(SALT)}"
    assert desk.paste(f"{SITE}/q/{payload}{salt}", "王 䶮") == "unknown"
    assert NUMBER in desk.page.inner_text("[data-part=result]")
    assert desk.page.get_attribute("[data-name]", "data-name") == "fits"
    desk.give(("status.json", good_list))
    assert desk.paste(f"{SITE}/q/{payload.lower()}{salt.lower()}", "汪䶮") == "name"  # not green: the code of another
    assert desk.page.get_attribute("[data-name]", "data-name") == "other"
    assert desk.paste(f"{SITE}/q/{payload}{salt}", "王䶮") == "valid"
    assert desk.paste(payload, "王䶮") == "valid"
    assert desk.code("address") == "no_address"
    assert desk.page.get_attribute("[data-name]", "data-name") == "unknown"
    assert desk.paste(f"https://fake.example/q/{payload}") == "bad"
    assert desk.code("address") == "other_address"
    assert desk.paste(payload[:60] + ("A" if payload[60] != "A" else "B") + payload[61:]) == "bad"
    assert desk.code("proof") == "signature"
    assert desk.paste(pack(GIVEN, attacker, DID, attacker.public_multibase)) == "bad"
    assert desk.code("proof") == "key_unknown"
    assert desk.paste(payload[:-1]) == "bad"
    assert GIVEN.name_hash == commit("王䶮", SALT)


def test_a_revoked_qr_code(desk, signer, at):
    payload = pack(GIVEN, signer, DID, signer.public_multibase)
    desk.give(("status.json", make_list(signer, [GIVEN.status_index], at=at)))
    assert desk.paste(payload) == "revoked"


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.bin", b"\xff" * 900), ("a.pdf", b"%PDF-1.7\n%%EOF"), ("a.png", b"\x89PNG\r\n\x1a\n" + b"\xff" * 60),
        ("a.svg", b'<!DOCTYPE a [<!ENTITY b "c">]><svg>&b;</svg>'), ("a.svg", SVG.encode()), ("a.json", b"x" * 2**21),
        ("a.pdf", b"%PDF-1.7\n1 0 obj\n<</Type/EmbeddedFile/Filter/FlateDecode>>\nstream\n\x78\x9c\x07"),
    ],
)  # fmt: skip
def test_garbage(desk, name, raw):
    assert desk.give((name, raw)) == "unreadable"


def test_days_are_told_as_on_the_certificate(desk, signer, at):
    """Late in the evening of UTC it is the next day where it was issued."""
    issued = (at - timedelta(days=3)).replace(hour=23, minute=30)
    desk.give(("c.json", issue(signer, issued)))
    assert f"{issued + timedelta(days=1):%Y-%m-%d}" in desk.page.inner_text("[data-part=result] dl")


def test_what_is_no_certificate_is_said_as_what_it_is(desk, text, good_list):
    """And still when Check is pressed afterwards. Nothing is wider than a phone."""
    other = text.replace("王䶮", "汪䶮")
    for files, words in (
        ([("a.json", '{"hello": 1}')], "no signed part"),
        ([("r.json", '{"statement": {}, "jws": "a.b.c"}')], "receipt of an answer"),
        ([("a.json", text), ("b.json", other)], "different certificates"),
    ):
        assert desk.give(*files, ("status.json", good_list)) == "unreadable"
        assert words in desk.page.inner_text("[data-verdict]")
        assert desk.page.evaluate("document.documentElement.scrollWidth") == 390
        assert desk.paste("") == "unreadable" and words in desk.page.inner_text("[data-verdict]")
        desk.again()
    assert desk.give(("a.json", text), ("status.json", good_list)) == "valid"


def test_nothing_leaves_the_page(desk, text):
    desk.give(("c.json", text))
    assert all(url.startswith("file://") for url in desk.asked)


def test_the_curve_in_plain_script(chromium, folder, attacker):
    """RFC 8032, 7.1, tests 1 to 3, one flipped bit in each part, and signatures that are no numbers below the order."""
    vectors = [
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ]  # fmt: skip
    order = 2**252 + 27742317777372353535851937790883648493
    cases = []
    for key, message, signature in vectors:
        key, message, signature = (bytes.fromhex(part) for part in (key, message, signature))
        high = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
        cases.append((key, message, signature, True))
        cases += [(key, message, bytes([signature[0] ^ 1]) + signature[1:], False), (key, message, signature[:32] + high, False)]
        cases += [(key, message + b"x", signature, False), (bytes([key[0] ^ 1]) + key[1:], message, signature, False)]
    for length in (0, 1, 111, 112, 127, 128, 239, 240, 1000):
        message = bytes(length)
        cases.append((attacker.key.public_key().public_bytes_raw(), message, attacker.sign(message), True))
    desk = Desk(chromium, folder)
    found = desk.page.evaluate(
        "cases => cases.map(([k, m, s]) => Ed25519.verifyPlain(Uint8Array.from(k), Uint8Array.from(s), Uint8Array.from(m)))",
        [[list(k), list(m), list(s)] for k, m, s, _ok in cases],
    )
    assert found == [ok for *_parts, ok in cases]
    desk.context.close()


def test_the_browsers_own_curve_is_used_where_it_is_known(chromium, folder, text):
    desk = Desk(chromium, folder)
    known = desk.page.evaluate(
        "crypto.subtle.importKey('raw', new Uint8Array(32), {name: 'Ed25519'}, false, ['verify']).then(() => true, () => false)"
    )
    if not known:
        pytest.skip("this Chromium has no Ed25519")
    desk.page.evaluate("() => { Hashes.sha512 = () => { throw new Error('plain') } }")
    desk.give(("c.json", text))
    assert desk.code("proof") == ""
    desk.context.close()


def test_the_chinese_page_says_everything_in_chinese(chromium, folder, text):
    desk = Desk(chromium, folder, name="index.html")
    desk.give(("c.json", text))
    shown = desk.page.inner_text("[data-part=result]")
    assert "c.json（证书）" in desk.page.inner_text("[data-part=given]")
    assert "签名" in shown and "can't" not in shown and "verdict." not in shown and "code." not in shown
    desk.context.close()
