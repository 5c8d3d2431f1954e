"""An entry of the public register and a request through it."""

from datetime import datetime
from uuid import uuid4

from accounts.models import Organisation, User
from certificates.models import Certificate, ContactRequest, RegisterEntry, RegisterReport


def make_entry(certificate: Certificate, *, at: datetime, **changes) -> RegisterEntry:
    values = {
        "region": "ZJ", "sectors": ["it", "health"], "about": "做过六项医疗器械成果的转化。", "shows_name": True,
        "takes_contact": True, "certificates": [certificate],
    }  # fmt: skip
    return RegisterEntry.publish(certificate.holder, **{**values, **changes}, at=at)


def make_contact(entry: RegisterEntry, organisation: Organisation, by: User, *, at: datetime) -> ContactRequest:
    return ContactRequest.ask(entry, organisation, message="想请您看一项传感器成果。", request_id=uuid4(), by=by, at=at)


def make_report(entry: RegisterEntry, *, at: datetime, **changes) -> RegisterReport:
    values = {"kind": "not_them", "text": "照片与本人不符。", "email": "", "request_id": uuid4()}
    return RegisterReport.make(entry, **{**values, **changes}, at=at)


def register_arguments(certificate: Certificate, cast: dict, *, at: datetime) -> dict[str, dict]:
    """Return the arguments of the register's URLs: the holder of the certificate is listed, the employer has asked."""
    entry = make_entry(certificate, at=at)
    asked = make_contact(entry, cast["employer_org"], cast["employer"], at=at)
    return {
        "register_search": {}, "register_mine": {}, "register_hide": {},
        "register_entry": {"uuid": entry.uuid},
        "register_contact": {"uuid": asked.uuid},
        "contact_list": {"uuid": cast["employer_org"].uuid},
        "register_report": {"uuid": entry.uuid}, "register_reports": {},
        "register_case": {"uuid": make_report(entry, at=at).uuid},
    }  # fmt: skip
