"""A second certificate for one person of the sample site: the junior level first, the intermediate one weeks later. So a new
name for all certificates of a person can be asked for."""

from typing import TYPE_CHECKING

from certificates.models import AwardProposal
from curriculum.models import Edition
from training.models import Enrolment

from . import cast

if TYPE_CHECKING:
    from .seeding import Seeding

WHY = "示例：已取得初级证书。"
CODE = "2026-M1"


def study_on(seeding: "Seeding") -> None:
    """A small cohort of the intermediate level that is over: every class, every case. Nothing where the course is a draft."""
    edition = Edition.objects.filter(level__code="intermediate").first()
    if edition is None:
        return
    seeding.say("sample site: a second level for one of them")
    seeding.make_rule(edition.level, "中级授予条件（示例）")
    cohort = seeding.make_cohort(edition, code=CODE, begins=36, ends=6, title="2026 年第一期中级班")
    email, registrar = seeding.who(cast.REINSTATED).email, seeding.who(cast.REGISTRAR)
    (enrolment,) = Enrolment.enrol_list(cohort, [email], by=registrar, at=seeding.ago(38), despite=WHY)
    seeding.hold_classes(cohort, [enrolment], first_day=35)
    for number, assignment in enumerate(seeding.assignments(edition)):
        seeding.do_case(enrolment, assignment, days_ago=26 - number * 2)
    cohort.close(by=registrar, at=seeding.ago(5))


def award(seeding: "Seeding") -> None:
    """Late, so that what else the site shows was made while each had one certificate."""
    enrolment = Enrolment.objects.filter(cohort__code=CODE).first()
    if enrolment is None:
        return
    proposal = AwardProposal.propose(enrolment, by=seeding.who(cast.REGISTRAR), at=seeding.ago(4))
    proposal.confirm(by=seeding.who(cast.OFFICER), at=seeding.ago(3))
