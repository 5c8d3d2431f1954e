"""历史导入: lists of old records by two officers, what they answer, corrections, withdrawal, claims."""

import io
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certificates.historic_jobs import import_historic
from certificates.historic_reading import OldRow, read_rows
from certificates.models import (
    Certificate,
    CheckList,
    HistoricChange,
    HistoricClaim,
    HistoricImport,
    HistoricRecord,
    Lookup,
)
from certificates.verification import verify_by_number
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from lms.lib.jobs.runner import Handle, LeaseLost
from lms.lib.workbook import workbook
from tests.factories.certificates import second_officer
from tests.factories.employers import make_list
from tests.factories.historic import HEADING, bring, claim, rows_csv, take_over

TODAY = date(2026, 11, 1)


def read(text: str, extension: str = "csv") -> list:
    data = text.encode() if isinstance(text, str) else text
    return list(read_rows(io.BytesIO(data), extension, today=TODAY))


@pytest.mark.parametrize("day", ["2019-06-01", "2019/6/1", "2019.6.1", "20190601", "2019年6月1日", "2019-06-01 00:00:00"])
def test_days_as_people_write_them(day):
    (row,) = read(f"{HEADING}\n旧字1号,张示例,中级,{day},某办,2022年5月31日,备注\n")
    assert row == OldRow(2, "旧字1号", "张示例", "中级", date(2019, 6, 1), "某办", date(2022, 5, 31), "备注")
    assert row.key == "旧字1号"


@pytest.mark.parametrize(
    "line",
    [
        ",张示例,中级,2019-06-01", "旧1,,中级,2019-06-01",
        "旧1,张示例,,2019-06-01", "旧1,张示例,中级,", "旧1,张示例,中级,2019-13-01",
        "旧1,张示例,中级,2027-01-01",
        "旧1,张示例,中级,1949-10-01", "=旧1,张示例,中级,2019-06-01", 
        "旧1,张示例,中级,2019-06-01,某办,2018-01-01",
        "TM-J-4K7QX-93HPB-T,张示例,中级,2019-06-01",
        f"{'1' * 61},张示例,中级,2019-06-01", "——,张示例,中级,2019-06-01",
    ],
)  # fmt: skip
def test_faults_of_a_row(line):
    (fault,) = read(f"{HEADING}\n{line}\n")
    assert fault.row == 2 and fault.text


def test_faults_of_a_file():
    assert [fault.row for fault in read("a,b\n1,2\n")] == [0]
    assert [fault.row for fault in read("编号,姓名,级别,发证日期,身份证号\n1,张,中级,2019-06-01,1\n")] == [0]
    assert [fault.row for fault in read(b"PK\x03\x04nothing", "xlsx")] == [0]
    assert read("旧证书目录\n\n" + f"{HEADING}\n\n旧1,张示例,中级,2019-06-01\n")[0].row == 5
    assert read(f"{HEADING}\n旧1,张示例,中级,2019-06-01\n".encode("gb18030"))[0].name == "张示例"
    sheet = workbook([("a", [HEADING.split(","), ["旧1", "张示例", "中级", date(2019, 6, 1), "", None, ""]])])
    assert read(sheet, "xlsx")[0].issued_on == date(2019, 6, 1)


@pytest.fixture
def done(officer, authority, run_jobs) -> HistoricImport:
    return take_over(officer, 3)


def test_two_officers_take_a_list_over(officer, authority, run_jobs):
    batch = bring(officer, rows_csv(3))
    run_jobs()
    batch.refresh_from_db()
    assert (batch.status, batch.rows, len(batch.preview())) == ("ready", 3, 3)
    assert "示例" not in batch.sealed_preview and HistoricRecord.objects.count() == 0
    with pytest.raises(WrongState):
        batch.confirm(by=officer, at=timezone.now())
    batch.confirm(by=second_officer(), at=timezone.now())
    with pytest.raises(WrongState):
        batch.confirm(by=second_officer(), at=timezone.now())
    name = batch.file_name
    assert storages["private"].exists(name)
    run_jobs()
    batch.refresh_from_db()
    assert batch.status == "done" and batch.file_name == "" and batch.sealed_preview == ""
    assert HistoricRecord.objects.filter(live=True).count() == 3 and Certificate.objects.count() == 0


