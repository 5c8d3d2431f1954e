"""Somebody else's software (openbadgeslib) reads our certificates, offline, from the files as they are served."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from certificates.credential.keys import did_document

from .conftest import DID, INDEX, make_list, make_signer

ldp = pytest.importorskip("openbadgeslib.ob3.ldp", reason="openbadgeslib is installed by script/test")


def outcome(text: str, did: dict, status: str) -> str:
    """"accepted", or the verifier's own words. It is given the served files and no network.

    openbadgeslib checks a status list's signature only when the list is a JWT; ours carries a Data Integrity proof,
    which `test_status_list_proof` checks with the same library.
    """

    def download(url: str) -> bytes:
        if url.endswith("/.well-known/did.json"):
            return json.dumps(did).encode()
        if "/status/" in url:
            return status.encode()
        raise OSError(f"no network: {url}")

    issuer = json.loads(text)["issuer"]["id"]
    verifier = ldp.OB3LdpVerifier.for_issuer_did(issuer)
    try:
        verifier.verify(text, check_status=True, verify_status_list=False, download=download)
    except Exception as error:
        return str(error)
    return "accepted"


def fresh_list(signer, indices=()):
    return make_list(signer, indices, at=datetime.now(UTC) - timedelta(minutes=1))


def test_a_fresh_certificate_is_accepted(text, did, signer):
    assert outcome(text, did, fresh_list(signer)) == "accepted"


def test_one_changed_character_is_refused(text, did, signer):
    assert outcome(text.replace("4K7QX", "4K7QY"), did, fresh_list(signer)) != "accepted"


def test_a_revoked_certificate_is_refused(text, did, signer):
    assert str(INDEX) in outcome(text, did, fresh_list(signer, [INDEX]))


def test_another_key_is_refused(text, did, signer):
    attacker = make_signer(seed=bytes(reversed(range(32))))
    foreign = json.loads(json.dumps(did).replace(signer.public_multibase, attacker.public_multibase))
    assert outcome(text, foreign, fresh_list(signer)) != "accepted"


def test_a_stale_list_is_refused(text, did, signer):
    """Somebody who keeps an old list from before the revocation can't pass it off as today's."""
    stale = make_list(signer, at=datetime.now(UTC) - timedelta(hours=50))
    assert "expired" in outcome(text, did, stale)


def test_a_retired_key_is_accepted_and_a_withdrawn_one_refused(text, signer):
    other = make_signer("key-2", seed=bytes(reversed(range(32))))
    keys = [("key-1", signer.public_multibase, True), ("key-2", other.public_multibase, True)]
    assert outcome(text, did_document(DID, keys), fresh_list(other)) == "accepted"
    withdrawn = [("key-1", signer.public_multibase, False), keys[1]]
    assert outcome(text, did_document(DID, withdrawn), fresh_list(other)) != "accepted"


def test_status_list_proof(did, signer):
    """The status list's own proof verifies with the library's Data Integrity function, and not when it was altered."""
    from openbadgeslib.ob3.did import pem_for_kid

    document = json.loads(fresh_list(signer, [INDEX]))
    pem = pem_for_kid(did, did["id"], signer.method)
    ldp.verify_data_integrity_proof(document, pem)
    document["validUntil"] = "2099-01-01T00:00:00Z"
    with pytest.raises(Exception, match=r"(?i)proof|signature"):
        ldp.verify_data_integrity_proof(document, pem)
