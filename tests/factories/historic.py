"""Lists of old records: plainly fictional people and numbers."""

from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from certificates.models import HistoricChange, HistoricClaim, HistoricImport, HistoricRecord
from lms.lib.jobs.runner import run_due
from lms.lib.uploads import check_upload

HEADING = "旧证书编号,姓名,级别,颁发日期,颁发机构,有效期至,备注"
HISTORIC_POST = {"historic_import_decide", "historic_propose", "historic_change_decide", "historic_claim_decide"}


def rows_csv(count: int, *, first: int = 1) -> str:
    rows = (f"旧示{n:08}号,示例甲{n},中级,2019-06-01,示例省办,2022-05-31," for n in range(first, first + count))
    return "\n".join([HEADING, *rows]) + "\n"


def bring(by: User, text: str) -> HistoricImport:
    upload = SimpleUploadedFile("old.csv", text.encode())
    checked = check_upload(upload, max_bytes=HistoricImport.MAX_BYTES)
    return HistoricImport.receive(
        title="旧册", source="示例省名册", issuer="示例省办", upload=upload, checked=checked, request_id=uuid4(), by=by,
        at=timezone.now(),
    )  # fmt: skip


def take_over(by: User, count: int) -> HistoricImport:
    """Return an import that two officers took over."""
    from tests.factories.certificates import second_officer

    batch = bring(by, rows_csv(count))
    run_due()
    batch.refresh_from_db()
    batch.confirm(by=second_officer(), at=timezone.now())
    run_due()
    batch.refresh_from_db()
    return batch


def claim(record: HistoricRecord, by: User) -> HistoricClaim:
    upload = SimpleUploadedFile("evidence.pdf", b"%PDF-1.4 evidence")
    checked = check_upload(upload, max_bytes=1000)
    return HistoricClaim.ask(record, upload=upload, checked=checked, by=by, at=timezone.now())


def historic_arguments(cast: dict, *, holder: User) -> dict[str, dict]:
    """Return the arguments of the URLs of imported records: one that the graduate claims, another that is theirs."""
    officer = cast["officer"]
    batch = take_over(officer, 2)
    record, held = batch.records.all()
    claim(held, holder).accept(by=officer, at=timezone.now())
    change = HistoricChange.propose("withdraw", batch=batch, record=record, reason="测试", by=officer, at=timezone.now())
    found = claim(record, holder)
    of = {"import": batch, "record": record, "change": change, "claim": found}
    own = {name: {"uuid": thing.uuid} for name, thing in of.items()}
    plain = ("historic_imports", "historic_template", "historic_records", "historic_ask", "historic_claims")
    return {name: {} for name in plain} | {
        "historic_record": own["record"], "historic_propose": own["record"], "historic_import": own["import"],
        "historic_faults": own["import"], "historic_import_decide": own["import"], "historic_change": own["change"],
        "historic_change_decide": own["change"], "historic_claim": own["claim"], "historic_claim_decide": own["claim"],
        "historic_claim_evidence": own["claim"], "record_share_list": {"uuid": held.uuid},
    }  # fmt: skip
