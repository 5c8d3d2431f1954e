"""The statements that the W3C's suite for the data model 2.0 puts to an implementation, put to our VC API in our words.

The suite itself lives on GitHub and is run by node; docs/employers.md says what of it could be had. Each statement has what
must be taken and what must be refused; `Section` names the part of the standard.
"""

import base64
import copy
import hashlib
import json

import base58
import pytest
from django.urls import reverse
from django.utils import timezone

from certificates.credential import proof
from certificates.credential.contexts import CREDENTIALS_V2, DATA, manifest
from certificates.credential.keys import FileSigner
from certificates.credential.proof import multikey
from tests.certificates.credential.conftest import make_signer

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
PLAIN = {
    "@context": [CREDENTIALS_V2],
    "type": ["VerifiableCredential"],
    "issuer": "https://vc.example/issuers/1",
    "credentialSubject": {"id": "did:example:subject"},
}
OWN_TYPE = {"@context": [CREDENTIALS_V2, {"OwnType": "https://example.org/#OwnType"}]}


def raw(url: str) -> bytes:
    return (DATA / manifest()["contexts"][url]["file"]).read_bytes()


SRI = "sha384-" + base64.b64encode(hashlib.sha384(raw(CREDENTIALS_V2)).digest()).decode()
MULTIHASH = b"\x12\x20" + hashlib.sha256(raw(EXAMPLES)).digest()
RELATED = [
    {"id": CREDENTIALS_V2, "digestSRI": SRI, "mediaType": "application/ld+json"},
    {"id": EXAMPLES, "digestMultibase": "u" + base64.urlsafe_b64encode(MULTIHASH).rstrip(b"=").decode()},
]
WORDS = ("text", {"@value": "text", "@language": "en"}, {"@value": "text", "@language": "ar", "@direction": "rtl"},
         [{"@value": "text", "@language": "en"}, {"@value": "文", "@language": "zh"}])  # fmt: skip
NO_WORDS = ({"@value": "text", "@language": "en", "url": "did:example:x"}, {"@language": "en"}, 5)


def typed(name: str) -> tuple[dict, list[dict], list[dict]]:
    """What holds for a member that is one or more objects with a type, of which none needs an id."""
    taken = [
        {name: {"type": "OwnType", "id": "did:example:one"}},
        {name: {"type": "https://example.org/#Absolute"}},
        {name: [{"type": "OwnType"}, {"type": "OwnType"}]},
        {name: [{"type": "OwnType", "id": "did:example:one"}, {"type": "OwnType", "id": "did:example:two"}]},
    ]
    refused = [
        {name: {"id": "did:example:one"}}, {name: [{"type": "OwnType"}, {"id": "did:example:one"}]},
        {name: {"type": "Unmapped"}}, {name: {"type": "OwnType", "id": "not-a-url"}}, {name: {"type": "OwnType",
        "id": ["did:example:1", "did:example:2"]}},
    ]  # fmt: skip
    return OWN_TYPE, taken, refused


