"""Deals with evidence, made with the real verbs, and the arguments of their URLs."""

from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.models import Deal, Part, Referee
from lms.lib.uploads import check_upload
from training.models import Enrolment

FIELDS = {
    "kind": "licence", "title": "烧结工艺许可", "done_on": date(2025, 3, 1), "own_part": "lead", "amount": "middle",
    "parties": "示例炉业公司", "confidential": False, "competences": ["trade"], "summary": "谈判并签约。",
}  # fmt: skip


def make_deal(enrolment: Enrolment, *, at: datetime, **changes) -> Deal:
    part = Part.objects.select_related("plan").get(plan__edition=enrolment.cohort.edition_id, key="portfolio")
    upload = SimpleUploadedFile("合同登记.txt", "登记号 示例".encode())
    checked = check_upload(upload, max_bytes=1000)
    return Deal.record(enrolment, part, FIELDS | changes, at=at, upload=upload, checked=checked)


def make_referee(deal: Deal, *, at: datetime, email: str = "referee@firm.example") -> tuple[Referee, str]:
    """Return a referee who was asked, with the token of the link."""
    referee = Referee.ask(deal, name="钱证明", email=email, relation="技术总监", language="zh-hans", at=at)
    return referee, referee.new_token()


def deal_arguments(enrolment: Enrolment, *, at: datetime) -> dict[str, dict[str, Any]]:
    deal = make_deal(enrolment, at=at)
    _referee, token = make_referee(deal, at=at)
    own, one = {"uuid": enrolment.uuid, "key": "portfolio"}, {"uuid": deal.uuid}
    names = ["deal", "deal_correct", "deal_withdraw", "deal_call_off", "deal_file", "deal_check", "deal_desk_file"]
    return dict.fromkeys(names, one) | {
        "portfolio": own, "deal_create": own, "portfolio_desk": own, "referee": {"token": token}
    }
