"""Files made to harm: each gets an answer, soon, and none is called valid."""

import copy
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from certificates.credential import proof, strict
from certificates.credential.record import MOST
from certificates.credential.status import build_status_list, decode
from certificates.credential.strict import NotStrict, canonical, parse
from certificates.credential.verify import verify_offline

from .conftest import AT, DID, FACTS, STANDARD, STATUS_URL, make_unsigned


def verdict(document, did, status) -> str:
    return verify_offline(json.dumps(document), did, status, at=AT).verdict


@pytest.mark.parametrize(
    "change",
    [
        {"@context": ["https://www.w3.org/ns/credentials/v2", {"honour": "urn:x:y"}]},
        {"@type": "DataIntegrityProof"},
        {"nonce": "1"},
        {"domain": "else.example"},
        {"proofValue": 5},
        {"proofValue": ["z1"]},
        {"proofValue": ""},
        {"proofValue": "zIl0O"},
        {"verificationMethod": {"id": f"{DID}#key-1"}},
        {"created": "2026-11-01T08:00:00+00:00"},
        {"created": None},
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_proof_of_other_words(signed, did, good_list, change, place):
    """Further members or another context in a proof would let one signature stand under several texts."""
    proofs = [own | change if at == place else own for at, own in enumerate(signed["proof"])]
    assert verdict(signed | {"proof": proofs}, did, good_list) in ("proof", "schema")


@pytest.mark.parametrize("spelling", ["{} ", "{}\n", " {}"])
def test_one_spelling_of_the_signature(signed, did, good_list, spelling):
    """base58's own decoder forgives blanks."""
    for place in (0, 1):
        proofs = copy.deepcopy(signed["proof"])
        proofs[place]["proofValue"] = spelling.format(proofs[place]["proofValue"])
        assert verdict(signed | {"proof": proofs}, did, good_list) == "proof"


@pytest.mark.parametrize("twins", [2, 9, 40])
def test_a_poison_graph_is_refused_at_once(signed, did, good_list, twins):
    """Nodes that look the same make canonicalisation try every order of them: factorial time without the guard.

    That the guard speaks (and not only the signature) is what shows that the time was not spent.
    """
    poisoned = signed | {"proof": signed["proof"][0]}  # in the set, the cheap proof would be looked at first
    poisoned = copy.deepcopy(poisoned)
    del poisoned["credentialSubject"]["id"]
    same = {"type": ["Alignment"], "targetName": "x", "targetUrl": "https://x.example/"}
    poisoned["credentialSubject"]["result"] = [
        {"type": ["Result"], "resultDescription": "urn:x:y", "alignment": [same] * twins} for _ in range(2)
    ]
    report = verify_offline(json.dumps(poisoned), did, good_list, at=AT)
    assert report.verdict == "proof"
    assert "look the same" in next(check.detail for check in report.checks if check.name == "proof")


def test_names_for_blank_nodes_are_refused():
    """With them a tree becomes any graph, and a reference inside our file something else in another."""
    unsigned = make_unsigned()
    unsigned["evidence"][0]["id"] = "_:b0"
    with pytest.raises(NotStrict):
        canonical(unsigned)


def test_a_flood_of_nodes_is_refused_before_it_is_read(signed, did, good_list):
    flood = signed | {"evidence": [{"type": ["Evidence"], "name": str(i)} for i in range(3_000)]}
    assert len(json.dumps(flood)) < strict.MAX_BYTES
    assert verdict(flood, did, good_list) == "form"


def test_ours_are_far_below_the_limits(signed):
    """So that a real certificate with many competences is not refused one day."""
    count, stack = 0, [signed]
    while stack:
        node = stack.pop()
        count += 1
        stack.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
    assert count * 10 < strict.MAX_VALUES
    assert len(json.dumps(signed)) * 10 < strict.MAX_BYTES


def test_a_record_of_as_many_as_it_may_hold_is_within_the_limits():
    facts = FACTS | {
        "competences": [FACTS["competences"][0] | {"code": f"c{number}"} for number in range(7)],
        "hours": FACTS["hours"] * 5, "cases": [FACTS["cases"][0]] * 8,
        "parts": [FACTS["parts"][0] | {"key": f"part-{number}"} for number in range(3)],
    }  # fmt: skip
    standard = replace(STANDARD, competences={f"c{number}": STANDARD.topics[0] for number in range(7)})
    large = make_unsigned(facts=facts, standard=standard)
    text = json.dumps({"a": {"verifiableCredential": [large] * MOST}}, ensure_ascii=False, indent=2)
    assert strict.parse(text)["a"]["verifiableCredential"][-1] == large


@pytest.mark.parametrize(
    "raw",
    [
        '{"a": 1.5}', '{"a": 1e999}', '{"a": 1E2}', '{"a": Infinity}', '{"a": 9007199254740992}', '{"a": "\\ud800"}',
        '{"\\udc00": 1}', '{"a": "\ud800"}', '{"a": 1} x', '{"a": 1, "a": 1}', '{"a": {"b": 1, "b": 2}}', "null",
        "1" * 5000,
    ],
)  # fmt: skip
def test_what_two_readers_might_read_differently(raw):
    with pytest.raises(NotStrict):
        parse(raw)


def test_without_the_issuers_own_key_no_arithmetic_is_done(signed, did, good_list, monkeypatch):
    monkeypatch.setattr(proof, "_hash_data", lambda *_: pytest.fail("canonicalised a stranger's file"))
    assert verdict(signed | {"issuer": signed["issuer"] | {"id": "did:web:fake.example"}}, did, good_list) == "issuer"
    foreign = signed["proof"][0] | {"verificationMethod": "did:web:fake.example#key-1"}
    assert verdict(signed | {"proof": foreign}, did, good_list) == "proof"


def test_a_text_that_was_changed_is_not_canonicalised(signed, did, good_list, monkeypatch):
    """The JSON's own signature is looked at before the work of the other begins."""
    monkeypatch.setattr(proof, "canonical", lambda *_: pytest.fail("canonicalised a changed file"))
    assert verdict(signed | {"name": "another"}, did, good_list) == "proof"


def test_a_certificate_from_the_future(signer, did, good_list):
    early = proof.sign(make_unsigned(), signer, at=AT + timedelta(days=1))
    assert verdict(early, did, good_list) == "dates"


def make_odd_list(signer, change: dict, subject: dict) -> str:
    unsigned = build_status_list(STATUS_URL, DID, [], valid_from=AT, valid_until=AT + timedelta(hours=48)) | change
    unsigned["credentialSubject"] |= subject
    unsigned = {key: value for key, value in unsigned.items() if value is not None}
    return json.dumps(proof.sign(unsigned, signer, at=AT))


def test_a_list_without_an_end_is_not_fresh(signed, signer, did):
    assert verdict(signed, did, make_odd_list(signer, {"validUntil": None}, {})) == "unknown"


@pytest.mark.parametrize(
    "subject",
    [
        {"statusPurpose": "suspension"},
        {"encodedList": "uH4sIAAAAAAACA_____8"},  # gzip's header, then rubbish
        {"encodedList": "zABC"},
        {"encodedList": ["uAA", "uBB"]},
        {"type": ["BitstringStatusList", "BitstringStatusListEntry"]},
    ],
)
def test_a_signed_list_that_is_not_one(signed, signer, did, subject):
    assert verdict(signed, did, make_odd_list(signer, {}, subject)) == "status"


@pytest.mark.parametrize("status", ["", "5", "[]", "{}", '{"credentialSubject": 1}', b"\xff"])
def test_rubbish_for_a_list(text, did, status):
    assert verify_offline(text, did, status, at=AT).verdict == "status"


def test_a_list_that_unpacks_to_very_much_is_cut_off():
    import base64
    import gzip

    bomb = "u" + base64.urlsafe_b64encode(gzip.compress(bytes(50_000_000))).rstrip(b"=").decode()
    with pytest.raises(ValueError, match="expected size"):
        decode(bomb)