# section of the standard → (what all cases share, taken, refused)
ISSUED: dict[str, tuple[dict, list[dict], list[dict]]] = {
    "4.3 contexts": (
        {},
        [
            {}, {"@context": [CREDENTIALS_V2, EXAMPLES]},
            {"@context": [CREDENTIALS_V2, {"OwnType": "https://example.org/#OwnType"}], "type": ["VerifiableCredential",
            "OwnType"]},
        ],
        [
            {"@context": ...}, {"@context": None}, {"@context": [EXAMPLES]}, {"@context": [EXAMPLES, CREDENTIALS_V2]},
            {"@context": [CREDENTIALS_V2, "https ://not-a-url/contexts/v1"]}, {"@context": [CREDENTIALS_V2, 123192875]},
            {"@context": [CREDENTIALS_V2, "https://example.com"]},
        ],
    ),
    "4.4 identifiers": (
        {},
        [{"id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d"}, {"id": "did:example:1"}, {"id": "https://example.org/1"}],
        [
            {"id": None}, {"id": "not-a-url"}, {"id": ["did:example:1", "did:example:2"]}, {"id": 12},
            {"credentialSubject": {"id": ["did:example:1", "did:example:2"], "name": "x"}},
        ],
    ),
    "4.5 types": (
        {},
        [
            {"type": ["VerifiableCredential", "https://example.org/#Absolute"]},
            {"type": ["https://example.org/#One", "https://example.org/#Two", "VerifiableCredential"]},
            {"type": ["https://example.org/#Two", "VerifiableCredential", "https://example.org/#One"]},
            OWN_TYPE | {"type": ["VerifiableCredential", "OwnType"]},
        ],
        [
            {"type": ...}, {"type": None}, {"type": []}, {"type": ["https://example.org/#One"]},
            {"type": ["VerifiableCredential", "Unmapped"]},
            {"@context": [CREDENTIALS_V2, {"OwnType": "https ://not-a-url#OwnType"}], "type": ["VerifiableCredential",
            "OwnType"]},
        ],
    ),
    "4.6 names": ({}, [{"name": words} for words in WORDS], [{"name": words} for words in NO_WORDS]),
    "4.6 descriptions": ({}, [{"description": words} for words in WORDS], [{"description": words} for words in NO_WORDS]),
    "4.6 names of the issuer": (
        {},
        [{"issuer": {"id": "did:example:issuer", "name": words, "description": words}} for words in WORDS],
        [{"issuer": {"id": "did:example:issuer", "name": words}} for words in NO_WORDS],
    ),
    "4.7 issuer": (
        {},
        [{"issuer": {"id": "did:example:issuer"}}, {"issuer": "did:example:issuer"}],
        [
            {"issuer": ...}, {"issuer": None}, {"issuer": "not-a-url"}, {"issuer": {"id": None}},
            {"issuer": {"id": "not-a-url"}}, {"issuer": {}},
            {"issuer": ["did:example:issuer", "did:example:other"]},
        ],
    ),
    "4.8 credential subject": (
        {"@context": [CREDENTIALS_V2, EXAMPLES]},
        [{"credentialSubject": [{"id": "did:example:1", "alumniOf": "x"}, {"id": "did:example:2", "alumniOf": "x"}]}],
        [
            {"credentialSubject": ...}, {"credentialSubject": None}, {"credentialSubject": {}}, {"credentialSubject": []},
            {"credentialSubject": [{"id": "did:example:1"}, {}]}, {"credentialSubject": "did:example:1"},
        ],
    ),
    "4.9 validity": (
        {},
        [
            {"validFrom": "2010-01-01T05:53:08.000Z"}, {"validFrom": "2010-01-01T05:53:08-11:00"},
            {"validFrom": "3010-01-01T05:53:08Z"},
            {"validUntil": "2010-01-01T05:53:08Z"}, {"validUntil": "3010-01-01T05:53:08.123Z"},
            {"validUntil": "3010-01-01T05:53:08+14:00"},
            {"validFrom": "2020-01-01T00:00:00Z", "validUntil": "3020-01-01T00:00:00Z"},
            {"validFrom": "2020-01-01T00:00:00Z", "validUntil": "2020-01-01T00:00:00Z"},
        ],
        [
            {"validFrom": "2010-01-01"}, {"validFrom": "2010-01-01T05:53:08"}, {"validFrom": "January 1, 2010"},
            {"validUntil": "2010-01-01"}, {"validUntil": ["3010-01-01T05:53:08Z"]},
            {"validFrom": "3020-01-01T00:00:00Z", "validUntil": "2020-01-01T00:00:00Z"},
        ],
    ),
    "4.10 status": typed("credentialStatus"),
    "4.11 data schemas": (
        OWN_TYPE,
        [
            {"credentialSchema": {"type": "OwnType", "id": "did:example:schema"}},
            {"credentialSchema": [{"type": "OwnType", "id": "did:example:1"}, {"type": "OwnType", "id": "did:example:2"}]},
        ],
        [
            {"credentialSchema": {"type": "OwnType"}}, {"credentialSchema": {"id": "did:example:schema"}},
            {"credentialSchema": {"type": "OwnType", "id": 1}}, {"credentialSchema": {"type": "OwnType", "id": "not-a-url"}},
        ],
    ),
    "5.2 terms of the base context stay": (
        {},
        [],
        [
            {"@context": [CREDENTIALS_V2, {"VerifiableCredential": "https://example.org/#Other"}]},
            {
                "@context": [
                    CREDENTIALS_V2, {"@protected": True, "OwnType": "https://example.org/#OwnType"},
                    {"OwnType": "https://example.org/#Other"},
                ],
                "type": ["VerifiableCredential", "OwnType"],
            },
        ],
    ),
    # A resource that we don't carry can't be compared, for nothing is ever fetched; so it is refused, not waved through.
    "5.3 related resources": (
        {},
        [{"relatedResource": RELATED}, {"relatedResource": RELATED[0]}],
        [
            {"relatedResource": ["did:example:1"]}, {"relatedResource": [{"digestSRI": SRI}]},
            {"relatedResource": [RELATED[0]] * 2},
            {"relatedResource": [{"id": CREDENTIALS_V2}]}, {"relatedResource": [RELATED[0] | {"id": EXAMPLES}]},
            {"relatedResource": [RELATED[1] | {"id": CREDENTIALS_V2}]},
            {"relatedResource": [RELATED[0] | {"digestMultibase": "uEiA"}]},
            {"relatedResource": [RELATED[0] | {"id": "https://example.org/elsewhere"}]},
        ],
    ),
    "5.4 refreshing": typed("refreshService"),
    "5.5 terms of use": typed("termsOfUse"),
    "5.6 evidence": typed("evidence"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def test_mode(settings, db):
    settings.VC_TEST_API = True


@pytest.fixture
def post(client):
    def send(name: str, body: dict):
        return client.post(reverse(name), json.dumps(body, ensure_ascii=False), content_type="application/json")

    return send


@pytest.fixture
def issue(post):
    def send(changes: dict):
        credential = {name: value for name, value in {**PLAIN, **changes}.items() if value is not ...}  # ... takes out
        return post("vc_issue", {"credential": credential, "options": {}})

    return send


@pytest.mark.parametrize("section", ISSUED)
def test_issuing(issue, section):
    shared, taken, refused = ISSUED[section]
    for case in taken:
        answer = issue({**shared, **case})
        assert answer.status_code == 201, (case, answer.content)
        issued = answer.json()["verifiableCredential"]
        assert all(issued[name] == value for name, value in case.items() if name != "issuer"), case
    for case in refused:
        answer = issue({**shared, **case})
        assert answer.status_code == 400 and answer.json()["problemDetails"], case


def test_what_was_issued_is_secured_and_verifies(issue, post):
    credential = issue({}).json()["verifiableCredential"]
    assert {"@context", "type", "issuer", "credentialSubject", "proof"} <= set(credential)
    answer = post("vc_verify", {"verifiableCredential": credential, "options": {"checks": ["proof"]}})
    assert answer.status_code == 200
    assert post("vc_verify", {"verifiableCredential": {"type": ["NonconformingDocument"]}}).status_code == 400


def test_nothing_of_this_outside_the_test_mode(issue, post, settings):
    """Contexts written out in the document most of all: they could give our words another meaning."""
    credential = issue(OWN_TYPE | {"type": ["VerifiableCredential", "OwnType"]}).json()["verifiableCredential"]
    assert post("vc_verify", {"verifiableCredential": credential}).status_code == 200
    settings.VC_TEST_API = False
    answer = post("vc_verify", {"verifiableCredential": credential})
    assert answer.status_code == 400 and "contexts we carry" in answer.content.decode()
    assert post("vc_presentation", {"verifiablePresentation": {}}).status_code == 404


# --- 4.13 presentations --------------------------------------------------------------------------------------------


def make_holder(seed: int = 7) -> FileSigner:
    key = make_signer(seed=bytes([seed]) * 32).key
    did = f"did:key:{multikey(key.public_key())}"
    return FileSigner(f"{did}#{did.removeprefix('did:key:')}", key)


HOLDER = make_holder()
DID = HOLDER.method.split("#")[0]


def present(
    signer: FileSigner = HOLDER, *, purpose: str = "authentication", bound: dict | None = None, **changes
) -> dict:
    """Return a signed presentation, as a wallet would make it."""
    unsigned = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], **changes}
    options = {
        "type": "DataIntegrityProof", "cryptosuite": proof.RDFC, "created": proof.timestamp(timezone.now()),
        "verificationMethod": signer.method, "proofPurpose": purpose, **(bound or {}),
    }  # fmt: skip
    value = "z" + base58.b58encode(signer.sign(proof._hash_data(unsigned, options))).decode()
    return unsigned | {"proof": options | {"proofValue": value}}


