"""The published examples of both cryptosuites: W3C "Data Integrity EdDSA Cryptosuites v1.0", appendix B.

The numbers are those of the standard's repository (w3c/vc-di-eddsa, TestVectors). Its example context, which the product
does not ship, is put in for these tests only.
"""

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.credential import contexts, proof, strict
from certificates.credential.keys import FileSigner

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
ISSUER = "https://vc.example/issuers/5678"
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"  # the standard's, published with it
METHOD = f"{ISSUER}#{PUBLIC}"
PROOF_HASH = "4c4d3890a157f8d611b13c265c2c22f39aa0a567c7c7dd9ba3e45cd579784eeb"
DOCUMENT_HASH = "517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017"
PROOF_VALUE = "z21EVs3eXERqTn4acNHT9viboqgzUaQ3kTmhPT3eA8qrVPE7CrQq78WkzctnMX5W4CrzcKnHw8V6dvy5pgWYCU5e9"
DOCUMENT = {
    "@context": ["https://www.w3.org/ns/credentials/v2", EXAMPLES],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": ISSUER,
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2023-02-24T23:36:38Z",
    "verificationMethod": METHOD,
    "proofPurpose": "assertionMethod",
}
CONTROLLER = {
    "id": ISSUER,
    "verificationMethod": [{"id": METHOD, "type": "Multikey", "controller": ISSUER, "publicKeyMultibase": PUBLIC}],
    "assertionMethod": [METHOD],
}


@pytest.fixture(autouse=True)
def example_context(monkeypatch):
    shipped = contexts.document
    example = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
    monkeypatch.setattr(contexts, "document", lambda url: example if url == EXAMPLES else shipped(url))


def test_the_hashes():
    assert proof._hash_data(DOCUMENT, PROOF).hex() == PROOF_HASH + DOCUMENT_HASH


def test_the_canonical_proof_options():
    lines = strict.canonical({"@context": DOCUMENT["@context"]} | PROOF).decode().splitlines()
    assert len(lines) == 5
    assert lines[2] == (
        '_:c14n0 <https://w3id.org/security#cryptosuite> "eddsa-rdfc-2022"^^<https://w3id.org/security#cryptosuiteString> .'
    )


def test_signing_gives_the_published_proof():
    """The secret key is multibase of the multicodec prefix of an Ed25519 secret key (0x8026) and the seed."""
    raw = base58.b58decode(SECRET[1:])
    assert raw[:2] == b"\x80\x26"
    signer = FileSigner(METHOD, Ed25519PrivateKey.from_private_bytes(raw[2:]))
    assert signer.public_multibase == PUBLIC
    value = signer.sign(proof._hash_data(DOCUMENT, PROOF))
    assert "z" + base58.b58encode(value).decode() == PROOF_VALUE


def test_the_published_credential_verifies_and_a_changed_one_does_not():
    published = DOCUMENT | {"proof": PROOF | {"proofValue": PROOF_VALUE}}
    assert proof.verify(published, CONTROLLER) == ""
    assert proof.verify(published | {"name": "Alumni credential"}, CONTROLLER) != ""
    flipped = PROOF_VALUE[:40] + ("4" if PROOF_VALUE[40] != "4" else "5") + PROOF_VALUE[41:]
    assert proof.verify(DOCUMENT | {"proof": PROOF | {"proofValue": flipped}}, CONTROLLER) != ""


def test_the_published_proof_over_the_json():
    """eddsa-jcs-2022, TestVectors/eddsa-jcs-2022/signedJCS.json."""
    options = {"@context": DOCUMENT["@context"]} | PROOF | {"cryptosuite": proof.JCS}
    data = proof._hash_data(DOCUMENT, options)
    signer = FileSigner(METHOD, Ed25519PrivateKey.from_private_bytes(base58.b58decode(SECRET[1:])[2:]))
    assert "z" + base58.b58encode(signer.sign(data)).decode() == (
        "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4"
    )
