"""The defence and the portfolio of the sample site's senior trainee, made through the same verbs that people use."""

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from assessments.models import Assignment, Deal, Defence, DefenceDay, Part, Referee, Submission
from lms.lib.uploads import check_upload
from training.models import Enrolment

DEALS = [
    {
        "kind": "licence", "title": "余热回收控制方法许可（示例）", "own_part": "lead", "amount": "large",
        "parties": "示例热能电器公司", "confidential": False, "competences": ["trade", "law"],
        "summary": "主持谈判，设计入门费加里程碑付款的结构，签约后完成技术合同认定登记。所有名称与金额均为虚构。",
    },
    {
        "kind": "poc", "title": "低温烧结中试验证（示例）", "own_part": "main", "amount": "middle",
        "parties": "样例市一家炉业企业", "confidential": True, "competences": ["mature", "evaluate"],
        "summary": "编制中试方案与停止条件，组织三轮试验，把验证数据写进后续许可的附件。所有名称均为虚构。",
    },
]  # fmt: skip


def seat_defence(
    enrolment: Enrolment, assignment: Assignment, panel: list[tuple[User, str, str]], *, registrar: User, at: datetime
) -> Defence:
    """A day of defences in the coming week with its panel, and the trainee's slot. panel: (person, role, capacity)."""
    part = Part.objects.get(plan__edition=enrolment.cohort.edition_id, key="defence")
    first = timezone.localtime(at).replace(hour=9, minute=0) + timedelta(days=7)
    day = DefenceDay.open(
        enrolment.cohort, part, starts_at=first, slots=4, slot_minutes=40, break_minutes=10,
        choose_until=first - timedelta(days=2), place="示例大学创新楼 305",
        link="https://meeting.example/defence", by=registrar, at=at,
        note="陈述 10 分钟，提问 20 分钟。请带上工作成果的打印件。",
    )  # fmt: skip
    for person, role, capacity in panel:
        seat = day.seat(person, role=role, capacity=capacity, by=registrar, at=at)
        if role == "chair":
            seat.undertake(employer="示例大学", at=at)
    submission = Submission.objects.filter(enrolment=enrolment, assignment=assignment).latest("attempt")
    slot = day.slots.select_related("day__part", "day__cohort").first()
    return Defence.book(enrolment, slot, submission, by=enrolment.user, at=at)


def record_deals(enrolment: Enrolment, *, verifier: User, at: datetime) -> None:
    """Two deals: the first verified and confirmed by its referee, the second waiting for both."""
    part = Part.objects.select_related("plan").get(plan__edition=enrolment.cohort.edition_id, key="portfolio")
    day = timezone.localdate(at)
    for number, fields in enumerate(DEALS):
        upload = SimpleUploadedFile("证明材料（示例）.txt", f"示例：第 {number + 1} 项业绩的证明材料，内容为虚构。\n".encode())
        checked = check_upload(upload, max_bytes=10_000)
        done = {"done_on": day - timedelta(days=300 + 200 * number)}
        deal = Deal.record(enrolment, part, fields | done, at=at, upload=upload, checked=checked)
        who = {"name": "钱示证", "email": f"referee{number + 1}@firm.example", "relation": "被许可方技术总监（示例）"}
        referee = Referee.ask(deal, **who, language="zh-hans", at=at)
        if number == 0:
            referee.answer(confirms=True, identity="钱示证，技术总监", comment="情况属实，马老师主持了谈判。", at=at)
            reason = "与技术合同认定登记证明和证明人答复一致（示例）。"
            deal.check_evidence(sound=True, reason=reason, version=deal.versions.last(), by=verifier, at=at)