def test_one_fault_and_nothing_is_taken_over(officer, authority, done, run_jobs):
    text = rows_csv(2, first=100) + "旧示00000100号,重复,中级,2019-06-01\n旧示00000001号,早先,中级,2019-06-01\n"
    batch = bring(officer, text)
    run_jobs()
    batch.refresh_from_db()
    assert (batch.status, batch.fault_count, [row for row, *_said in batch.faults]) == ("faulty", 2, [4, 5])
    assert batch.file_name == "" and HistoricRecord.objects.count() == 3


def test_a_worker_that_dies_is_followed_by_one_that_goes_on(officer, authority, monkeypatch, run_jobs):
    monkeypatch.setattr("certificates.historic_jobs.PORTION", 2)
    batch = bring(officer, rows_csv(5))
    run_jobs()
    batch.refresh_from_db()
    batch.confirm(by=second_officer(), at=timezone.now())

    class Dying:
        left = 2

        def beat(self, done=0, total=0):
            self.left -= 1
            if self.left < 0:
                raise LeaseLost

    with pytest.raises(LeaseLost):
        import_historic(Dying(), batch.pk)
    assert HistoricRecord.objects.filter(live=False).count() == 4
    at = timezone.now()
    assert verify_by_number("旧示00000001号", "示例甲1", at=at).state == "unknown"
    run_jobs()
    batch.refresh_from_db()
    assert batch.status == "done" and HistoricRecord.objects.filter(live=True).count() == 5
    assert sorted(HistoricRecord.objects.values_list("row", flat=True)) == [2, 3, 4, 5, 6]
    job = Job.objects.get(key=batch.job_key)
    assert (job.progress_done, job.progress_total) == (5, 5) and Handle


def test_another_import_was_faster(officer, authority, run_jobs):
    first, second = bring(officer, rows_csv(3)), bring(officer, rows_csv(2, first=3))
    run_jobs()
    for batch in (first, second):
        batch.refresh_from_db()
        batch.confirm(by=second_officer(), at=timezone.now())
    run_jobs()
    second.refresh_from_db()
    assert (second.status, second.faults[0][0], second.records.count()) == ("faulty", 2, 0)
    assert HistoricRecord.objects.filter(live=True).count() == 3


def test_the_answer_by_number_and_name(done, client_for, django_assert_num_queries):
    at = timezone.now()
    with django_assert_num_queries(2):
        hit = verify_by_number("旧示 0000 0001 号", "示例甲 1", at=at)
    with django_assert_num_queries(2):
        miss = verify_by_number("旧示00000001号", "别人", at=at)
    with django_assert_num_queries(2):
        nothing = verify_by_number("没有这个号", "示例甲1", at=at)
    assert (hit.state, hit.kind, hit.number, hit.record["level"]) == ("imported", "imported_record", "旧示00000001号", "中级")
    assert miss.as_json() == nothing.as_json() == {"state": "unknown", "checked_at": at.isoformat()}
    assert [row.record is not None for row in Lookup.objects.order_by("pk")] == [True, False, False]
    answer = hit.as_json()
    assert answer["kind"] == "imported_record" and "历史导入" in answer["statement"]["zh"] and "level" not in answer
    client, url = client_for(None, "en"), reverse("verify")
    page = client.post(url, {"number": "旧示00000001号", "name": "示例甲1"}).text
    assert "we did not check it" in page and "This certificate is valid" not in page and "示例省名册" in page
    misses = [{"number": number, "name": "别人乙1"} for number in ("旧示00000001号", "旧示99999999号")]
    sizes = {len(client.post(url, miss).content) for miss in misses}
    assert len(sizes) == 1


