"""Imports so many old records, as a worker does: time, memory, rows a second, then how long an answer takes.

    LMS_DATA_DIR=… python -m bench.historic 110000 xlsx    (after migrate; LMS_DATABASE_URL for PostgreSQL)

The people, numbers and issuers of the file are made up. What it writes stays in the database it is pointed at: use one for this.
"""

import csv
import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

FAMILY, GIVEN = "示例样本虚构试验", "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
HEADINGS = ["旧证书编号", "姓名", "级别", "颁发日期", "颁发机构", "有效期至", "备注"]


def rows(count: int, *, start: int = 0):
    dice = random.Random(7)
    for n in range(start, start + count):
        name = dice.choice(FAMILY) + dice.choice(GIVEN) + dice.choice(GIVEN)
        day = f"20{dice.randint(14, 23)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        yield [f"示旧字〔{day[:4]}〕{n:07}号", name, dice.choice(["初级", "中级", "高级"]), day, "示例省技术市场办公室", "", ""]


def make_file(path: Path, count: int, *, start: int) -> None:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADINGS, *rows(count, start=start)])
        return
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("旧证书")
    for line in [HEADINGS, *rows(count, start=start)]:
        sheet.append(line)
    book.save(path)


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    count, kind = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "csv"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    import django

    django.setup()
    from django.core.files.uploadedfile import TemporaryUploadedFile
    from django.db import connection
    from django.utils.timezone import now

    from accounts.models import User
    from certificates.historic_jobs import check_historic, import_historic
    from certificates.models import HistoricImport, HistoricRecord
    from certificates.verification import verify_by_number
    from lms.lib.uploads import check_upload

    class Handle:
        def beat(self, done=None, total=None):
            pass

    start = HistoricRecord.objects.count()
    people = [User.objects.get_or_create(email=f"bench-{n}@people.example", defaults={"full_name": "示例"})[0] for n in (1, 2)]
    path = Path(tempfile.mkdtemp()) / f"old.{kind}"
    make_file(path, count, start=start)
    found = {"rows": count, "file": kind, "file_mb": round(path.stat().st_size / 2**20, 1), "database": connection.vendor}
    upload = TemporaryUploadedFile(path.name, "application/octet-stream", path.stat().st_size, None)
    upload.file.write(path.read_bytes())
    upload.seek(0)
    found["mb_before"] = peak_mb()
    began = time.monotonic()
    checked = check_upload(upload, max_bytes=HistoricImport.MAX_BYTES)
    batch = HistoricImport.receive(
        title="bench", source="示例", issuer="示例", upload=upload, checked=checked, request_id=uuid4(), by=people[0], at=now()
    )
    found["receive_s"] = round(time.monotonic() - began, 2)

    def timed(name: str, work) -> None:
        began = time.monotonic()
        work()
        found[f"{name}_s"], found[f"{name}_peak_mb"] = round(time.monotonic() - began, 2), peak_mb()

    timed("check", lambda: check_historic(Handle(), batch.pk))
    batch.refresh_from_db()
    assert batch.status == "ready", (batch.status, batch.faults[:3])
    batch.confirm(by=people[1], at=now())
    effect = []
    timed("import", lambda: effect.append(import_historic(Handle(), batch.pk)))
    timed("finish", lambda: effect[0]())
    found["rows_a_second"] = round(count / (found["check_s"] + found["import_s"] + found["finish_s"]))
    record = HistoricRecord.objects.filter(live=True).order_by("-pk").first()
    times = []
    for _turn in range(200):
        began = time.perf_counter()
        assert verify_by_number(record.number, record.name, at=now()).state == "imported"
        times.append(time.perf_counter() - began)
    found["answer_median_ms"] = round(sorted(times)[100] * 1000, 2)
    found["load"] = os.getloadavg()[0]
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
