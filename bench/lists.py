"""How long an employer waits for a list: 1,000 numbers and names, from the file to the signed result.

    .venv/bin/python bench/lists.py    SQLite in a folder of its own; about three minutes, most of it the sample site

Nine lines in ten are certificates (copies of one of the sample site's, put in beside the chain of awards: here counts only
what is read), one in ten is none. Prints seconds and SQL queries of each step and writes
bench/results/<date>-lists-<database>.md.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]
BAR = 10.0  # seconds for the whole


def copies(count: int) -> list[tuple[str, str]]:
    """Put `count` certificates into the register and return their numbers and names."""
    from django.db import connection

    from certificates.models import Certificate
    from certificates.numbers import new_number, new_token

    one = Certificate.objects.prepared().first()
    made = []
    for place in range(count):
        values = {field.attname: getattr(one, field.attname) for field in Certificate._meta.concrete_fields}
        values |= {"id": 10**6 + place, "uuid": uuid.uuid4(), "number": new_number("junior"), "token": new_token(),
                   "award_id": 10**6 + place, "replaces_id": None, "holder_name": f"测试{place}", "state": ""}  # fmt: skip
        made.append(Certificate(**values))
    with connection.constraint_checks_disabled():
        Certificate.objects.bulk_create(made, batch_size=200)
    return [(certificate.number, certificate.holder_name) for certificate in made]


def go(lines: int) -> list[tuple[str, float, int]]:
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils.timezone import now

    from accounts.models import Organisation, User
    from certificates.list_reading import read
    from certificates.models import CheckList, EmployerTerms
    from certificates.numbers import new_number
    from lms.lib.jobs.runner import run_due
    from lms.lib.workbook import workbook
    from lms.management import cast

    call_command("seed_demo", verbosity=0)
    run_due()
    wanted = copies(lines * 9 // 10)
    wanted += [(new_number("junior"), "查无此人") for _ in range(lines - len(wanted))]
    firm, person = Organisation.objects.get(slug=cast.EMPLOYER.slug), User.objects.get(email=cast.VERIFIER.email)
    data, at = workbook([("名单", [["证书编号", "姓名"], *map(list, wanted)])]), now()
    client = Client()
    client.force_login(person)
    rows: list[tuple[str, float, int]] = []

    def step(name: str, do):
        with CaptureQueriesContext(connection) as captured:
            began = time.perf_counter()
            value = do()
            rows.append((name, time.perf_counter() - began, len(captured)))
        print(f"{name}: {rows[-1][1]:.2f} s, {rows[-1][2]} queries", flush=True)
        return value

    found, troubles = step("read the workbook", lambda: read(data, "xlsx", most=5000))
    assert not troubles and len(found) == lines
    terms = EmployerTerms(rows_per_list=5000, rows_per_day=50_000)
    made = step("tried too often?", lambda: CheckList.objects.tried_too_often(firm, found, most=10, at=at))
    made = step("receive", lambda: CheckList.receive(
        firm, found, title="测量", request_id=uuid.uuid4(), terms=terms, by=person, at=at))  # fmt: skip
    step("job: answer, draw two files, sign", run_due)
    made.refresh_from_db()
    assert made.counts == {"valid": lines * 9 // 10, "no_match": lines - lines * 9 // 10}, made.counts
    step("page of the result", lambda: client.get(made.get_absolute_url()))
    return rows


def report(rows: list[tuple[str, float, int]], lines: int, vendor: str) -> str:
    whole = sum(seconds for _name, seconds, _queries in rows)
    return "\n".join([
        f"# A list of {lines} lines, {vendor}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {os.cpu_count()} cores · Python {platform.python_version()} · "
        f"load {os.getloadavg()[0]:.1f} · `bench/lists.py`",
        "",
        "| step | seconds | SQL queries |",
        "|---|---:|---:|",
        *(f"| {name} | {seconds:.2f} | {queries} |" for name, seconds, queries in rows),
        f"| all | {whole:.2f} (bar: {BAR:.0f}) | {sum(queries for *_rest, queries in rows)} |",
    ]) + "\n"  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--no-file", action="store_true", help="only the screen")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lms-lists-", ignore_cleanup_errors=True) as folder:
        os.environ |= {"LMS_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "bench.settings", "LMS_LOG_LEVEL": "WARNING",
                       "LMS_SAMPLE_SITE": "1"}  # fmt: skip
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        text = report(go(chosen.lines), chosen.lines, connection.vendor)
        print(text)
        if not chosen.no_file:
            name = f"{datetime.now(UTC):%Y-%m-%d}-lists-{connection.vendor}.md"
            (ROOT / "bench" / "results" / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
