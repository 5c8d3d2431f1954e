"""A credential on plain values: no database."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.credential import proof
from certificates.credential.build import CredentialFacts, Node, Standard, build_credential
from certificates.credential.keys import FileSigner, did_document, did_from_url
from certificates.credential.status import build_status_list

SITE = "http://localhost:8000"
DID = did_from_url(SITE)
AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
STATUS_URL = f"{SITE}/status/1/"
INDEX = 4711
FACTS = {
    "level": {"code": "junior", "title": "初级技术经理人", "title_en": "Junior technology manager"},
    "syllabus": {
        "uuid": "0b7f3a0e-5b1f-4c59-9f8f-0d3b6f3b1a11", "slug": "outline-2020", "title": "大纲", "title_en": "Outline",
        "version": "2020", "verified": False, "hash": "sha256:00",
    },
    "base": {"uuid": "0b7f3a0e-5b1f-4c59-9f8f-0d3b6f3b1a13", "name": "示例基地", "name_en": "Sample Base"},
    "edition": {"hash": "sha256:11"},
    "cohort": {"starts_on": "2026-01-05", "ends_on": "2026-03-05"},
    "hours": [{"title": "公共知识", "title_en": "General knowledge", "earned": "6.00", "required": "6.00"}],
    "cases": [
        {
            "title": "需求翻译", "title_en": "Translating a demand",
            "marking": {"method": "settled", "scripts": 34, "alpha": "0.87"},
        },
        {"title": "旧案例", "title_en": "An old case"},
    ],
    "parts": [
        {"key": "cases", "title": "案例作业", "title_en": "Case work", "kind": "case", "pass_mark": 60, "passed": True},
        {"key": "theory", "title": "理论", "title_en": "Theory", "kind": "theory", "pass_mark": 60, "passed": False},
        {"title": "旧环节", "title_en": "A part from before", "pass_mark": 60},
    ],
    "competences": [
        {"code": "discover", "title": "挖掘", "title_en": "Discovery", "level": "good"},
        {"code": "ip", "title": "知识产权", "title_en": "Intellectual property", "level": "excellent"},
    ],
    "sample": True,
}  # fmt: skip

ITEMS = f"{SITE}/ims/case/v1p1/CFItems"
STANDARD = Standard(
    "同时满足以下各项的人：…… / Whoever fulfils all of the following: …",
    tuple(
        Node(f"A{number}", f"专题{number} / Topic {number}", f"{ITEMS}/0b7f3a0e-5b1f-4c59-9f8f-0d3b6f3b1b{number:02}")
        for number in range(15)
    ),
    {"discover": Node("discover", "挖掘 / Discovery", f"{ITEMS}/0b7f3a0e-5b1f-4c59-9f8f-0d3b6f3b1c00")},
)


def make_signer(key_id: str = "key-1", did: str = DID, seed: bytes = bytes(range(32))) -> FileSigner:
    return FileSigner(f"{did}#{key_id}", Ed25519PrivateKey.from_private_bytes(seed))


def make_unsigned(**changes) -> dict:
    values = {
        "credential_id": "urn:uuid:0b7f3a0e-5b1f-4c59-9f8f-0d3b6f3b1a12", "issuer_did": DID,
        "issuer_name": "示例主管机构 / Sample Authority", "site_url": SITE, "number": "TM-J-4K7QX-93HPB-T",
        "holder_name": "王䶮", "email": "a@people.example", "email_salt": "00" * 16, "facts": FACTS, "awarded_at": AT,
        "valid_from": AT, "valid_until": AT + timedelta(days=900), "verify_url": f"{SITE}/v/abc/",
        "status_list_url": STATUS_URL, "status_index": INDEX, "standard": STANDARD,
    }  # fmt: skip
    return build_credential(CredentialFacts(**{**values, **changes}))


@pytest.fixture(scope="session")
def signer():
    return make_signer()


@pytest.fixture(scope="session")
def did(signer):
    return did_document(DID, [("key-1", signer.public_multibase, True)])


@pytest.fixture(scope="session")
def signed(signer):
    return proof.sign(make_unsigned(), signer, at=AT)


@pytest.fixture(scope="session")
def text(signed):
    return json.dumps(signed, ensure_ascii=False)


def make_list(signer, indices=(), *, at=AT, hours=48, url=STATUS_URL, did=DID) -> str:
    unsigned = build_status_list(url, did, indices, valid_from=at, valid_until=at + timedelta(hours=hours))
    return json.dumps(proof.sign(unsigned, signer, at=at))


@pytest.fixture(scope="session")
def good_list(signer):
    return make_list(signer)
