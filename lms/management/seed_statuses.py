"""What became of the sample site's certificates: one revoked, one suspended, one reinstated, one corrected, and a new name that
is asked for. Two officers, through the verbs that people use."""

from django.core.files.uploadedfile import SimpleUploadedFile

from certificates.models import Certificate, ChangeRequest
from lms.lib.jobs.runner import run_due
from lms.lib.uploads import check_upload

from . import cast
from .seed_life import keep_learning, set_validity


def change_certificates(seeding) -> None:
    set_validity(seeding)
    keep_learning(seeding)
    first, second = seeding.who(cast.OFFICER), seeding.who(cast.OFFICER2)

    def of(person: cast.Person) -> Certificate:
        return Certificate.objects.get(holder=seeding.who(person), state__in=["", "suspended"])

    def settle(person: cast.Person, kind: str, *, days_ago: int, **values) -> None:
        change = ChangeRequest.propose(of(person), kind, by=first, at=seeding.ago(days_ago, 10), **values)
        change.confirm(by=second, at=seeding.ago(days_ago, 15))

    settle(cast.REVOKED, "revoked", days_ago=20, reason="misconduct", text="示例：工作成果并非本人完成。",
           note="示例：工作成果系他人代作，经复核确认。")  # fmt: skip
    for person, days_ago in ((cast.SUSPENDED, 6), (cast.REINSTATED, 15)):
        of(person).change_status("suspended", reason="investigation", by=first, at=seeding.ago(days_ago),
                                 text="示例：考勤记录正在核实。")  # fmt: skip
    run_due()
    settle(cast.REINSTATED, "reinstated", days_ago=9, reason="cleared", text="示例：核实无误。")
    settle(cast.CORRECTED, "corrected", days_ago=12, reason="data_correction", name_latin="YAN Gengzheng (Grace)",
           text="示例：拉丁字母姓名有误。")  # fmt: skip
    upload = SimpleUploadedFile("evidence.pdf", b"%PDF-1.4\n% sample evidence\n%%EOF")
    graduate = of(cast.GRADUATE)
    ChangeRequest.ask(
        graduate, name="陈新名", name_latin="CHEN Xinming", shown=False, upload=upload,
        checked=check_upload(upload, max_bytes=1000), by=graduate.holder, at=seeding.ago(1),
    )  # fmt: skip
