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


@dataclass(frozen=True)
class CredentialFacts:
    """Everything a credential states. `facts` is `Certificate.facts` (see certificates/facts.py).

    email_salt: 32 hex characters, random, kept in the holder's copy; "" leaves the hashed e-mail out.
    """

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


def _both(thing: dict[str, Any], name: str = "title") -> str:
    """Chinese and English in one string: Open Badges has plain strings here."""
    chinese, english = thing[name], thing.get(f"{name}_en", "")
    return f"{chinese} / {english}" if english and english != chinese else chinese


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
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": _competence_id(given, line["code"]),
                    "achievedLevel": f"{_competence_id(given, line['code'])}-{line['level']}",
                }
                for line in facts["competences"]
            ],
        },
        "evidence": _evidence(given),
        "credentialStatus": status_entry(given.status_list_url, given.status_index),
        "credentialSchema": [{"id": ACHIEVEMENT_SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    if not facts["competences"]:
        del credential["credentialSubject"]["result"]
    if given.valid_until is not None:
        credential["validUntil"] = timestamp(given.valid_until)
    return credential


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
        "criteria": {
            "narrative": (
                "按大纲各模块修满学时；必修实战案例的工作成果由两名评阅人匿名独立评分并全部通过；每个考核环节均达到各自的通过线。"
                " / All hours of every module; the work product of every required case passed, marked blind by two "
                "independent assessors; every part of the assessment at or above its own pass mark."
            )
        },
        "alignment": [
            {
                "type": ["Alignment"],
                "targetName": f"{_both(facts['syllabus'])} – {_both(facts['level'])}",
                "targetUrl": level_url,
                "targetCode": facts["level"]["code"],
                "targetFramework": f"{facts['syllabus']['title']} ({facts['syllabus']['version']})",
            }
        ],
    }
    if facts["competences"]:
        achievement["resultDescription"] = [
            {
                "id": _competence_id(given, line["code"]),
                "type": ["ResultDescription"],
                "name": _both(line),
                "resultType": "RubricCriterionLevel",
                "rubricCriterionLevel": [
                    {
                        "id": f"{_competence_id(given, line['code'])}-{code}",
                        "type": ["RubricCriterionLevel"],
                        "name": name,
                    }
                    for code, name in COMPETENCE_LEVELS
                ],
            }
            for line in facts["competences"]
        ]
    return achievement


def _evidence(given: CredentialFacts) -> list[dict[str, Any]]:
    """What was done, without scores and without addresses that lead to the person's files."""
    facts = given.facts
    hours = "; ".join(f"{_both(line)}: {line['earned']}" for line in facts["hours"])
    cases = "; ".join(_both(case) for case in facts["cases"])
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
