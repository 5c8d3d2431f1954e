"""An employer's list: read wholly or not at all, answered as a job, signed, kept as long as said, useless for guessing."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from wagtail.models import ModelLogEntry

from accounts.models import Organisation
from certificates import receipts
from certificates.list_reading import read
from certificates.models import Certificate, CheckLine, CheckList, EmployerTerms, Lookup
from certificates.numbers import new_number
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from lms.lib.workbook import workbook
from tests.conftest import make_organisation, make_user
from tests.factories.certificates import settle
from tests.factories.employers import make_list


@pytest.fixture
def url(employer_org):
    return reverse("check_list_list", args=[employer_org.uuid])


def sheet(*rows, headings=("证书编号", "姓名")) -> SimpleUploadedFile:
    return SimpleUploadedFile("list.xlsx", workbook([("名单", [list(headings), *map(list, rows)])]))


def form(file, **changes):
    return {"title": "春季招聘", "file": file, "request_id": str(uuid4()), **changes}


def fresh(found: CheckList) -> CheckList:
    return CheckList.objects.get(pk=found.pk)


def test_it_works(certificate, client_for, employer, employer_org, url, run_jobs):
    client = client_for(employer)
    answer = client.post(url, form(sheet((certificate.number.lower(), certificate.holder_name), (new_number("junior"), "张三"))))
    found = CheckList.objects.get()
    assert answer["Location"] == found.get_absolute_url()
    assert "progress" in client.get(found.get_absolute_url()).content.decode()
    run_jobs()
    page = client.get(found.get_absolute_url()).content.decode()
    assert certificate.holder_name in page and "张三" in page
    assert fresh(found).counts == {"valid": 1, "no_match": 1}
    only = client.get(found.get_absolute_url(), {"state": "valid"}).content.decode()
    assert certificate.holder_name in only and "张三" not in only
    lookups = Lookup.objects.filter(way="list").order_by("pk")
    assert [(row.certificate, row.organisation) for row in lookups] == [(certificate, employer_org), (None, None)]


def test_the_result_names_nobody_and_is_signed(certificate, client_for, employer, employer_org, run_jobs):
    found = make_list(employer_org, [(certificate.number, certificate.holder_name)], by=employer, at=timezone.now())
    client = client_for(employer)
    assert client.get(reverse("check_list_result", args=[found.uuid, "csv"])).status_code == 404
    run_jobs()
    files = {}
    for kind in ("csv", "xlsx", "json"):
        answer = client.get(reverse("check_list_result", args=[found.uuid, kind]))
        files[kind] = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert (rows[1][0], rows[1][1], rows[1][3]) == ("2", certificate.number, "valid")
    cells = [cell for line in load_workbook(io.BytesIO(files["xlsx"])).active.values for cell in line]
    assert certificate.number in cells
    assert certificate.holder_name not in files["csv"].decode() and certificate.holder_name not in cells
    for kind in ("csv", "xlsx"):
        assert receipts.check(files["json"].decode(), files[kind]).file == kind
    assert receipts.check(files["json"].decode(), files["csv"] + b" ").problem == "file"


@pytest.mark.parametrize(
    ("state", "label"), [("suspended", "暂停"), ("revoked", "撤销"), ("expired", "过期"), ("corrected", "替换")]
)
def test_every_state_has_its_word(certificate, officer, client_for, employer, employer_org, run_jobs, state, label):
    if state == "expired":
        models.QuerySet(Certificate).filter(pk=certificate.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    elif state == "corrected":
        Certificate.objects.filter(pk=certificate.pk).update(state="corrected", state_at=timezone.now())
    else:
        settle(certificate, state, reason="error", by=officer, at=timezone.now())
    found = make_list(employer_org, [(certificate.number, certificate.holder_name)], by=employer, at=timezone.now())
    run_jobs()
    assert fresh(found).counts == {state: 1}
    assert label in client_for(employer).get(found.get_absolute_url()).content.decode()


def test_which_was_wrong_is_not_told(certificate, employer, employer_org, run_jobs):
    rows = [(certificate.number, "某某某"), (new_number("junior"), certificate.holder_name), ("12345", "张三")]
    found = make_list(employer_org, rows, by=employer, at=timezone.now())
    run_jobs()
    answers = found.lines.values_list("state", "valid_until", "state_since")
    assert list(set(answers)) == [("no_match", None, None)]
    assert Lookup.objects.filter(way="list", certificate=None, organisation=None).count() == 3


def test_the_queries_do_not_grow_with_the_lines(certificate, employer, employer_org, django_assert_max_num_queries, run_jobs):
    rows = [(new_number("junior"), f"张{number}") for number in range(400)]
    make_list(employer_org, [(certificate.number, certificate.holder_name), *rows], by=employer, at=timezone.now())
    with django_assert_max_num_queries(40):  # the job's own bookkeeping included
        run_jobs()
    assert CheckLine.objects.filter(state="valid").count() == 1


def test_the_pages_do_not_grow_with_the_lines(certificate, client_for, employer, employer_org, url, run_jobs,
                                              django_assert_max_num_queries):  # fmt: skip
    rows = [(new_number("junior"), f"张{number}") for number in range(150)]
    found = make_list(employer_org, rows, by=employer, at=timezone.now())
    run_jobs()
    client = client_for(employer)
    with django_assert_max_num_queries(9):
        client.get(found.get_absolute_url())
    with django_assert_max_num_queries(10):
        client.get(url)


# --- Reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headings", [("姓名", "证书编号"), ("Full name", "Certificate No."), ("持证人", "编号")])
def test_columns_are_found_by_their_headings(headings):
    data = workbook([("a", [["名单"], list(headings), ["张三", "TM-J-1"]])])
    rows, troubles = read(data, "xlsx", most=10)
    assert [(row.row, row.number, row.name) for row in rows] == [(3, "TM-J-1", "张三")] and not troubles


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_as_spreadsheets_write_it(encoding, separator):
    data = f"证书编号{separator}姓名\n\n TM-J-1 {separator} 张 三 \n".encode(encoding)
    rows, troubles = read(data, "csv", most=10)
    assert [(row.number, row.name) for row in rows] == [("TM-J-1", "张 三")] and not troubles


def test_all_or_nothing_with_every_fault_by_its_row():
    lines = ["证书编号,姓名", "TM-J-1,张三", ",李四", "TM-J-2,", "TM-J-1,王五", f"{'9' * 41},赵六", "=1+1,钱七"]
    rows, troubles = read("\n".join(lines).encode(), "csv", most=10)
    assert rows == [] and [trouble.row for trouble in troubles] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", "姓名\n张三".encode(), "证书编号,姓名\n".encode(), b"PK\x03\x04broken"])
def test_what_is_no_list(data):
    for extension in ("csv", "xlsx"):
        rows, troubles = read(data, extension, most=10)
        assert rows == [] and troubles


def test_too_many_lines():
    data = "证书编号,姓名\n" + "".join(f"TM-J-{n},张三\n" for n in range(11))
    assert read(data.encode(), "csv", most=10)[1][0].row == 0


def test_a_faulty_list_leaves_nothing_behind(client_for, employer, url):
    answer = client_for(employer).post(url, form(sheet(("TM-J-1", "张三"), ("", "李四"))))
    assert answer.status_code == 422 and ">3<" in answer.content.decode()
    assert not CheckList.objects.exists() and not Job.objects.filter(kind="certificates.answer_list").exists()


@pytest.mark.parametrize("name", ["list.pdf", "list.xls", "list.docx"])
def test_other_files_are_refused(client_for, employer, url, name):
    assert client_for(employer).post(url, form(SimpleUploadedFile(name, b"x"))).status_code == 422


def test_sent_twice_is_one_list(client_for, employer, url):
    client, same = client_for(employer), str(uuid4())
    places = {client.post(url, form(sheet(("TM-J-1", "张三")), request_id=same))["Location"] for _ in range(2)}
    assert len(places) == 1 and CheckList.objects.count() == 1


def test_the_template_is_read_back(client_for, employer):
    for kind in ("xlsx", "csv"):
        answer = client_for(employer).get(reverse("check_list_template", args=[kind]))
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert [trouble.row for trouble in read(data, kind, most=10)[1]] == [0]  # found the columns, nothing below
        assert "下没有" in read(data, kind, most=10)[1][0].text


# --- Quotas ---------------------------------------------------------------------------------------------------------


def set_terms(officer, **values):
    EmployerTerms(source="测试", **values).put_in_force(by=officer, at=timezone.now() - timedelta(seconds=1))


def test_the_days_quota_is_not_renewed_by_deleting(officer, employer, employer_org):
    set_terms(officer, rows_per_day=3)
    at = timezone.now()
    found = make_list(employer_org, [("TM-J-1", "甲"), ("TM-J-2", "乙")], by=employer, at=at)
    found.erase(by=employer, at=at)
    with pytest.raises(WrongState):
        make_list(employer_org, [("TM-J-3", "甲"), ("TM-J-4", "乙")], by=employer, at=at)
    make_list(employer_org, [("TM-J-3", "甲")], by=employer, at=at)
    make_list(employer_org, [("TM-J-3", "甲"), ("TM-J-4", "乙")], by=employer, at=at + timedelta(hours=25))


def test_a_name_is_not_found_by_trying(certificate, officer, client_for, employer, url):
    """The same for a number that exists and one that does not; deleting a list helps nothing."""
    set_terms(officer, tries_per_number=2)
    client = client_for(employer)
    for number in (certificate.number, new_number("junior")):
        codes = []
        for name in ("甲", "乙", "丙"):
            codes.append(client.post(url, form(sheet((number, name)))).status_code)
            for found in CheckList.objects.shown():
                found.erase(by=employer, at=timezone.now())
        assert codes == [302, 302, 422]


# --- Keeping --------------------------------------------------------------------------------------------------------


def test_names_are_sealed_then_erased_then_all_goes(certificate, employer, employer_org, run_jobs):
    found = make_list(employer_org, [(certificate.number, certificate.holder_name)], by=employer, at=timezone.now())
    assert certificate.holder_name not in str(CheckList.objects.values().get()) + str(list(CheckLine.objects.values()))
    run_jobs()
    answered = fresh(found).answered_at
    CheckList.objects.drop_old(answered + timedelta(hours=23))
    assert fresh(found).names() == [certificate.holder_name]
    CheckList.objects.drop_old(answered + timedelta(hours=25))
    assert fresh(found).names() == [] and fresh(found).counts == {"valid": 1}
    CheckList.objects.drop_old(answered + timedelta(days=31))
    assert not CheckList.objects.exists() and not CheckLine.objects.exists()
    assert not storages["private"].exists(found.file_name("csv"))
    assert ModelLogEntry.objects.filter(action="certificates.list.delete").count() == 1


def test_deleted_by_the_employer(certificate, client_for, employer, employer_org, run_jobs):
    found = make_list(employer_org, [(certificate.number, certificate.holder_name)], by=employer, at=timezone.now())
    run_jobs()
    client = client_for(employer)
    for _ in range(2):
        client.post(reverse("check_list_delete", args=[found.uuid]))
    assert client.get(found.get_absolute_url()).status_code == 404
    assert fresh(found).names() == [] and set(found.lines.values_list("state", flat=True)) == {""}
    assert not storages["private"].exists(found.file_name("xlsx"))
    CheckList.objects.drop_old(timezone.now() + timedelta(hours=25))
    assert not CheckList.objects.exists()


def test_deleted_before_it_was_answered(certificate, employer, employer_org, run_jobs):
    found = make_list(employer_org, [(certificate.number, certificate.holder_name)], by=employer, at=timezone.now())
    found.erase(by=employer, at=timezone.now())
    run_jobs()
    assert fresh(found).status == "waiting" and not Lookup.objects.filter(way="list").exists()


def test_another_employer_gets_at_nothing(certificate, client_for, employer, employer_org, url, run_jobs):
    other = make_organisation(Organisation.Kind.EMPLOYER, "另一单位", "Other", "other-employer")
    client = client_for(make_user("stranger", "外单位人", other, "employer"))
    found = make_list(employer_org, [(certificate.number, certificate.holder_name)], by=employer, at=timezone.now())
    run_jobs()
    assert client.get(url).status_code == 404
    assert client.get(found.get_absolute_url()).status_code == 404
    assert client.get(reverse("check_list_result", args=[found.uuid, "csv"])).status_code == 404
    assert client.post(reverse("check_list_delete", args=[found.uuid])).status_code == 404
    assert fresh(found).deleted_at is None


def test_the_result_files_are_named_by_the_sites_own_clock(certificate, client_for, employer, employer_org, run_jobs):
    found = make_list(employer_org, [(certificate.number, certificate.holder_name)], by=employer, at=timezone.now())
    run_jobs()
    CheckList.objects.filter(pk=found.pk).update(answered_at=datetime(2026, 11, 28, 17, 5, tzinfo=UTC))  # in China past midnight
    for kind in ("csv", "json"):
        answer = client_for(employer).get(reverse("check_list_result", args=[found.uuid, kind]))
        assert f"check-20261129-0105.{kind}" in answer["Content-Disposition"]
