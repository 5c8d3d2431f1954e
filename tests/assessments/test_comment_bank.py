"""The comment bank: one's own and shared comments, beside the sheet and on pages of their own, as CSV both ways."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import ModelLogEntry

from accounts.models import Role
from assessments.models import Allocation, BankComment
from tests.factories.assessments import make_assessor, make_submission
from tests.factories.training import make_enrolment, make_person

LIST = "/marking/comments/"
HEAD = "assignment,case,criterion,comment,shared\n"


@pytest.fixture
def turn(submission, assessor, at) -> Allocation:
    return Allocation.take_next(assessor, at=at)


@pytest.fixture
def colleague(base):
    return make_assessor(base)


def keep(owner, text="测试条件写得清楚。", **more):
    return BankComment.keep(owner, text, **more)


def upload(text: str, encoding: str = "utf-8"):
    return {"file": SimpleUploadedFile("comments.csv", text.encode(encoding), "text/csv")}


def test_it_works(client_for, assessor, assignment):
    client = client_for(assessor)
    place = f"{assignment.uuid}:need"
    assert client.post(LIST + "new/", {"text": "指标有依据。", "place": place, "shared": "on"}).url == LIST
    comment = BankComment.objects.get()
    assert (comment.owner, comment.assignment, comment.criterion, comment.shared) == (assessor, assignment, "need", True)
    client.post(LIST + "new/", {"text": "指标有依据。", "place": place})  # the same again: one, and shared as it was
    comment = BankComment.objects.get()
    assert comment.shared
    assert "指标有依据。" in client.get(LIST).content.decode()


def test_own_ones_are_nobody_elses(client_for, assessor, colleague, assignment, at):
    keep(assessor, "只给自己", at=at)
    shared = keep(assessor, "大家都用", at=at, assignment=assignment, shared=True)
    page = client_for(colleague).get(LIST).content.decode()
    assert "大家都用" in page and "只给自己" not in page
    assert assessor.full_name not in page
    assert client_for(colleague).get(reverse("comment_edit", args=[shared.uuid])).status_code == 403
    mine = BankComment.objects.get(text="只给自己")
    assert client_for(colleague).get(reverse("comment_edit", args=[mine.uuid])).status_code == 404


def test_another_base_sees_none_of_it(client_for, assessor, other_base, assignment, at):
    shared = keep(assessor, at=at, assignment=assignment, shared=True)
    stranger = make_assessor(other_base)
    assert shared.text not in client_for(stranger).get(LIST).content.decode()
    assert client_for(stranger).get(reverse("comment_delete", args=[shared.uuid])).status_code == 404
    form = client_for(stranger).post(LIST + "new/", {"text": "越界", "place": f"{assignment.uuid}:", "shared": "on"})
    assert form.status_code == 422
    assert not BankComment.objects.filter(text="越界").exists()


def test_who_marks_nothing_has_no_bank(client_for, trainee, registrar):
    for person in (trainee, registrar):
        for name in ("comment_list", "comment_add", "comment_import"):
            assert client_for(person).get(reverse(name)).status_code == 403, name


def test_beside_the_sheet_is_what_fits(client_for, assessor, colleague, turn, assignment, at):
    keep(assessor, "随处可用", at=at)
    keep(colleague, "同事的共享", at=at, assignment=assignment, criterion="need", shared=True)
    keep(colleague, "同事自己的", at=at, assignment=assignment)
    page = client_for(assessor).get(turn.get_absolute_url()).content.decode()
    assert "随处可用" in page and "同事的共享" in page
    assert "同事自己的" not in page


def test_a_comment_is_kept_from_the_sheet(client_for, assessor, turn, assignment):
    url = reverse("comment_keep", args=[turn.uuid])
    answer = client_for(assessor).post(url, {"criterion": "terms", "text": " 条款缺验收。 ", "shared": "1"})
    assert answer.status_code == 200
    assert answer.json()["criterion"] == "terms"
    comment = BankComment.objects.get()
    assert (comment.text, comment.assignment, comment.shared) == ("条款缺验收。", assignment, True)
    assert client_for(assessor).post(url, {"criterion": "nonsense", "text": "x"}).status_code == 422
    assert client_for(assessor).post(url, {"criterion": "need", "text": ""}).status_code == 422
    assert client_for(make_person()).post(url, {"text": "x"}).status_code == 404


@pytest.mark.parametrize("text", ["同 7K2QX9MB 一样", "请打 13812345678"])
def test_what_says_who_stays_out(client_for, assessor, turn, text):
    assert client_for(assessor).post(LIST + "new/", {"text": text, "place": ""}).status_code == 422
    assert client_for(assessor).post(reverse("comment_keep", args=[turn.uuid]), {"text": text}).status_code == 422
    assert not BankComment.objects.exists()


def test_shared_ones_need_an_assignment(client_for, assessor):
    assert client_for(assessor).post(LIST + "new/", {"text": "好", "place": "", "shared": "on"}).status_code == 422


def test_changed_and_deleted(client_for, assessor, moderator, assignment, at):
    comment = keep(assessor, at=at, assignment=assignment, shared=True)
    edit = reverse("comment_edit", args=[comment.uuid])
    assert client_for(assessor).post(edit, {"text": "改过的话。", "place": f"{assignment.uuid}:need"}).status_code == 302
    comment.refresh_from_db()
    assert (comment.text, comment.criterion, comment.shared) == ("改过的话。", "need", False)
    BankComment.objects.filter(pk=comment.pk).update(shared=True)
    delete = reverse("comment_delete", args=[comment.uuid])
    assert client_for(moderator).get(delete).status_code == 200  # of the base: may take down what is shared
    assert BankComment.objects.exists()
    assert client_for(moderator).post(delete).url == LIST
    assert not BankComment.objects.exists()
    assert ModelLogEntry.objects.filter(action="assessments.bank.remove", user=moderator).count() == 1
    assert client_for(moderator).post(delete).status_code == 404


def test_a_comment_that_is_there_is_not_made_twice_by_a_change(client_for, assessor, at):
    keep(assessor, "甲", at=at)
    other = keep(assessor, "乙", at=at)
    page = client_for(assessor).post(reverse("comment_edit", args=[other.uuid]), {"text": "甲", "place": ""})
    assert page.status_code == 422


def test_out_and_in_again(client_for, assessor, assignment, at):
    keep(assessor, "=SUM(A1) 这样的公式要写明", at=at)
    keep(assessor, "带\n换行、\"引号\"", at=at, assignment=assignment, criterion="need", shared=True)
    file = b"".join(client_for(assessor).get(LIST, {"format": "csv"}).streaming_content)
    assert b"'=SUM" in file
    before = list(BankComment.objects.order_by("text").values_list("text", "assignment", "criterion", "shared"))
    BankComment.objects.all().delete()
    brought = client_for(assessor).post(LIST + "import/", {"file": SimpleUploadedFile("c.csv", file, "text/csv")})
    assert brought.status_code == 302
    assert list(BankComment.objects.order_by("text").values_list("text", "assignment", "criterion", "shared")) == before
    client_for(assessor).post(LIST + "import/", {"file": SimpleUploadedFile("c.csv", file, "text/csv")})
    assert BankComment.objects.count() == 2


def test_one_wrong_row_and_nothing_is_taken(client_for, assessor, assignment):
    rows = f",,,好,no\n{assignment.uuid},,need,清楚,yes\n{assignment.uuid},,nonsense,x,no\n"
    rows += ",,,共享,yes\n,,,,no\n,,,电话 13812345678,no\n,,,y,maybe\n"
    page = client_for(assessor).post(LIST + "import/", upload(HEAD + rows))
    assert page.status_code == 422
    errors = page.context["form"].errors["file"]
    assert len(errors) == 5
    assert all(str(number) in text for number, text in zip((4, 5, 6, 7, 8), errors, strict=True))
    assert not BankComment.objects.exists()


@pytest.mark.parametrize(
    "files", [upload("a,b\n1,2\n"), upload(HEAD), {"file": SimpleUploadedFile("c.csv", b"\x00\x01\xff", "text/csv")}, {}]
)
def test_files_that_are_none_of_ours(client_for, assessor, files):
    assert client_for(assessor).post(LIST + "import/", files).status_code == 422


def test_a_file_of_an_older_spreadsheet(client_for, assessor):
    assert client_for(assessor).post(LIST + "import/", upload(HEAD + ",,,术语准确,no\n", "gb18030")).status_code == 302
    assert BankComment.objects.get().text == "术语准确"


def test_searched_filtered_and_paged(client_for, assessor, assignment, at, django_assert_max_num_queries):
    for number in range(60):
        keep(assessor, f"评语{number:02} 条件", at=at, assignment=assignment if number % 2 else None)
    client = client_for(assessor)
    client.get(LIST)
    with django_assert_max_num_queries(9):
        page = client.get(LIST, {"page": 2})
    assert len(page.context["page"].object_list) == 10
    assert [c.text for c in client.get(LIST, {"q": "条件 07"}).context["page"]] == ["评语07 条件"]
    assert client.get(LIST, {"assignment": assignment.uuid}).context["page"].paginator.count == 30
    assert client.get(LIST, {"scope": "shared"}).context["page"].paginator.count == 0


def test_a_script_of_another_base_brings_its_shared_comments(assessor, other_base, cohort, assignment, at):
    """Whoever was given a script of the assignment reads what is shared for it, wherever they belong."""
    from assessments.bank_permissions import bank_of

    stranger = make_assessor(other_base, Role.ASSESSOR)
    keep(assessor, at=at, assignment=assignment, shared=True)
    assert not bank_of(stranger).exists()
    submission = make_submission(make_enrolment(cohort, at=at), at=at)
    Allocation.objects.create(submission=submission, assessor=stranger, kind="first", taken_at=at, lease_until=at)
    assert bank_of(stranger).count() == 1
