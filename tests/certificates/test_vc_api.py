"""The endpoints of the W3C's test suites: strict verifying, and an issuer that production can't start with."""

import copy
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates.credential.contexts import CREDENTIALS_V2
from certificates.vcapi import checking
from lms.checks import production_is_meant
from tests.factories.certificates import settle

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
CREDENTIAL = {
    "@context": [CREDENTIALS_V2, EXAMPLES],
    "type": ["VerifiableCredential", "ExampleCredential"],
    "issuer": "https://vc.example/issuers/1",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:subject", "alumniOf": "The School of Examples"},
}


@pytest.fixture
def test_mode(settings):
    settings.VC_TEST_API = True


@pytest.fixture
def post(client):
    def send(name, body):
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        return client.post(reverse(name), text, content_type="application/json")

    return send


@pytest.fixture
def issue(post):
    return lambda **changes: post("vc_issue", {"credential": {**CREDENTIAL, **changes}, "options": {}})


@pytest.fixture
def verify(post):
    return lambda credential: post("vc_verify", {"verifiableCredential": credential, "options": {"checks": ["proof"]}})


def test_what_was_issued_verifies(db, test_mode, issue, verify):
    answer = issue()
    signed = answer.json()["verifiableCredential"]
    assert answer.status_code == 201 and signed["issuer"].startswith("did:key:z6Mk")
    assert signed["proof"]["cryptosuite"] == "eddsa-rdfc-2022"
    assert verify(signed).json()["verified"] is True
    named = issue(issuer={"id": "https://vc.example/issuers/1", "name": "Examples"}).json()["verifiableCredential"]
    assert named["issuer"] == {"id": signed["issuer"], "name": "Examples"}


def test_there_is_no_issuer_outside_the_test_mode(db, issue):
    assert issue().status_code == 404


def test_a_foreign_key_proves_nothing_outside_the_test_mode(db, test_mode, settings, issue, verify):
    signed = issue().json()["verifiableCredential"]
    settings.VC_TEST_API = False
    answer = verify(signed)
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "changes",
    [
        {"BASE_URL": "https://lms.example", "HTTPS": True},
        {"BASE_URL": "http://lms.example"},
        {"ALLOWED_HOSTS": ["localhost", "lms.example"]},
        {"ALLOWED_HOSTS": ["*"]},
        {"DATABASE_URL": "postgres://localhost/lms"},
    ],
)
def test_production_does_not_start_with_it(settings, changes):
    settings.BASE_URL, settings.HTTPS, settings.DATABASE_URL = "http://localhost:8000", False, ""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
    settings.VC_TEST_API = True
    assert "lms.E005" not in [error.id for error in production_is_meant(None)]
    for name, value in changes.items():
        setattr(settings, name, value)
    assert "lms.E005" in [error.id for error in production_is_meant(None)]


WRONG = {
    "no context": {"@context": None},
    "other first context": {"@context": [EXAMPLES, CREDENTIALS_V2]},
    "context of its own": {"@context": [CREDENTIALS_V2, {"alumniOf": "https://e.example/#a"}]},
    "unknown context": {"@context": [CREDENTIALS_V2, "https://elsewhere.example/v1"]},
    "undefined term": {"@context": [CREDENTIALS_V2]},
    "no type": {"type": []},
    "other type": {"type": ["ExampleCredential"]},
    "issuer no URL": {"issuer": "somebody"},
    "issuer without id": {"issuer": {"name": "x"}},
    "id list": {"id": ["urn:uuid:1", "urn:uuid:2"]},
    "id no URL": {"id": "1"},
    "no subject": {"credentialSubject": {}},
    "subjects, one empty": {"credentialSubject": [{"id": "did:example:1"}, {}]},
    "subject id": {"credentialSubject": {"id": "x", "alumniOf": "y"}},
    "date without offset": {"validFrom": "2023-01-01T00:00:00"},
    "day that isn't": {"validFrom": "2023-02-30T00:00:00Z"},
    "ends before it begins": {"validUntil": "2022-01-01T00:00:00Z"},
    "status without type": {"credentialStatus": {"id": "https://e.example/1"}},
    "schema without id": {"credentialSchema": {"type": "JsonSchema"}},
    "evidence without type": {"evidence": {"id": "https://e.example/1"}},
    "name": {"name": {"@value": "x", "url": "y"}},
    "resource without digest": {"relatedResource": {"id": CREDENTIALS_V2}},
    "wrong digest": {"relatedResource": {"id": CREDENTIALS_V2, "digestSRI": "sha256-AAAA"}},
}