def test_an_employers_list(done, employer, employer_org, run_jobs):
    rows = [("旧示00000001号", "示例甲1"), ("旧示00000001号x", "示例甲1"), ("旧示00000002号", "别人")]
    found = make_list(employer_org, rows, by=employer, at=timezone.now())
    run_jobs()
    found = CheckList.objects.get(pk=found.pk)
    assert [line.state for line in found.lines.all()] == ["imported", "no_match", "no_match"]


def test_a_record_is_corrected_and_taken_back_by_two(done, officer, trainee):
    at, second = timezone.now(), second_officer()
    record = HistoricRecord.objects.first()
    with pytest.raises(WrongState):
        HistoricChange.propose("correct", batch=done, record=record, values={}, reason="x", by=officer, at=at)
    values = {"name": "示例改"}
    change = HistoricChange.propose("correct", batch=done, record=record, values=values, reason="抄录有误", by=officer, at=at)
    with pytest.raises(WrongState):
        change.confirm(by=officer, at=at)
    change.confirm(by=second, at=at)
    with pytest.raises(WrongState):
        change.confirm(by=second, at=at)
    assert verify_by_number(record.number, "示例甲1", at=at).state == "unknown"
    assert verify_by_number(record.number, "示例改", at=at).state == "imported"
    new = HistoricRecord.objects.get(corrects=record)
    HistoricChange.propose("withdraw", batch=done, record=new, reason="名册撤销", by=officer, at=at).confirm(by=second, at=at)
    gone = verify_by_number(record.number, "示例改", at=at)
    assert (gone.state, gone.state_text) == ("taken_back", "名册撤销")
    all_of_it = HistoricChange.propose("withdraw_all", batch=done, reason="来源有误", by=officer, at=at)
    all_of_it.confirm(by=second, at=at)
    done.refresh_from_db()
    assert done.status == "taken_back" and not HistoricRecord.objects.filter(live=True).exists()
    assert verify_by_number("旧示00000002号", "示例甲2", at=at).state_text == "来源有误"


def test_a_claim(done, officer, trainee, client_for, run_jobs, mailoutbox):
    record = HistoricRecord.objects.first()
    client, url = client_for(trainee, "en"), reverse("historic_ask")
    data = {"number": record.number, "name": record.name}
    wrong = client.post(url, data | {"name": "别人", "evidence": SimpleUploadedFile("a.pdf", b"%PDF-1.4 x")})
    assert wrong.status_code == 422 and "No imported record" in wrong.text
    for _click in range(2):
        client.post(url, data | {"evidence": SimpleUploadedFile("a.pdf", b"%PDF-1.4 x")})
    found = HistoricClaim.objects.get()
    assert not found.same_name
    assert client.post(reverse("historic_claim_decide", args=[found.uuid]), {"step": "accept"}).status_code == 403
    file = client_for(officer).get(reverse("historic_claim_evidence", args=[found.uuid]))
    assert file.status_code == 200 and "attachment" in file["Content-Disposition"]
    name = found.evidence_name
    for status in (302, 409):
        answer = client_for(officer).post(reverse("historic_claim_decide", args=[found.uuid]), {"step": "accept"})
        assert answer.status_code == status
    run_jobs()
    record.refresh_from_db()
    found.refresh_from_db()
    assert record.holder == trainee and found.evidence_name == "" and mailoutbox[-1].to == [trainee.email]
    assert name.startswith("historic-claims/")
    assert record.number in client.get(reverse("certificate_list")).text
    assert client.get(record.get_absolute_url()).status_code == 200
    with pytest.raises(WrongState):
        HistoricClaim.ask(record, upload=None, checked=None, by=second_officer(), at=timezone.now())


def test_nobody_decides_on_their_own_claim(done, officer):
    found = claim(HistoricRecord.objects.first(), officer)
    with pytest.raises(WrongState):
        found.accept(by=officer, at=timezone.now())
    found.refuse(note="看不清", by=second_officer(), at=timezone.now())
    assert found.status == "refused" and found.record.holder is None


