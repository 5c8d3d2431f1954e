"""What the sample employer has: terms, a key with some use, holders who were asked, a list that was checked."""

import uuid
from datetime import timedelta

from certificates.list_reading import Row
from certificates.models import ApiKey, ApiUsage, Certificate, CheckList, EmployerConsent, EmployerTerms, Scope
from certificates.numbers import new_number

from . import cast


def ask_holders(seeding) -> None:
    """Before anything changes: one agreed, one was asked only. The news follow from what becomes of the certificates."""
    firm, verifier = seeding.orgs[cast.EMPLOYER.slug], seeding.who(cast.VERIFIER)
    EmployerTerms(source="示例:主管机构使用规则").put_in_force(by=seeding.who(cast.OFFICER), at=seeding.ago(100))
    for person, answer in ((cast.REINSTATED, (True, True)), (cast.GRADUATE, None)):
        certificate = Certificate.objects.get(holder=seeding.who(person))
        asked = EmployerConsent.ask(certificate, firm, alerts=True, team=True, by=verifier, at=seeding.ago(18))
        if answer is not None:
            agree(asked, answer, days_ago=17, seeding=seeding)


def agree(asked: EmployerConsent, answer: tuple[bool, bool], *, days_ago: int, seeding) -> None:
    alerts, team = answer
    asked.answer(alerts=alerts, team=team, by=asked.certificate.holder, at=seeding.ago(days_ago))


def make_desk(seeding) -> None:
    """After the changes: one more who agreed, a key, and a list with a line of every kind; the job answers it."""
    firm, verifier = seeding.orgs[cast.EMPLOYER.slug], seeding.who(cast.VERIFIER)
    corrected = Certificate.objects.prepared().get(holder=seeding.who(cast.CORRECTED), state="")
    asked = EmployerConsent.ask(corrected, firm, alerts=True, team=True, by=verifier, at=seeding.ago(8))
    agree(asked, (False, True), days_ago=7, seeding=seeding)
    key, _secret = ApiKey.make(
        firm, label="人事系统（示例）", scopes=[Scope.NUMBER, Scope.FILE], days=365, request_id=uuid.uuid4(), by=verifier,
        at=seeding.ago(30),
    )  # fmt: skip
    for days, calls in ((1, 42), (2, 17), (5, 63)):
        ApiUsage.objects.create(key=key, day=(seeding.at - timedelta(days=days)).date(), calls=calls)
    held = list(Certificate.objects.prepared().order_by("pk").values_list("number", "holder_name"))
    wrong = [(held[0][0], "李误写"), (new_number("junior"), "周查无")]
    rows = [Row(place, number, name) for place, (number, name) in enumerate(held + wrong, start=2)]
    CheckList.receive(
        firm, rows, title="招聘候选人（示例）", request_id=uuid.uuid4(), terms=EmployerTerms.objects.at(seeding.at), by=verifier,
        at=seeding.at,
    )  # fmt: skip
