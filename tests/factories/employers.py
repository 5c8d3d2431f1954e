"""What an employer has: a key, a list that was answered, terms."""

from datetime import datetime
from uuid import uuid4

from accounts.models import Organisation, User
from certificates.list_reading import Row
from certificates.models import ApiKey, Certificate, CheckList, EmployerConsent, EmployerTerms, Scope
from lms.lib.jobs.runner import run_due
from tests.factories.life import LIFE_POST, life_arguments
from tests.factories.register import register_arguments

EMPLOYER_POST = {
    "receipt_make", "api_verify_number", "api_verify_share", "api_verify_file", "api_key_withdraw", "check_list_delete",
    "vc_verify", "vc_issue", "vc_presentation", "employer_consent_end", "certificate_consent_answer",
    "employer_consent_follow",
    "certificate_consent_withdraw",
    *LIFE_POST,
    "register_hide",
}  # fmt: skip


def make_key(
    organisation: Organisation, by: User, *, at: datetime, scopes: list[str] = Scope.values, days: int = 30
) -> tuple[ApiKey, str]:
    return ApiKey.make(organisation, label="人事系统", scopes=list(scopes), days=days, request_id=uuid4(), by=by, at=at)


def make_list(organisation: Organisation, rows: list[tuple[str, str]], *, by: User, at: datetime) -> CheckList:
    """Return a list as it was brought; `run_due` answers it. rows: (number, name)."""
    read = [Row(place, number, name) for place, (number, name) in enumerate(rows, start=2)]
    terms = EmployerTerms.objects.at(at)
    return CheckList.receive(organisation, read, title="名单", request_id=uuid4(), terms=terms, by=by, at=at)


def employer_arguments(certificate: Certificate, cast: dict, *, at: datetime) -> dict[str, dict]:
    """Return the arguments of the URLs of the employer's desk, of the API and of the public register."""
    employer, person = cast["employer_org"], cast["employer"]
    key, _secret = make_key(employer, person, at=at)
    found = make_list(employer, [(certificate.number, certificate.holder_name)], by=person, at=at)
    run_due()
    plain = [
        "receipt_make", "receipt_check", "receipt_keys", "employer_home", "employer_terms",
        "developers", "api_openapi", "api_verify_number",
        "api_verify_share", "api_verify_file", "api_usage", "api_issuers", "api_log_head", "vc_verify", "vc_issue",
        "vc_presentation",
    ]  # fmt: skip
    more = life_arguments(certificate, cast, at=at) | register_arguments(certificate, cast, at=at)
    return {name: {} for name in plain} | more | {
        "employer_desk": {"uuid": employer.uuid},
        "api_key_list": {"uuid": employer.uuid},
        "api_key_withdraw": {"uuid": key.uuid},
        "check_list_list": {"uuid": employer.uuid},
        "check_list": {"uuid": found.uuid},
        "check_list_result": {"uuid": found.uuid, "kind": "csv"},
        "check_list_delete": {"uuid": found.uuid},
        "check_list_template": {"kind": "xlsx"},
        **consent_arguments(certificate, cast, at=at),
    }


def consent_arguments(certificate: Certificate, cast: dict, *, at: datetime) -> dict[str, dict]:
    """Return the arguments of the URLs of consents: one question, not answered yet."""
    employer = cast["employer_org"]
    asked = EmployerConsent.ask(certificate, employer, alerts=True, team=True, by=cast["employer"], at=at)
    return {
        "employer_consents": {"uuid": employer.uuid},
        "employer_team": {"uuid": employer.uuid},
        "employer_consent_end": {"uuid": asked.uuid}, "employer_consent_follow": {"uuid": asked.uuid},
        "certificate_consents": {"uuid": certificate.uuid},
        "certificate_consent_answer": {"uuid": asked.uuid},
        "certificate_consent_withdraw": {"uuid": asked.uuid},
    }
