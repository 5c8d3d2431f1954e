"""Measures how many certificates an hour one core signs, draws and logs: a list of awards, issued as its job does it.

    .venv/bin/python -m bench.issue_many --people 500
    .venv/bin/python -m bench.issue_many --people 10000 --kill-at 5000

With --kill-at a worker process of its own runs the job, is killed with SIGKILL at so many certificates, and another one goes on.
On SQLite in a folder of its own. The people are made by the tests' factory: a rule of hours, so the documents have hours but no
cases. Writes a table to bench/results/.
"""

import argparse
import os
import platform
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def rss() -> int:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(people: int, portion: int) -> list[tuple[str, str]]:
    from django.core.management import call_command
    from django.db import connection
    from django.utils.timezone import now

    from certificates import batching
    from certificates.models import Award, IssuedCredential, LogLeaf
    from tests.factories.many import many_people

    call_command("migrate", verbosity=0)
    batch, officer = many_people(people, at=now() - timedelta(hours=2))
    queries, memory = [0], []

    def count(execute, *args):
        queries[0] += 1
        return execute(*args)

    def beat(done: int, total: int) -> None:
        memory.append(rss())

    begun = time.perf_counter()
    batching.collect(batch, at=now(), beat=beat)
    collected = time.perf_counter() - begun
    batch.confirm(by=officer, at=now())
    memory.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(count):
        batching.issue_all(batch, at=now, beat=beat, portion=portion)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    made = IssuedCredential.objects.count()
    logged = LogLeaf.objects.filter(kind="issued").count()
    if not made == Award.objects.count() == logged == people:
        raise SystemExit(f"{made} credentials, {Award.objects.count()} awards, {logged} log entries of {people} people")
    start = memory[min(3, len(memory) - 1)]  # the compiler and the font are loaded by then
    return [
        ("people on the list", f"{people}"),
        ("portion", f"{portion}"),
        ("check and propose", f"{collected:.1f} s, {people / collected * 3600:,.0f} an hour"),
        ("award, sign, draw, log", f"{wall:.1f} s on the clock, {cpu:.1f} s of CPU"),
        ("certificates an hour (clock)", f"{made / wall * 3600:,.0f}"),
        ("certificates an hour and core (CPU)", f"{made / cpu * 3600:,.0f}"),
        ("each", f"{cpu / made * 1000:.0f} ms of CPU, {queries[0] / made:.1f} SQL statements"),
        ("memory", f"{start} MB after the first portions, {memory[-1]} MB at the end"),
    ]


def work() -> None:
    """A worker: runs the list's job until the list is done, waiting for the lease of one that was killed."""
    import django

    django.setup()
    from django.utils.timezone import now

    from certificates.models import AwardBatch
    from lms.lib.jobs.models import Job
    from lms.lib.jobs.runner import run

    while not AwardBatch.objects.filter(status=AwardBatch.Status.DONE).exists():
        for job in Job.objects.due(now()).filter(kind="certificates.issue_batch"):
            run(job.pk)
        time.sleep(0.5)


