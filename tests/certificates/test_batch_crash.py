"""A list of awards is issued while its worker is killed with SIGKILL again and again: nobody is lost, nothing is doubled.

Runs real worker processes on an SQLite database of its own, whichever the suite runs on; each is killed when it has done a
little more.
"""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

PEOPLE = 18
ROOT = Path(__file__).resolve().parents[2]


def ask(folder: Path, sql: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(folder / "lms.sqlite3", timeout=20)) as reader:
        return reader.execute(sql).fetchall()


def issued(folder: Path) -> int:
    return ask(folder, "SELECT count(*) FROM certificates_issuedcredential")[0][0]


def kill(worker: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def test_kill_9_in_the_middle_neither_doubles_nor_loses(tmp_path):
    dropped = ("LMS_DATABASE_URL", "LMS_REDIS_URL", "LMS_LAUNCHER_PID")
    own = {"LMS_DATA_DIR": str(tmp_path), "LMS_JOB_LEASE_SECONDS": "3", "LMS_LOG_LEVEL": "WARNING", "LMS_TESTING": "0"}
    env = {k: v for k, v in os.environ.items() if k not in dropped} | own
    command = [sys.executable, "-m", "tests.certificates.batch_worker"]
    subprocess.run([*command, "fill", str(PEOPLE)], cwd=ROOT, env=env, check=True, timeout=600)  # makes every table

    def start() -> subprocess.Popen:
        log = (tmp_path / "worker.log").open("ab")
        return subprocess.Popen([*command, "work"], cwd=ROOT, env=env, start_new_session=True, stderr=log)

    for least in (1, 7):
        worker = start()
        try:
            deadline = time.monotonic() + 90
            while issued(tmp_path) < least:
                assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text(errors="replace")[-2000:]
                time.sleep(0.02)
        finally:
            kill(worker)
        assert least <= issued(tmp_path) < PEOPLE, "killed in the middle"
    worker = start()
    try:
        assert worker.wait(timeout=120) == 0, (tmp_path / "worker.log").read_text(errors="replace")[-2000:]
    finally:
        kill(worker)
    assert ask(tmp_path, "SELECT state, count(*) FROM certificates_awardbatchrow GROUP BY state") == [("issued", PEOPLE)]
    for table, person in [
        ("certificates_award", "enrolment_id"), ("certificates_certificate", "award_id"),
        ("certificates_issuedcredential", "certificate_id"), ("certificates_logleaf WHERE kind = 'issued'", "credential_id"),
    ]:  # fmt: skip
        found = ask(tmp_path, f"SELECT count(*), count(DISTINCT {person}) FROM {table}")
        assert found == [(PEOPLE, PEOPLE)], table
    audit = subprocess.run(
        [sys.executable, "manage.py", "audit_awards"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
    )
    assert audit.returncode == 0, audit.stdout[-2000:]
