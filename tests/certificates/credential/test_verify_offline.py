"""Our own check of a certificate file: what is accepted, and each way in which it is refused."""

import json
from datetime import timedelta

import pytest

from certificates.credential import proof
from certificates.credential.contexts import BADGE_CONTEXT, UnknownDocument, document
from certificates.credential.keys import did_document, did_document_url, did_from_url, load_key_file, make_key_file
from certificates.credential.status import SIZE, decode, encode, is_set
from certificates.credential.strict import MAX_BYTES, NotStrict, canonical, check_round_trip, parse
from certificates.credential.verify import schema_problem, verify_offline

from .conftest import AT, DID, INDEX, make_list, make_signer, make_unsigned


def verdict(raw, did, status, *, at=AT) -> str:
    return verify_offline(raw, did, status, at=at).verdict


def test_it_works(text, did, good_list):
    report = verify_offline(text, did, good_list, at=AT)
    assert report.verdict == "valid"
    assert [check.name for check in report.checks] == ["form", "schema", "issuer", "proof", "dates", "status"]


def test_the_profile(signed):
    """What CREDENTIALS.md section 1 pins."""
    assert signed["@context"] == BADGE_CONTEXT
    assert signed["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert signed["id"].startswith("urn:uuid:")
    assert signed["issuer"]["id"] == DID and signed["issuer"]["type"] == ["Profile"]
    assert isinstance(signed["credentialStatus"], dict)
    assert set(signed["credentialStatus"]) == {
        "id", "type", "statusPurpose", "statusListIndex", "statusListCredential",
    }  # fmt: skip
    for name in ("validFrom", "validUntil", "awardedDate"):
        assert signed[name].endswith("Z")
    assert signed["credentialSubject"]["achievement"]["achievementType"] == "Certification"
    name, mail = signed["credentialSubject"]["identifier"]
    assert (name["hashed"], name["identityHash"]) == (False, "王䶮")
    assert mail["hashed"] and mail["identityHash"].startswith("sha256$") and len(mail["salt"]) == 32
    assert "a@people.example" not in json.dumps(signed)
    assert schema_problem(signed) == ""


def test_every_single_character_counts(text, did, good_list):
    """One changed character anywhere in the name, the number or a date is noticed."""
    changes = [("王", "汪"), ("4K7QX", "4K7QY"), ("2026-11-01", "2026-11-02"), ("good", "excellent"), ("4711", "4712")]
    for old, new in changes:
        assert old in text
        assert verdict(text.replace(old, new, 1), did, good_list) != "valid"


def test_another_key_a_withdrawn_key_and_a_retired_key(text, signed, signer, did, good_list):
    attacker = make_signer(seed=bytes(reversed(range(32))))
    foreign = did_document(DID, [("key-1", attacker.public_multibase, True)])
    assert verdict(text, foreign, make_list(attacker)) == "proof"
    withdrawn = did_document(DID, [("key-1", signer.public_multibase, False)])
    assert verdict(text, withdrawn, good_list) == "proof"
    rotated = did_document(
        DID, [("key-1", signer.public_multibase, True), ("key-2", attacker.public_multibase, True)]
    )
    new_list = make_list(make_signer("key-2", seed=bytes(reversed(range(32)))))
    assert verdict(text, rotated, new_list) == "valid"


def test_another_issuer(text, signer, good_list):
    other = did_from_url("http://fake.example")
    fake = did_document(other, [("key-1", signer.public_multibase, True)])
    assert verdict(text, fake, good_list) == "issuer"


def test_a_swapped_proof(signed, signer, did, good_list):
    other = proof.sign(make_unsigned(holder_name="别人"), signer, at=AT)
    assert verdict(json.dumps(signed | {"proof": other["proof"]}), did, good_list) == "proof"


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "change",
    [
        {"proofPurpose": "authentication"}, {"cryptosuite": "eddsa-jcs-2022"}, {"cryptosuite": "eddsa-rdfc-2022"},
        {"created": "2026-11-01T08:00:01Z"}, {"type": "Ed25519Signature2020"}, {"proofValue": "z" + "1" * 64},
    ],
)  # fmt: skip
def test_an_altered_proof(signed, did, good_list, change, place):
    """Either of the two counts: a verifier that knows one only must not be told another story than one that knows the other."""
    proofs = [proof_ | change if at == place else proof_ for at, proof_ in enumerate(signed["proof"])]
    if proofs != signed["proof"]:
        assert verdict(json.dumps(signed | {"proof": proofs}), did, good_list) == "proof"


@pytest.mark.parametrize("places", [[], [0], [1], [1, 0], [0, 0], [1, 1], [0, 1, 1]])
def test_exactly_our_set_of_proofs(signed, did, good_list, places):
    proofs = [signed["proof"][place] for place in places]
    assert verdict(json.dumps(signed | {"proof": proofs}), did, good_list) == "proof"


def test_a_single_proof_is_what_we_signed_first(signed, did, good_list):
    first, second = signed["proof"]
    assert verdict(json.dumps(signed | {"proof": first}), did, good_list) == "valid"
    assert verdict(json.dumps(signed | {"proof": second}), did, good_list) == "proof"
    assert verdict(json.dumps({k: v for k, v in signed.items() if k != "proof"}), did, good_list) in ("proof", "schema")


def test_the_dates(text, did, signer):
    early, late = AT - timedelta(days=1), AT + timedelta(days=901)
    assert verdict(text, did, make_list(signer, at=early), at=early) == "dates"
    assert verdict(text, did, make_list(signer, at=late), at=late) == "dates"