@pytest.mark.parametrize("case", WRONG)
def test_malformed_is_neither_issued_nor_verified(db, test_mode, issue, verify, case):
    assert issue(**WRONG[case]).status_code == 400
    signed = issue().json()["verifiableCredential"]
    answer = verify({**signed, **WRONG[case]})
    assert answer.status_code == 400 and answer.json()["verified"] is False and answer.json()["problemDetails"]


def test_well_formed_variants(db, test_mode, issue, verify):
    for changes in (
        {"name": {"@value": "证书", "@language": "zh"}, "description": [{"@value": "x"}, "y"]},
        {"validUntil": "2999-01-01T00:00:00+08:00"},
        {"credentialSubject": [{"id": "did:example:1"}, {"alumniOf": "x"}]},
    ):
        answer = issue(**changes)
        assert answer.status_code == 201, answer.content
        assert verify(answer.json()["verifiableCredential"]).status_code == 200


def test_signatures(db, test_mode, issue, verify):
    signed = issue().json()["verifiableCredential"]
    wrong = [
        {name: part for name, part in signed.items() if name != "proof"},
        {**signed, "proof": []},
        {**signed, "proof": {**signed["proof"], "cryptosuite": "ecdsa-rdfc-2019"}},
        {**signed, "proof": {**signed["proof"], "proofPurpose": "authentication"}},
        {**signed, "proof": {**signed["proof"], "proofValue": signed["proof"]["proofValue"][:-1] + "1"}},
        {**signed, "proof": [signed["proof"], {**signed["proof"], "proofValue": "z1"}]},
        {**signed, "credentialSubject": {"id": "did:example:other"}},
    ]
    for credential in wrong:
        assert verify(credential).json()["title"] == "Cryptographic security error"


def test_expired_and_not_yet(db, test_mode, issue, verify):
    at = timezone.now()
    for changes in ({"validUntil": "2024-01-01T00:00:00Z"}, {"validFrom": (at + timedelta(days=1)).isoformat()}):
        answer = verify(issue(**changes).json()["verifiableCredential"])
        assert (answer.status_code, answer.json()["title"]) == (400, "Range error")


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"verifiableCredential": 1}', '{"a": 1, "a": 2}', '{"verifiableCredential": {}, "x": 1}']
)
def test_what_cannot_be_read(db, post, body):
    answer = post("vc_verify", body)
    assert (answer.status_code, answer.json()["title"]) == (400, "Parsing error")


def test_a_certificate_of_ours(certificate, officer, verify):
    credential = json.loads(certificate.credentials.get().credential)
    assert verify(credential).status_code == 200
    changed = copy.deepcopy(credential)
    changed["name"] = "x"
    assert verify(changed).status_code == 400
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    answer = verify(credential)
    assert (answer.status_code, answer.json()["title"]) == (400, "Status verification error")


def test_a_strangers_credential_is_refused_before_the_work(certificate, verify, monkeypatch):
    monkeypatch.setattr(checking, "expand", lambda *_: pytest.fail("expanded a stranger's credential"))
    credential = json.loads(certificate.credentials.get().credential)
    for issuer in ("did:web:else.example", "did:key:z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj"):
        answer = verify(credential | {"issuer": issuer})
        assert (answer.status_code, answer.json()["title"]) == (400, "Cryptographic security error")


def test_limited_by_address_outside_the_test_mode(db, post, settings):
    codes = [post("vc_verify", "{").status_code for _ in range(21)]
    assert codes[:20] == [400] * 20 and codes[20] == 429
    settings.VC_TEST_API = True
    assert post("vc_verify", "{").status_code == 400
