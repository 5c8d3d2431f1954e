"""Learner records on plain values: whole, altered in every part, a certificate changed, exchanged, or another's put in."""

import copy
import json
from datetime import timedelta

import pytest

from certificates.credential import proof
from certificates.credential.contexts import CLR_SCHEMA, RECORD_CONTEXT
from certificates.credential.record import MOST, RecordFacts, build_record, sign_record, verify_record
from certificates.credential.strict import NotStrict
from certificates.credential.verify import schema_problem

from .conftest import AT, DID, FACTS, make_list, make_signer, make_unsigned

ID = "urn:uuid:0b7f3a0e-5b1f-4c59-9f8f-0d3b6f3b1b{:02d}"
LEVELS = {
    "junior": {"code": "junior", "title": "初级技术经理人", "title_en": "Junior technology manager"},
    "intermediate": {"code": "intermediate", "title": "中级技术经理人", "title_en": "Intermediate technology manager"},
    "senior": {"code": "senior", "title": "高级技术经理人", "title_en": "Senior technology manager"},
}


def certificate(signer, level="junior", *, slug="outline-2020", number=0, **changes) -> dict:
    facts = FACTS | {"level": LEVELS[level], "syllabus": FACTS["syllabus"] | {"slug": slug}}
    values = {"credential_id": ID.format(number), "facts": facts, "status_index": 100 + number}
    values["verify_url"] = f"https://x.example/v/{number}/"
    return proof.sign(make_unsigned(**values | changes), signer, at=AT)


def facts(certificates, ladder, **changes) -> RecordFacts:
    values = {
        "record_id": ID.format(99), "issuer": certificates[0]["issuer"], "holder_name": "王䶮", "email": "a@people.example",
        "email_salt": "00" * 16, "certificates": certificates, "ladder": ladder, "partial": False, "valid_from": AT,
        "valid_until": AT + timedelta(days=30),
    }  # fmt: skip
    return RecordFacts(**values | changes)


@pytest.fixture(scope="module")
def two(signer):
    return [certificate(signer, "junior", number=1), certificate(signer, "intermediate", number=2)]


@pytest.fixture(scope="module")
def record(two, signer):
    ladder = [("outline-2020", "junior"), ("outline-2020", "intermediate")]
    return sign_record(build_record(facts(two, ladder)), signer, at=AT)


def report(record, did, lists=None, *, at=AT):
    text = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
    return verify_record(text, did, lambda one: lists, at=at)


def outcomes(found) -> dict[str, str]:
    return {check.name: check.outcome for check in found.checks}


def test_it_works(record, did, good_list):
    found = report(record, did, good_list)
    assert outcomes(found) == dict.fromkeys(["form", "schema", "issuer", "proof", "dates", "members"], "ok")
    assert [one.verdict for one in found.members] == ["valid", "valid"]


def test_contexts_type_and_schema_are_those_of_the_standard(record):
    assert record["@context"] == RECORD_CONTEXT
    assert record["type"] == ["VerifiableCredential", "ClrCredential"]
    assert record["credentialSchema"][0]["id"] == CLR_SCHEMA and schema_problem(record, CLR_SCHEMA) == ""
    assert "credentialStatus" not in record and record["partial"] is False


def test_the_official_schema_is_asked(record):
    assert schema_problem({**record, "partial": "no"}, CLR_SCHEMA).startswith("partial")
    assert schema_problem({k: v for k, v in record.items() if k != "name"}, CLR_SCHEMA)


def test_certificates_stand_in_it_as_they_were_signed(record, two, did):
    inside = record["credentialSubject"]["verifiableCredential"]
    assert inside == two
    assert [proof.verify(one, did) for one in inside] == ["", ""]


def test_levels_of_one_version_precede_each_other_and_versions_are_peers(signer):
    ladder = [("new", "junior"), ("old", "senior"), ("old", "junior")]
    three = [certificate(signer, level, slug=slug, number=n) for n, (slug, level) in enumerate(ladder)]
    found = build_record(facts(three, ladder))["credentialSubject"]["association"]
    ids = [one["credentialSubject"]["achievement"]["id"] for one in three]
    assert [(line["associationType"], line["sourceId"], line["targetId"]) for line in found] == [
        ("precedes", ids[2], ids[1]), ("isPeerOf", ids[0], ids[2]),
    ]  # fmt: skip


def test_one_certificate_relates_to_nothing(two, signer, did):
    one = sign_record(build_record(facts(two[:1], [("outline-2020", "junior")])), signer, at=AT)
    assert "association" not in one["credentialSubject"]
    assert outcomes(report(one, did))["members"] == "ok"


def edited(record, change):
    found = copy.deepcopy(record)
    change(found, found["credentialSubject"], found["credentialSubject"]["verifiableCredential"])
    return found