@pytest.fixture
def verify(post):
    def ask(presentation: dict, **options) -> int:
        answer = post("vc_presentation", {"verifiablePresentation": presentation, "options": {"checks": [], **options}})
        assert (answer.status_code == 200) is not bool(answer.json()["problemDetails"])
        return answer.status_code

    return ask


def test_presentations_that_are_taken(issue, verify):
    credential = issue({}).json()["verifiableCredential"]
    own = PLAIN | {"issuer": DID}
    for changes in (
        {}, {"id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d"}, {"holder": DID}, {"holder": {"id": DID}},
        {"@context": [CREDENTIALS_V2, EXAMPLES]}, OWN_TYPE | {"type": ["VerifiablePresentation", "OwnType"]},
        {"verifiableCredential": credential}, {"verifiableCredential": [credential,
        issue({"id": "did:example:2"}).json()["verifiableCredential"]]},
        {"holder": DID, "verifiableCredential": [own]}, {"verifiableCredential": [proof.sign_once(own, HOLDER,
        at=timezone.now())]},
    ):  # fmt: skip
        assert verify(present(**changes)) == 200, changes
    assert verify(present(purpose="assertionMethod")) == 200


def test_presentations_that_are_refused(issue, verify):
    credential = issue({}).json()["verifiableCredential"]
    changed = copy.deepcopy(credential)
    changed["credentialSubject"]["id"] = "did:example:other"
    own = PLAIN | {"issuer": DID}
    envelope = {
        "@context": CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": "data:application/vc+jwt,a.b.c",
    }
    for changes in (
        {"@context": [EXAMPLES, CREDENTIALS_V2]}, {"type": ["VerifiableCredential"]}, {"id": "urn:x:y", "holder": {"name": "x"}},
        {"holder": "did:example:acme"}, {"holder": {"id": "did:example:acme"}},
        {"verifiableCredential": [own]},  # the holder's own word, without saying who holds it
        {"holder": DID, "verifiableCredential": [PLAIN]}, {"verifiableCredential": [changed]},
        {"holder": DID, "verifiableCredential": [envelope]},  # JOSE is not spoken here
    ):  # fmt: skip
        assert verify(present(**changes)) == 400, changes
    signed = present()
    for wrong in (
        {name: part for name, part in signed.items() if name != "proof"}, signed | {"type": []}, signed | {"@context": []},
        signed | {"verifiableCredential": "did:example:1"}, signed | {"proof": None}, signed | {"id": "did:example:other"},
        signed | {"proof": signed["proof"] | {"proofValue": "z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh"}},
        signed | {"proof": signed["proof"] | {"verificationMethod": make_holder(8).method}},
        signed | {"proof": signed["proof"] | {"proofPurpose": "keyAgreement"}},
    ):  # fmt: skip
        assert verify(wrong) == 400, wrong
    for context in ("https://example.com", "https ://not-a-url/contexts/example/v1", 123192875):
        assert verify(signed | {"@context": [CREDENTIALS_V2, context]}) == 400


def test_a_presentation_bound_to_one_asking(verify):
    bound = present(bound={"challenge": "c-1", "domain": "employer.example"})
    assert verify(bound) == verify(bound, challenge="c-1", domain="employer.example") == 200
    assert (
        verify(bound, challenge="c-2")
        == verify(bound, domain="else.example")
        == verify(present(), challenge="c-1")
        == 400
    )
