"""Who shows themselves in the sample site's public register, and whom the sample employer asked."""

import uuid

from django.utils.timezone import localdate

from certificates.models import Certificate, ContactRequest, RegisterEntry, RegisterReport

from . import cast

ENTRIES = (
    (cast.REINSTATED, "ZJ", ["equipment", "energy"], True,
     "七年家电企业研发管理经历，做过热水器与储能领域的成果评价和中试对接。（示例）",
     "Seven years of managing research for a maker of household appliances; evaluations and pilot projects in water heaters and "
     "energy storage. (Sample)"),
    (cast.CORRECTED, "JS", ["health", "bio"], False,
     "高校技术转移办公室，熟悉医疗器械的披露、检索与许可谈判。（示例）", ""),
)  # fmt: skip


def show_people(seeding) -> None:
    """After the changes of status: two people are listed; one was asked by the employer and has answered, one not
    yet, and somebody reported that one's entry."""
    firm, verifier = seeding.orgs[cast.EMPLOYER.slug], seeding.who(cast.VERIFIER)
    for place, (person, region, sectors, shows_name, about, about_en) in enumerate(ENTRIES):
        holder = seeding.who(person)
        good = Certificate.objects.good_on(localdate(seeding.at)).filter(holder=holder)
        entry = RegisterEntry.publish(
            holder, region=region, sectors=sectors, about=about, about_en=about_en, shows_name=shows_name,
            takes_contact=True, certificates=list(good), at=seeding.ago(8),
        )  # fmt: skip
        asked = ContactRequest.ask(
            entry, firm, message="我们有一项传感器成果拟作许可，想请您参加两次内部讨论。（示例）", request_id=uuid.uuid4(),
            by=verifier, at=seeding.ago(5),
        )  # fmt: skip
        if place == 0:
            asked.say("yes", reply="可以，请发邮件至 someone@example.org 约时间。（示例）", by=holder, at=seeding.ago(4))
        else:
            RegisterReport.make(
                entry, kind="not_them", text="条目所列行业与本人公开履历不符，请核实是否为同一人。（示例）", email="",
                request_id=uuid.uuid4(), at=seeding.ago(2),
            )  # fmt: skip
