"""Jobs are not lost: 200 jobs, the whole worker killed with SIGKILL in the middle, all done exactly once afterwards.

Runs real worker processes on a database and a broker of its own: SQLite and files, and PostgreSQL and Redis where the
suite is run on them. Polls with a deadline.
"""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

JOBS = 200
ROOT = Path(__file__).resolve().parents[2]


class Rig:
    """One database and one broker, seen from outside, and the workers on them."""

    def __init__(self, folder: Path, env: dict[str, str], connect: Callable) -> None:
        self.folder = folder
        self.connect = connect
        own = {"LMS_DATA_DIR": str(folder), "LMS_JOB_LEASE_SECONDS": "4", "LMS_JOB_SWEEP_SECONDS": "1",
               "LMS_LOG_LEVEL": "WARNING", "CRASH_QUEUE": f"crash-{os.getpid()}-{folder.name}", "LMS_TESTING": "0"}  # fmt: skip
        dropped = ("LMS_DATABASE_URL", "LMS_REDIS_URL", "LMS_LAUNCHER_PID")
        self.env = {k: v for k, v in os.environ.items() if k not in dropped} | own | env

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tests.lms.crash_worker", *arguments]

    def fill(self) -> None:
        subprocess.run(self.command("fill", str(JOBS)), cwd=ROOT, env=self.env, check=True, timeout=60)

    def start_worker(self) -> subprocess.Popen:
        return subprocess.Popen(
            self.command("work", str(self.folder / "beat")), cwd=ROOT, env=self.env, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=(self.folder / "worker.log").open("ab"),
        )  # fmt: skip

    def ask(self, sql: str) -> list[tuple]:
        connection = self.connect()
        try:
            return list(connection.execute(sql).fetchall())
        finally:
            connection.close()

    def effects(self) -> int:
        return self.ask("SELECT count(*) FROM crash_effect")[0][0]

    def states(self) -> dict[str, int]:
        return dict(self.ask("SELECT state, count(*) FROM jobs_job GROUP BY state"))

    def until(self, what: str, seconds: float, question: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while not question():
            if time.monotonic() > deadline:
                log = (self.folder / "worker.log").read_text(errors="replace")[-3000:]
                pytest.fail(f"{what}: not in {seconds} s; {self.states()}, {self.effects()} effects\n{log}")
            time.sleep(0.1)


def kill(worker: subprocess.Popen) -> None:
    """The worker and everything it started, at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.fixture
def embedded(tmp_path) -> Rig:
    return Rig(tmp_path, {}, lambda: sqlite3.connect(tmp_path / "lms.sqlite3", timeout=20))


@pytest.fixture
def with_servers(tmp_path):
    url, redis = os.environ.get("LMS_DATABASE_URL", ""), os.environ.get("LMS_REDIS_URL", "")
    if not (url and redis):
        pytest.skip("PostgreSQL and Redis: set LMS_DATABASE_URL and LMS_REDIS_URL")
    import psycopg

    name = f"lms_crash_{os.getpid()}"
    own = url.rsplit("/", 1)[0] + "/" + name
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield Rig(tmp_path, {"LMS_DATABASE_URL": own, "LMS_REDIS_URL": redis}, lambda: psycopg.connect(own))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.servers
@pytest.mark.parametrize("where", ["embedded", "with_servers"])
def test_no_job_is_lost_or_doubled_by_kill_9(where, request):
    rig: Rig = request.getfixturevalue(where)
    rig.fill()
    first = rig.start_worker()
    try:
        rig.until("70 jobs done", 30, lambda: rig.effects() >= 70)
    finally:
        kill(first)
    assert 70 <= rig.effects() < JOBS, "killed in the middle"
    second = rig.start_worker()
    try:
        rig.until("everything done", 45, lambda: rig.states() == {"done": JOBS})
    finally:
        kill(second)
    counts = rig.ask("SELECT number, count(*) FROM crash_effect GROUP BY number")
    assert sorted(counts) == [(number, 1) for number in range(JOBS)]