def memory_of(pid: int) -> int:
    """What a process holds of its own now, in MB: without the pages of the database's file that SQLite maps."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("RssAnon")), 0)


def killed_once(people: int, kill_at: int, folder: str) -> list[tuple[str, str]]:
    """Fill the database, let a worker issue, kill it at so many, let another one finish. Every thousand: time and memory."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils.timezone import now

    from certificates import batching
    from certificates.log.audit import problems
    from lms.lib.jobs.models import Job
    from tests.factories.many import many_people

    call_command("migrate", verbosity=0)
    batch, officer = many_people(people, at=now() - timedelta(hours=2))
    begun = time.perf_counter()
    batching.collect(batch, at=now(), beat=lambda *given: None)
    collected = time.perf_counter() - begun
    batch.confirm(by=officer, at=now())
    Job.objects.exclude(kind="certificates.issue_batch").delete()
    connection.close()

    def ask(sql: str) -> int:
        with closing(sqlite3.connect(f"{folder}/lms.sqlite3", timeout=60)) as reader:
            return reader.execute(sql).fetchone()[0]

    def start() -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "bench.issue_many", "--worker"], cwd=ROOT, start_new_session=True
        )

    steps, lost, next_step, begun = [], "", max(people // 10, 1), time.perf_counter()
    worker = start()
    try:
        while worker.poll() is None:
            done = ask("SELECT count(*) FROM certificates_issuedcredential")
            if done >= next_step:
                steps.append((done, time.perf_counter() - begun, memory_of(worker.pid)))
                sys.stderr.write(f"{done} after {steps[-1][1]:.0f} s, {steps[-1][2]} MB\n")
                next_step = (done // max(people // 10, 1) + 1) * max(people // 10, 1)
            if not lost and done >= kill_at:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
                lost = f"at {ask('SELECT count(*) FROM certificates_issuedcredential')} certificates"
                worker = start()
            time.sleep(2)
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
    wall, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    counted = [("awards", "award", "enrolment_id"), ("certificates", "certificate", "award_id"),
               ("credentials", "issuedcredential", "certificate_id")]  # fmt: skip
    for name, table, person in counted:
        if (found := ask(f"SELECT count(DISTINCT {person}) FROM certificates_{table}")) != people:
            raise SystemExit(f"{found} people with {name}, of {people}")
        if (found := ask(f"SELECT count(*) FROM certificates_{table}")) != people:
            raise SystemExit(f"{found} {name} of {people} people")
    if wrong := list(problems()):
        raise SystemExit(f"the log: {wrong[:3]}")
    return [
        ("people on the list", f"{people}"),
        ("check and propose", f"{collected:.1f} s, {people / collected * 3600:,.0f} an hour"),
        ("worker killed (SIGKILL)", f"{lost}; another one went on after the lease had run out"),
        ("award, sign, draw, log", f"{wall:.0f} s on the clock, {cpu:.0f} s of CPU (the killed worker's too)"),
        ("certificates an hour (clock)", f"{people / wall * 3600:,.0f}"),
        ("certificates an hour and core (CPU)", f"{people / cpu * 3600:,.0f}"),
        ("so many after so many seconds", ", ".join(f"{done}: {took:.0f}" for done, took, _mb in steps)),
        ("memory of the worker's own, MB, at the same", ", ".join(f"{mb}" for _done, _took, mb in steps)),
        ("lost or doubled", "none: as many awards, certificates and credentials as people, each another's; the log is whole"),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--portion", type=int, default=50)
    parser.add_argument("--no-file", action="store_true")
    parser.add_argument("--kill-at", type=int, default=0)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work()
        return
    with tempfile.TemporaryDirectory(prefix="lms-bench-", ignore_cleanup_errors=True) as folder:
        os.environ |= {"LMS_DATA_DIR": folder, "LMS_LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "lms.settings"}
        os.environ["LMS_JOB_LEASE_SECONDS"] = "30"
        os.environ.pop("LMS_DATABASE_URL", None)
        import django

        django.setup()
        before = os.getloadavg()[0]
        if given.kill_at:
            lines = killed_once(given.people, given.kill_at, folder)
        else:
            lines = measure(given.people, given.portion)
    at = datetime.now(UTC)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, SQLite"
    lines += [("machine", machine), ("load average", f"{before:.1f} before, {os.getloadavg()[0]:.1f} after")]
    text = f"# Issuing many certificates, {at:%Y-%m-%d %H:%M} UTC\n\n| | |\n|---|---|\n"
    text += "".join(f"| {name} | {value} |\n" for name, value in lines)
    sys.stdout.write(text)
    if not given.no_file:
        (ROOT / "bench" / "results" / f"{at:%Y-%m-%d}-issue-many-{given.people}.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
