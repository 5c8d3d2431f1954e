"""What came from elsewhere, on the sample site: a list of old records, one that waits, claims, agreements on recognition."""

from datetime import date
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from certificates.historic_jobs import check_historic, import_historic
from certificates.models import (
    HistoricChange,
    HistoricClaim,
    HistoricImport,
    HistoricRecord,
    Recognition,
    RecognitionAgreement,
)
from lms.lib.uploads import check_upload

from . import cast

HEADING = "旧证书编号,姓名,级别,颁发日期,颁发机构,有效期至,备注"
OLD = (
    ("示旧字〔2016〕0001号", "周示例", "初级", "2016-06-20", "示例省技术市场管理办公室（示例）", "", ""),
    ("示旧字〔2017〕0002号", "吴虚构", "中级", "2017-09-15", "示例省技术市场管理办公室（示例）", "2020-09-14", ""),
    ("示旧字〔2018〕0003号", cast.GRADUATE.full_name, "初级", "2018-11-02", "示例省技术市场管理办公室（示例）", "", "纸质证书"),
    ("示旧字〔2019〕0004号", "郑样本", "高级", "2019-04-30", "示例市技术转移协会（示例）", "", ""),
    ("示旧字〔2019〕0005号", "王假名", "中级", "2019-12-01", "示例市技术转移协会（示例）", "", "名册第 12 页"),
)  # fmt: skip
WAITING = (
    ("示旧字〔2020〕0101号", "冯试验", "初级", "2020-05-08", "", "", ""),
    ("示旧字〔2020〕0102号", "陈虚拟", "中级", "2020-05-08", "", "", ""),
)  # fmt: skip
FAULTY = (
    ("示旧字〔2019〕0004号", "郑样本", "高级", "2019-04-30", "", "", ""),
    ("示旧字〔2021〕0201号", "", "初级", "2021 年", "", "", ""),
)  # fmt: skip


class _Alone:
    """A handle for jobs that run here and now."""

    def beat(self, done: int = 0, total: int = 0) -> None:
        pass


def _bring(seeding, title: str, rows: tuple, *, days_ago: int) -> HistoricImport:
    text = "\n".join([HEADING, *(",".join(row) for row in rows)]) + "\n"
    upload = SimpleUploadedFile("old.csv", text.encode())
    checked = check_upload(upload, max_bytes=HistoricImport.MAX_BYTES)
    batch = HistoricImport.receive(
        title=title, source="示例省旧证书登记册（示例）", issuer="示例省技术市场管理办公室（示例）", upload=upload,
        checked=checked, request_id=uuid4(), by=seeding.who(cast.OFFICER), at=seeding.ago(days_ago),
    )  # fmt: skip
    check_historic(_Alone(), batch.pk)
    batch.refresh_from_db()
    return batch


def _paper() -> tuple[SimpleUploadedFile, object]:
    upload = SimpleUploadedFile("旧证书.pdf", b"%PDF-1.4\n% sample evidence\n%%EOF")
    return upload, check_upload(upload, max_bytes=1000)


def bring_old_records(seeding) -> None:
    """One list taken over, with a correction; one that waits for the second officer; one with rows to be mended; a claim."""
    officer, second = seeding.who(cast.OFFICER), seeding.who(cast.OFFICER2)
    done = _bring(seeding, "2016—2019 年纸质证书（示例）", OLD, days_ago=12)
    done.confirm(by=second, at=seeding.ago(11))
    import_historic(_Alone(), done.pk)()
    wrong = HistoricRecord.objects.get(batch=done, number=OLD[4][0])
    change = HistoricChange.propose(
        "correct", batch=done, record=wrong, values={"level": "高级"}, reason="抄录有误，已与名册核对。（示例）", by=officer,
        at=seeding.ago(9),
    )  # fmt: skip
    change.confirm(by=second, at=seeding.ago(8))
    first = HistoricRecord.objects.get(batch=done, number=OLD[0][0])
    HistoricChange.propose(
        "withdraw", batch=done, record=first, reason="原颁发机构已撤销该证书。（示例）", by=second, at=seeding.ago(2)
    )
    _bring(seeding, "2020 年补录（示例）", WAITING, days_ago=3)
    _bring(seeding, "待修改的名册（示例）", FAULTY, days_ago=2)
    upload, checked = _paper()
    mine = HistoricRecord.objects.get(batch=done, number=OLD[2][0])
    HistoricClaim.ask(mine, upload=upload, checked=checked, by=seeding.who(cast.GRADUATE), at=seeding.ago(1))


def recognise_others(seeding) -> None:
    """Two agreements, one of them a draft; one certificate recognised, one application that waits."""
    officer, second = seeding.who(cast.OFFICER), seeding.who(cast.OFFICER2)
    fields = {
        "body": "示例国际技术转移协会（虚构）", "body_en": "Sample International Society of Technology Transfer (fictional)",
        "kind": "注册技术转移专业人员（示例）", "kind_en": "Registered practitioner (sample)", "level": "junior",
        "standard": None, "valid_from": date(2025, 1, 1), "valid_until": None,
        "source": "示例互认协议，非真实文件 / sample, no real document",
        "verified": False, "reason": "示例：考核范围与初级相当。",
    }  # fmt: skip
    agreement = RecognitionAgreement.draft(fields, by=officer, at=seeding.ago(40))
    agreement.approve(by=second, at=seeding.ago(39))
    senior = {"kind": "高级会员（示例）", "kind_en": "Senior member (sample)", "level": "senior"}
    RecognitionAgreement.draft(fields | senior, by=second, at=seeding.ago(4))
    for place, (person, days) in enumerate(((cast.SENIOR, 30), (cast.EXPERT, 2)), start=1):
        holder = seeding.who(person)
        upload, checked = _paper()
        asked = Recognition.ask(
            agreement, holder_name=holder.full_name, their_number=f"SAMPLE-{place:04}", their_day=date(2024, 5, 20),
            valid_until=None, upload=upload, checked=checked, request_id=uuid4(), by=holder, at=seeding.ago(days),
        )  # fmt: skip
        if place == 1:
            asked.recognise(basis="示例：与原件和对方公开名录核对一致。", by=officer, at=seeding.ago(days - 2))