CHANGES = {
    "a certificate's number": lambda r, s, c: c[0]["credentialSubject"].update(licenseNumber="TM-J-00000-00000-0"),
    "a certificate's proof": lambda r, s, c: c[0]["proof"].reverse(),
    "a certificate taken out": lambda r, s, c: c.pop(),
    "the order": lambda r, s, c: c.reverse(),
    "the name": lambda r, s, c: s["identifier"][0].update(identityHash="李四"),
    "the end": lambda r, s, c: r.update(validUntil="2030-01-01T00:00:00Z"),
    "what it leaves out": lambda r, s, c: r.update(partial=True),
    "how levels relate": lambda r, s, c: s["association"][0].update(associationType="isPeerOf"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_one_change_breaks_it(record, did, good_list, what):
    found = report(edited(record, CHANGES[what]), did, good_list)
    assert "failed" in outcomes(found).values() and found.members == ()


def test_another_genuine_certificate_put_in_breaks_it(record, did, signer, good_list):
    other = certificate(signer, "intermediate", number=3, holder_name="李四")
    assert proof.verify(other, did) == ""
    found = report(edited(record, lambda r, s, c: c.__setitem__(1, other)), did, good_list)
    assert outcomes(found)["proof"] == "failed" and found.members == ()


def test_a_forged_certificate_in_a_record_signed_by_us_is_found(two, signer, did, good_list):
    """Who has the key of a record could put anything in; each certificate is judged by itself."""
    forged = edited({"credentialSubject": {"verifiableCredential": two}}, CHANGES["a certificate's number"])
    inside = forged["credentialSubject"]["verifiableCredential"]
    ladder = [("outline-2020", "junior"), ("outline-2020", "intermediate")]
    found = report(sign_record(build_record(facts(inside, ladder)), signer, at=AT), did, good_list)
    assert outcomes(found)["proof"] == "ok" and outcomes(found)["members"] == "failed"
    assert [one.verdict for one in found.members] == ["proof", "valid"]


def test_a_revoked_certificate_is_named_and_the_record_stays_whole(record, did, signer):
    found = report(record, did, make_list(signer, [101]))
    assert [one.verdict for one in found.members] == ["status", "valid"]
    assert outcomes(found)["members"] == "ok"


def test_without_a_list_nothing_is_called_valid(record, did):
    assert [one.verdict for one in report(record, did).members] == ["unknown", "unknown"]


def test_past_its_end(record, did, good_list):
    assert outcomes(report(record, did, good_list, at=AT + timedelta(days=31)))["dates"] == "failed"


@pytest.mark.parametrize(
    "change",
    [
        lambda r, s, c: r.update({"@context": RECORD_CONTEXT[:3]}),
        lambda r, s, c: r.update(secret="x"),
        lambda r, s, c: s.update(rank="best"),
        lambda r, s, c: c.append(c[0]),
        lambda r, s, c: c[1].update(id=r["id"]),
        lambda r, s, c: c.clear(),
        lambda r, s, c: c.extend({"id": f"urn:x:{n}"} for n in range(MOST)),
        lambda r, s, c: s.update(verifiableCredential="eyJhbGciOi"),
        lambda r, s, c: r.update(type=["VerifiableCredential"]),
    ],
)
def test_what_it_may_not_look_like(record, did, change):
    assert outcomes(report(edited(record, change), did)) == {"form": "failed"}


def test_we_sign_no_record_that_is_not_one(two, signer):
    unsigned = build_record(facts([two[0], two[0]], [("outline-2020", "junior")] * 2))
    with pytest.raises(NotStrict, match="same id"):
        sign_record(unsigned, signer, at=AT)


def test_another_key(record, did, signer, good_list):
    attacker = make_signer(seed=bytes(reversed(range(32))))
    foreign = json.loads(json.dumps(did).replace(signer.public_multibase, attacker.public_multibase))
    assert outcomes(report(record, foreign, good_list))["proof"] == "failed"


def test_other_software_accepts_it_and_refuses_a_changed_one(record, did, signer):
    """openbadgeslib knows the CLR's context and checks the proof over the meaning, certificates included."""
    ldp = pytest.importorskip("openbadgeslib.ob3.ldp", reason="openbadgeslib is installed by script/test")
    from openbadgeslib.ob3.clr import bundled_clr_contexts
    from openbadgeslib.ob3.did import pem_for_kid

    pem = pem_for_kid(did, DID, signer.method)
    ldp.verify_data_integrity_proof(record, pem, extra_contexts=bundled_clr_contexts())
    for one in record["credentialSubject"]["verifiableCredential"]:
        ldp.verify_data_integrity_proof(one, pem)
    changed = edited(record, CHANGES["a certificate's number"])
    with pytest.raises(Exception, match=r"(?i)proof|signature"):
        ldp.verify_data_integrity_proof(changed, pem, extra_contexts=bundled_clr_contexts())


def test_our_context_is_the_one_other_software_carries():
    from certificates.credential.contexts import CLR, document

    clr = pytest.importorskip("openbadgeslib.ob3.clr", reason="openbadgeslib is installed by script/test")
    assert clr.bundled_clr_contexts() == {CLR: document(CLR)}
