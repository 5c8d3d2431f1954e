"""From frozen facts to the unsigned `OpenBadgeCredential` (Open Badges 3.0 on W3C VC 2.0). Profile: docs/credentials.md."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .contexts import ACHIEVEMENT_SCHEMA, BADGE_CONTEXT
from .proof import timestamp
from .status import status_entry

# Names of the rubric levels a competence can reach, lowest first.
COMPETENCE_LEVELS = [("reached", "达标 / reached"), ("good", "良好 / good"), ("excellent", "优秀 / excellent")]


# How the mark of a case came about (`certificates.factsheet.CaseMarking`).
MARKING = {
    "independent": "独立匿名评分的平均 / mean of independent blind marks",
    "settled": "独立匿名评分，再经裁定 / independent blind marks, settled by a further decision",
}


@dataclass(frozen=True)
class Node:
    """A place of the standard: its code and title, and its identifier in the exchange of frameworks (a CASE 1.1 `CFItem`)."""

    code: str
    title: str
    uri: str

    @property
    def item(self) -> str:
        """The UUID at the end of its address."""
        return self.uri.rpartition("/")[2]


@dataclass(frozen=True)
class Standard:
    """What does not differ from one certificate to the next of the same rule: who fulfils it, in both languages; the topics of
    the level; the competences by their codes."""

    criteria: str
    topics: tuple[Node, ...]
    competences: dict[str, Node]


@dataclass(frozen=True)
class CredentialFacts:
    """Everything a credential states. `facts` is `Certificate.facts` (see certificates/facts.py).

    email_salt: 32 hex characters, random, kept in the holder's copy; "" leaves the hashed e-mail out.
    """

    standard: Standard

    credential_id: str
    issuer_did: str
    issuer_name: str
    site_url: str
    number: str
    holder_name: str
    email: str
    email_salt: str
    facts: dict[str, Any]
    awarded_at: datetime
    valid_from: datetime
    valid_until: datetime | None
    verify_url: str
    status_list_url: str
    status_index: int


def identity_hash(value: str, salt: str) -> str:
    """Return the Open Badges IdentityHash: SHA-256 of the value followed by the salt."""
    return "sha256$" + hashlib.sha256((value + salt).encode()).hexdigest()


def issuer_profile(did: str, name: str, url: str) -> dict[str, Any]:
    """Return the issuer as it stands in what it signs."""
    return {"id": did, "type": ["Profile"], "name": name, "url": url}


def both(chinese: str, english: str) -> str:
    """Chinese and English in one string: Open Badges has plain strings here."""
    return f"{chinese} / {english}" if english and english != chinese else chinese


def _both(thing: dict[str, Any], name: str = "title") -> str:
    return both(thing[name], thing.get(f"{name}_en", ""))


def build_credential(given: CredentialFacts) -> dict[str, Any]:
    """Return the unsigned credential. Nothing personal but the name in clear and, salted and hashed, the e-mail."""
    facts = given.facts
    identifiers: list[dict[str, Any]] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": given.holder_name, "identityType": "name"}
    ]
    if given.email_salt:
        identifiers.append(
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": identity_hash(given.email.lower(), given.email_salt),
                "identityType": "emailAddress",
                "salt": given.email_salt,
            }
        )
    achievement = _achievement(given)
    credential: dict[str, Any] = {
        "@context": BADGE_CONTEXT,
        "id": given.credential_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": achievement["name"],
        "issuer": issuer_profile(given.issuer_did, given.issuer_name, given.site_url),
        "validFrom": timestamp(given.valid_from),
        "awardedDate": timestamp(given.awarded_at),
        "credentialSubject": {
            "id": f"{given.credential_id}#holder",
            "type": ["AchievementSubject"],
            "identifier": identifiers,
            "licenseNumber": given.number,
            "activityStartDate": f"{facts['cohort']['starts_on']}T00:00:00Z",
            "activityEndDate": f"{facts['cohort']['ends_on']}T00:00:00Z",
            "achievement": achievement,
            "source": base_profile(facts["base"], given.site_url),
            "result": _results(given),
        },
        "evidence": _evidence(given),
        "credentialStatus": status_entry(given.status_list_url, given.status_index),
        "credentialSchema": [{"id": ACHIEVEMENT_SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    if not credential["credentialSubject"]["result"]:
        del credential["credentialSubject"]["result"]
    if given.valid_until is not None:
        credential["validUntil"] = timestamp(given.valid_until)
    return credential


def base_profile(base: dict[str, Any], site_url: str) -> dict[str, Any]:
    """Return who trained and assessed on behalf of the issuer, with its place in the list of accredited bases.

    base: {uuid, name, name_en}.
    """
    address = f"{site_url}/issuers/{base['uuid']}/"
    return {"id": address, "type": ["Profile"], "name": _both(base, "name"), "url": address}


def _results(given: CredentialFacts) -> list[dict[str, Any]]:
    """Each part that was passed, without points; each competence with the level that was reached."""
    parts = [
        {"type": ["Result"], "resultDescription": _part_id(given, part), "status": "Completed"} for part in _parts(given)
    ]
    return parts + [
        {
            "type": ["Result"],
            "resultDescription": _competence_id(given, line["code"]),
            "achievedLevel": f"{_competence_id(given, line['code'])}-{line['level']}",
        }
        for line in given.facts["competences"]
    ]


def _parts(given: CredentialFacts) -> list[dict[str, Any]]:
    """Those that were passed. Certificates from before November 2026 don't say which."""
    return [part for part in given.facts.get("parts", ()) if part.get("passed")]