def test_revoked(text, did, signer):
    assert verdict(text, did, make_list(signer, [INDEX])) == "status"
    assert verdict(text, did, make_list(signer, [INDEX - 1, INDEX + 1])) == "valid"


def test_without_a_fresh_list_nothing_is_called_valid(text, did, good_list):
    assert verdict(text, did, None) == "unknown"
    assert verdict(text, did, good_list, at=AT + timedelta(hours=49)) == "unknown"


def test_a_forged_or_foreign_list(text, did, signer, good_list):
    attacker = make_signer(seed=bytes(reversed(range(32))))
    assert verdict(text, did, make_list(attacker)) == "status"
    assert verdict(text, did, make_list(signer, url="http://localhost:8000/status/2/")) == "status"
    unset = json.loads(make_list(signer, [INDEX]))
    unset["credentialSubject"]["encodedList"] = encode([])
    assert verdict(text, did, json.dumps(unset)) == "status"


def test_two_readers_must_not_read_two_things(text, did, good_list):
    """Same RDF or lenient JSON, other words: a verifier that only follows the libraries would let these pass."""
    twice = text.replace('"hashed": false', '"hashed": true, "hashed": false', 1)
    assert verdict(twice, did, good_list) == "form"
    respelled = text.replace('"type": ["Profile"]', '"@type": ["Profile"]', 1)
    assert verdict(respelled, did, good_list) == "form"
    extra = text.replace('"awardedDate"', '"honour": "cum laude", "awardedDate"', 1)
    assert verdict(extra, did, good_list) == "form"
    null = text.replace('"awardedDate"', '"refreshService": null, "awardedDate"', 1)
    assert verdict(null, did, good_list) == "form"


@pytest.mark.parametrize("contexts", [BADGE_CONTEXT[:2], BADGE_CONTEXT[::-1], [*BADGE_CONTEXT, {"honour": "urn:x:y"}]])
def test_other_contexts(signed, did, good_list, contexts):
    assert verdict(json.dumps(signed | {"@context": contexts}), did, good_list) == "form"


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50 + b"1" + b"}" * 50]
)
def test_what_is_not_a_credential(raw, did):
    assert verdict(raw, did, None) == "form"


def test_too_large():
    with pytest.raises(NotStrict):
        parse(b'{"a": "' + b"x" * MAX_BYTES + b'"}')


def test_we_do_not_sign_what_no_context_defines(signer):
    """PyLD drops the unknown term and signs the rest; ours refuses."""
    with pytest.raises(NotStrict):
        proof.sign(make_unsigned() | {"honour": "cum laude"}, signer, at=AT)


def test_the_third_context_is_needed(signer):
    """Without it the schema's type would be signed as a relative IRI."""
    with pytest.raises(NotStrict):
        proof.sign(make_unsigned() | {"@context": BADGE_CONTEXT[:2]}, signer, at=AT)


def test_round_trip(signed):
    check_round_trip({key: value for key, value in signed.items() if key != "proof"})


def test_signing_is_deterministic(signer, signed):
    assert proof.sign(make_unsigned(), signer, at=AT) == signed


def test_both_copies_of_the_context_mean_the_same(monkeypatch):
    """1EdTech's context 3.0.3 differs between its own site and GitHub; our profile uses none of the terms that do."""
    from certificates.credential import contexts

    unsigned = make_unsigned()
    ours = canonical(unsigned)
    variant = json.loads((contexts.DATA / "contexts" / "ob-v3p0-context-3.0.3.github-2025-04.json").read_text("utf-8"))
    real = contexts.document

    def swapped(url):
        return variant if url == contexts.OPEN_BADGES else real(url)

    monkeypatch.setattr(contexts, "document", swapped)
    from pyld import jsonld

    jsonld._resolved_context_cache.clear()
    assert canonical(unsigned) == ours
    jsonld._resolved_context_cache.clear()


def test_only_pinned_documents_are_loaded():
    with pytest.raises(UnknownDocument):
        document("http://127.0.0.1/context.json")


def test_bitstring():
    bits = decode(encode([0, 7, 8, SIZE - 1]))
    assert [i for i in (0, 1, 7, 8, 9, SIZE - 1) if is_set(bits, i)] == [0, 7, 8, SIZE - 1]
    assert bits[0] == 0b1000_0001  # bit 0 is the left-most
    for wrong in (-1, SIZE):
        with pytest.raises(ValueError, match="not a place"):
            encode([wrong])
    with pytest.raises(ValueError, match="gzip"):
        decode("uAAAA")


@pytest.mark.parametrize(
    ("url", "did", "where"),
    [
        ("http://localhost:8000", "did:web:localhost%3A8000", "https://localhost:8000/.well-known/did.json"),
        ("https://lms.example", "did:web:lms.example", "https://lms.example/.well-known/did.json"),
        ("https://lms.example/base/a", "did:web:lms.example:base:a", "https://lms.example/base/a/did.json"),
    ],
)
def test_did_web(url, did, where):
    """The rules of the did:web method, section "create" and "read"."""
    assert did_from_url(url) == did
    assert did_document_url(did) == where


def test_key_files(tmp_path):
    path = tmp_path / "keys" / "k.pem"
    key = make_key_file(path, "secret words")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert load_key_file(path, "secret words").private_bytes_raw() == key.private_bytes_raw()
    with pytest.raises(ValueError):
        load_key_file(path, "other words")
    with pytest.raises(FileExistsError):
        make_key_file(path)
