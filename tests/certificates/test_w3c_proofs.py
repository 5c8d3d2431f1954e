"""What the W3C's suites for eddsa proofs and for status lists ask of an implementation, in our words: of the VC API in its
test mode, and, where it is about what we publish, of the certificate and the list as they are served.
"""

import base64
import copy
import gzip
import hashlib
import json
from datetime import timedelta

import base58
import pytest
import rfc8785
from django.urls import reverse
from django.utils import timezone
from pyld import jsonld

from certificates.credential import proof
from certificates.credential.contexts import CREDENTIALS_V2, loader
from certificates.credential.status import build_status_list
from tests.certificates.outside import Served, download
from tests.certificates.test_w3c_data_model import DID, HOLDER, PLAIN

STAMP = proof.TIMESTAMP


@pytest.fixture
def test_mode(settings, db):
    settings.VC_TEST_API = True


@pytest.fixture
def verify(client):
    def ask(credential: dict, **options) -> int:
        body = json.dumps({"verifiableCredential": credential, "options": options})
        return client.post(reverse("vc_verify"), body, content_type="application/json").status_code

    return ask


def sign(*, suite: str = proof.RDFC, hashed=None, **changes) -> dict:
    """Return a credential signed by another issuer's software. changes: of the proof before signing; ... takes a member out.
    hashed: another way from document and options to the bytes that are signed."""
    document = PLAIN | {"issuer": DID}
    options = {
        "type": "DataIntegrityProof", "cryptosuite": suite, "created": proof.timestamp(timezone.now()),
        "verificationMethod": HOLDER.method, "proofPurpose": "assertionMethod",
    }  # fmt: skip
    if suite == proof.JCS:
        options["@context"] = document["@context"]
    options = {name: value for name, value in (options | changes).items() if value is not ...}
    make = hashed or (by_jcs if suite == proof.JCS else by_rdfc)
    value = HOLDER.sign(make(document, options))
    return document | {"proof": options | {"proofValue": "z" + base58.b58encode(value).decode()}}


def edited(credential: dict, **changes) -> dict:
    found = copy.deepcopy(credential)
    found["proof"] = {name: value for name, value in (found["proof"] | changes).items() if value is not ...}
    return found


def lax(document: dict) -> bytes:
    """Canonical form as software without a safe mode makes it: what no context defines is left out."""
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
    return jsonld.normalize(document, options).encode()


def by_rdfc(document: dict, options: dict) -> bytes:
    options = {"@context": document["@context"]} | options
    return hashlib.sha256(lax(options)).digest() + hashlib.sha256(lax(document)).digest()