def test_the_pages(officer, registrar, authority, client_for, run_jobs, django_assert_max_num_queries):
    client, url = client_for(officer, "en"), reverse("historic_imports")
    assert client_for(registrar).get(url).status_code == 403
    data = {"title": "旧册", "source": "示例省名册", "issuer": "示例省办", "request_id": uuid4()}
    for _click in range(2):
        client.post(url, data | {"file": SimpleUploadedFile("a.csv", rows_csv(3).encode())})
    batch = HistoricImport.objects.get()
    assert "being checked" in client.get(batch.get_absolute_url()).text
    run_jobs()
    assert "示例甲1" in client.get(batch.get_absolute_url()).text
    decide = reverse("historic_import_decide", args=[batch.uuid])
    assert client.post(decide, {"step": "confirm"}).status_code == 403
    assert client.post(decide, {"step": "x"}).status_code == 400
    client_for(second_officer()).post(decide, {"step": "confirm"})
    run_jobs()
    assert "3 records were taken over" in client.get(batch.get_absolute_url()).text
    with django_assert_max_num_queries(12):
        client.get(url)
    records = reverse("historic_records")
    with django_assert_max_num_queries(8):
        assert "旧示00000002号" in client.get(records, {"q": "示例甲2"}).text
    assert "旧示00000002号" in b"".join(client.get(records, {"format": "csv"}).streaming_content).decode()
    record = HistoricRecord.objects.first()
    propose = reverse("historic_propose", args=[record.uuid])
    form = {"kind": "correct", "number": record.number, "name": "示例改", "level": "高级", "issued_on": "2019-06-01",
            "issuer": record.issuer, "valid_until": "", "note": "", "reason": "抄录有误"}  # fmt: skip
    assert client.post(propose, form | {"reason": ""}).status_code == 422
    client.post(propose, form)
    change = HistoricChange.objects.get()
    assert set(change.values) >= {"name", "level"} and "number" not in change.values
    page = client.get(change.get_absolute_url()).text
    assert "示例改" in page and 'value="confirm"' not in page
    assert client.post(reverse("historic_change_decide", args=[change.uuid]), {"step": "confirm"}).status_code == 403
    second = client_for(second_officer())
    assert 'value="confirm"' in second.get(change.get_absolute_url()).text
    second.post(reverse("historic_change_decide", args=[change.uuid]), {"step": "confirm"})
    assert HistoricRecord.objects.get(corrects=record).level == "高级"
    assert client.post(decide, {"step": "take_back", "reason": ""}).status_code == 422
    assert client.post(decide, {"step": "take_back", "reason": "来源有误"}).status_code == 302
    assert client.get(reverse("historic_template")).status_code == 200
    assert timezone.now() - batch.brought_at < timedelta(hours=1)


def test_faults_are_said_in_the_language_of_who_reads_them(officer, authority, done, run_jobs, client_for):
    wrong = f"旧示00000200号,{'长' * 90},中级,2019-06-01\n旧示00000001号,早先,中级,2019-06-01\n"
    batch = bring(officer, rows_csv(1, first=100) + wrong)
    run_jobs()
    page = client_for(officer).get(batch.get_absolute_url()).content.decode()
    assert "“姓名”过长。" in page and "此编号的记录以前已导入。" in page and "#bring" in page
    page = client_for(officer, "en").get(batch.get_absolute_url()).content.decode()
    assert "“Name” is too long." in page and "A record with this number was imported before." in page
    table = client_for(officer, "en").get(reverse("historic_faults", args=[batch.uuid])).getvalue().decode()
    assert "A record with this number was imported before." in table


def test_a_correction_calls_name_and_issuer_by_their_names(officer, done, client_for):
    record = HistoricRecord.objects.filter(live=True).first()
    page = client_for(officer).get(record.get_absolute_url()).content.decode()
    assert 'for="id_name">姓名' in page and 'for="id_issuer">颁发机构' in page
    at, values = timezone.now(), {"name": "李更"}
    change = HistoricChange.propose("correct", batch=done, record=record, values=values, reason="x", by=officer, at=at)
    assert [str(label) for label, _before, _after in change.lines()] == ["姓名"]