def _part_id(given: CredentialFacts, part: dict[str, Any]) -> str:
    return f"{given.credential_id}#part-{part['key']}"


def _competence_id(given: CredentialFacts, code: str) -> str:
    """An address that opens the syllabus at this competence."""
    return f"{given.site_url}/syllabus/{given.facts['syllabus']['slug']}/#competence-{code}"


def _achievement(given: CredentialFacts) -> dict[str, Any]:
    facts = given.facts
    # Stable for one level of one syllabus version: the slug names the version.
    level_url = f"{given.site_url}/syllabus/{facts['syllabus']['slug']}/{facts['level']['code']}/"
    sample = "示例 / sample: " if facts["sample"] else ""
    unverified = "" if facts["syllabus"]["verified"] else "（学时为示例，未经核实 / hours are examples, not verified）"
    achievement: dict[str, Any] = {
        "id": level_url,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": sample + _both(facts["level"]),
        "description": (
            f"{sample}技术经理人培训能力等级证书，由培养基地“{facts['base']['name']}”按培训大纲培养并考核。"
            f" / Ability-level certificate of technology managers, trained and assessed by "
            f"{facts['base']['name_en'] or facts['base']['name']}. {_both(facts['syllabus'])} "
            f"({facts['syllabus']['version']}) {unverified}"
        ).strip(),
        "version": facts["syllabus"]["version"],
        "criteria": {"narrative": given.standard.criteria},
        "alignment": [
            {
                "id": f"{level_url}#alignment",
                "type": ["Alignment"],
                "targetName": f"{_both(facts['syllabus'])} – {_both(facts['level'])}",
                "targetUrl": level_url,
                "targetCode": facts["level"]["code"],
                "targetFramework": f"{facts['syllabus']['title']} ({facts['syllabus']['version']})",
            },
            *(_alignment(topic, f"{level_url}#alignment-{topic.item}") for topic in given.standard.topics),
        ],
    }
    if described := _described(given):
        achievement["resultDescription"] = described
    return achievement


def _alignment(node: Node, address: str) -> dict[str, Any]:
    """address: an id, so that the same alignment in two certificates of one record can be told from any other."""
    return {
        "id": address, "type": ["Alignment"], "targetType": "CFItem", "targetName": node.title, "targetUrl": node.uri,
        "targetCode": node.code,
    }  # fmt: skip


def _described(given: CredentialFacts) -> list[dict[str, Any]]:
    """What the results are results of, in the order of `_results`."""
    parts = [
        {
            "id": _part_id(given, part),
            "type": ["ResultDescription"],
            "name": f"{_both(part)}（通过线 {part['pass_mark']} 分 / pass mark {part['pass_mark']} of 100）",
            "resultType": "Status",
        }
        for part in _parts(given)
    ]
    return parts + [_competence(given, line) for line in given.facts["competences"]]


def _competence(given: CredentialFacts, line: dict[str, Any]) -> dict[str, Any]:
    address = _competence_id(given, line["code"])
    described = {
        "id": address,
        "type": ["ResultDescription"],
        "name": _both(line),
        "resultType": "RubricCriterionLevel",
        "rubricCriterionLevel": [
            {"id": f"{address}-{code}", "type": ["RubricCriterionLevel"], "name": name} for code, name in COMPETENCE_LEVELS
        ],
    }
    if node := given.standard.competences.get(line["code"]):
        described["alignment"] = [_alignment(node, f"{address}-alignment")]
    return described


def _evidence(given: CredentialFacts) -> list[dict[str, Any]]:
    """What was done, without scores and without addresses that lead to the person's files."""
    facts = given.facts
    hours = "; ".join(f"{_both(line)}: {line['earned']}" for line in facts["hours"])
    cases = "; ".join(f"{_both(case)}{_marking(case)}" for case in facts["cases"])
    return [
        {
            "id": f"{given.credential_id}#hours",
            "type": ["Evidence"],
            "name": "学时 / Hours by module",
            "narrative": f"{hours}（学时 / study hours）",
        },
        {
            "id": f"{given.credential_id}#cases",
            "type": ["Evidence"],
            "name": "实战案例 / Case work",
            "narrative": cases,
            "description": "两名评阅人匿名独立评分 / marked blind by two independent assessors",
        },
        {
            "id": given.verify_url,
            "type": ["Evidence"],
            "name": "在线查验 / Verification",
            "narrative": f"课程版本 / course edition: {facts['edition']['hash']}",
        },
    ]


def _marking(case: dict[str, Any]) -> str:
    """How the mark came about and how far such marks can be relied on, in brackets. Older certificates say the first for all of
    them together."""
    marking = case.get("marking")
    if not marking:
        return ""
    agreement = (
        f"评阅一致性 / agreement of marks: Krippendorff α = {marking['alpha']} (n = {marking['scripts']})"
        if marking["alpha"] is not None
        else f"双评份数不足，不报告一致性 / too few scripts marked twice to state agreement (n = {marking['scripts']})"
    )
    return f"（{MARKING.get(marking['method'], marking['method'])}；{agreement}）"