def by_jcs(document: dict, options: dict) -> bytes:
    return hashlib.sha256(rfc8785.dumps(options)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()


def by_sha512(document: dict, options: dict) -> bytes:
    options = {"@context": document["@context"]} | options
    return hashlib.sha512(lax(options)).digest() + hashlib.sha512(lax(document)).digest()


@pytest.mark.parametrize("suite", [proof.RDFC, proof.JCS])
def test_a_proof_of_others_is_taken(test_mode, verify, suite):
    assert verify(sign(suite=suite), checks=["proof"]) == 200
    assert verify(sign(suite=suite), expectedProofPurpose="assertionMethod") == 200


@pytest.mark.parametrize("suite", [proof.RDFC, proof.JCS])
def test_proofs_that_are_refused(test_mode, verify, suite):
    good = sign(suite=suite)
    value = good["proof"]["proofValue"]
    longer = "z" + base58.b58encode(base58.b58decode(value[1:]) + bytes(32)).decode()
    others = {proof.RDFC: proof.JCS, proof.JCS: proof.RDFC}
    for wrong in (
        {name: part for name, part in good.items() if name != "proof"}, good | {"proof": None}, good | {"proof": "z"},
        edited(good, type=...), sign(suite=suite, type="UnknownProofType"),
        sign(suite=suite, verificationMethod=...), sign(suite=suite, verificationMethod="did:key:zNoKey#zNoKey"),
        sign(suite=suite, verificationMethod=5),
        sign(suite=suite, proofPurpose=...), sign(suite=suite, proofPurpose="invalidPurpose"),
        edited(good, proofValue=...), edited(good, proofValue=None), edited(good, proofValue=value[1:]), edited(good,
        proofValue="u" + value[1:]), edited(good, proofValue=longer),
        edited(good, cryptosuite=others[suite]), sign(suite=suite, cryptosuite="unknown-cryptosuite-2017"), sign(suite=suite,
        cryptosuite=...),
        sign(suite=suite, created="not-a-date"), sign(suite=suite, created="2023-02-24T23:36:38"), sign(suite=suite,
        expires="2023-02-24T23:36:38"),
        sign(suite=suite, hashed=by_jcs if suite == proof.RDFC else by_rdfc),
        sign(suite=suite, hashed=by_sha512),
    ):  # fmt: skip
        assert verify(wrong) == 400, wrong.get("proof")
    assert verify(good, expectedProofPurpose="authentication") == 400
    assert verify(good, domain="domain.example") == verify(good, challenge="1235abcd6789") == 400


def test_chains_of_proofs_are_not_spoken(test_mode, verify):
    """The suites let them be left out; a proof that names one before it is refused, not half understood."""
    first = sign(id="urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544")
    assert verify(first) == verify(sign(previousProof="urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544")) == 400


# --- What we publish ------------------------------------------------------------------------------------------------


@pytest.fixture
def served(certificate, client_for) -> Served:
    return download(client_for(certificate.holder), certificate)


def proofs_of(document: dict) -> list[dict]:
    return document["proof"] if isinstance(document["proof"], list) else [document["proof"]]


def test_the_form_of_our_proofs(served, test_mode, client):
    issued = client.post(reverse("vc_issue"), json.dumps({"credential": PLAIN}), content_type="application/json").json()
    for document in (json.loads(served.text), json.loads(served.status), issued["verifiableCredential"]):
        assert CREDENTIALS_V2 in document["@context"]
        for one in proofs_of(document):
            assert one["type"] == "DataIntegrityProof" and one["cryptosuite"] in proof.SET
            assert STAMP.fullmatch(one["created"]) and one["proofPurpose"] == "assertionMethod"
            assert one["proofValue"][0] == "z" and len(base58.b58decode(one["proofValue"][1:])) == 64
            assert one["verificationMethod"].startswith("did:")
            assert not {"id", "expires", "domain", "challenge", "nonce", "previousProof"} & set(one)


def test_the_form_of_our_keys(served):
    did = json.loads(served.did)
    for method in did["verificationMethod"]:
        raw = base58.b58decode(method["publicKeyMultibase"].removeprefix("z"))
        assert (
            method["type"] == "Multikey"
            and method["controller"] == did["id"]
            and method["publicKeyMultibase"][0] == "z"
        )
        assert raw[:2] == b"\xed\x01" and len(raw) == 34 and "secretKeyMultibase" not in method


def test_the_entry_of_a_certificate_in_its_list(served):
    entry = json.loads(served.text)["credentialStatus"]
    assert entry["type"] == "BitstringStatusListEntry" and entry["statusPurpose"] == "revocation"
    assert str(int(entry["statusListIndex"])) == entry["statusListIndex"] and int(entry["statusListIndex"]) >= 0
    assert entry["id"] != entry["statusListCredential"] and entry["statusListCredential"].startswith("http")
    assert not {"statusSize", "statusMessage", "statusReference"} & set(entry)


def test_the_list_as_it_is_served(served, test_mode, verify):
    found = json.loads(served.status)
    entry, subject = json.loads(served.text)["credentialStatus"], found["credentialSubject"]
    assert {"VerifiableCredential", "BitstringStatusListCredential"} == set(found["type"])
    assert found["id"] == entry["statusListCredential"] and found["issuer"] == json.loads(served.did)["id"]
    assert subject["type"] == "BitstringStatusList" and subject["statusPurpose"] == entry["statusPurpose"]
    encoded = subject["encodedList"]
    assert encoded[0] == "u" and "=" not in encoded
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(bits) >= 16 * 1024 and int(entry["statusListIndex"]) < len(bits) * 8
    place = int(entry["statusListIndex"])
    assert not bits[place // 8] & (0x80 >> place % 8)  # the first index is the left-most bit


@pytest.mark.parametrize("index", ["-1", "1.5", "x", str(2**31)])
def test_an_index_outside_of_the_list(served, index):
    """A list of the shortest allowed length has no such place: never "valid"."""
    from certificates.credential.verify import status_check

    credential = json.loads(served.text)
    credential["credentialStatus"]["statusListIndex"] = index
    assert status_check(credential, json.loads(served.did), served.status, timezone.now()).outcome == "failed"


def test_a_short_list_is_refused(served, certificate):
    """The standard asks for 16 KB at least, so that a place in it tells nobody apart."""
    from certificates.credential.verify import status_check
    from certificates.keystore import active_key, signer_of

    found, at = json.loads(served.status), timezone.now()
    short = build_status_list(found["id"], found["issuer"], [], valid_from=at, valid_until=at + timedelta(hours=48))
    packed = gzip.compress(bytes(1024), mtime=0)
    short["credentialSubject"]["encodedList"] = "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    signed = json.dumps(proof.sign(short, signer_of(active_key(at=at)), at=at))
    check = status_check(json.loads(served.text), json.loads(served.did), signed, at)
    assert check.outcome == "failed" and "size" in check.detail
