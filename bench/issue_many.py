"""Measures how many certificates an hour one core signs, draws and logs: a list of awards, issued as its job does it.

    .venv/bin/python -m bench.issue_many --people 500

On SQLite in a folder of its own. The people are made by the tests' factory: a rule of hours, so the documents have hours but no
cases. Writes a table to bench/results/.
"""

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--portion", type=int, default=50)
    parser.add_argument("--no-file", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lms-bench-") as folder:
        os.environ |= {"LMS_DATA_DIR": folder, "LMS_LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "lms.settings"}
        os.environ.pop("LMS_DATABASE_URL", None)
        import django

        django.setup()
        before = os.getloadavg()[0]
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
