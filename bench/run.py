"""Measures what the product does per second, and at what cost, on SQLite or on PostgreSQL.

    script/bench                                    SQLite in a folder of its own
    script/bench --database postgres://user@host/lms_bench   a database whose name contains "bench": it is made anew

Starts gunicorn exactly as script/server does, drives it with 8 clients in processes of their own, writes a table to the
screen and to bench/results/. Rates are compared with a bare Django view measured in the same run: absolute numbers
drift with the machine, ratios do not. Client and server share the machine's cores.
"""

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]

import launcher  # noqa: E402  (how script/server starts things)

from bench.client import Call, Tally, drive  # noqa: E402

CSRF = "b" * 32
ACCEPT = "text/html,application/json"


@dataclass(frozen=True)
class Row:
    """One measured piece of work."""

    name: str
    rate: float
    p50: float
    p95: float
    p99: float
    queries: float | None
    most_queries: int | None
    requests: int
    errors: dict[str, int]


def summary(name: str, tallies: list[Tally]) -> Row:
    ms = sorted(value for tally in tallies for value in tally.ms)
    if not ms:
        errors = [tally.errors for tally in tallies]
        raise SystemExit(f"{name}: not one request succeeded: {errors}")
    queries = [value for tally in tallies for value in tally.queries]
    errors: dict[str, int] = {}
    for tally in tallies:
        for what, count in tally.errors.items():
            errors[what] = errors.get(what, 0) + count
    wall = max(tally.ended for tally in tallies) - min(tally.began for tally in tallies)

    def at(share: float) -> float:
        return ms[min(len(ms) - 1, int(len(ms) * share))]

    return Row(
        name, len(ms) / wall, at(0.5), at(0.95), at(0.99), statistics.mean(queries) if queries else None,
        max(queries) if queries else None, len(ms), errors,
    )  # fmt: skip


# --- Servers -------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Web:
    """gunicorn as script/server starts it, with another application where one is named."""

    def __init__(self, env: dict[str, str], application: str = "lms.wsgi:application") -> None:
        self.port = free_port()
        command = [application if part == "lms.wsgi:application" else part for part in launcher.web_command(self.port)]
        self.child = launcher.Child("web", command, env | {"PORT": str(self.port), "LMS_LAUNCHER_PID": str(os.getpid())})

    def __enter__(self) -> int:
        self.child.start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                time.sleep(1)  # the second worker
                return self.port
            except OSError:
                time.sleep(0.1)
        self.child.stop()
        raise SystemExit("gunicorn did not start")

    def __exit__(self, *args) -> None:
        self.child.stop()


def make_database(url: str, *, like: str = "", suffix: str = "") -> None:
    """Make the PostgreSQL database of that URL anew. Refuses a name that does not say it is for measuring.

    like: the end of the name of the one it is a copy of. suffix: the end of the name of the one that is made.
    """
    import psycopg

    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    if "bench" not in name or not name.replace("_", "").isalnum():
        raise SystemExit(f"The database {name!r} would be emptied; choose a name that contains 'bench'.")
    template = "" if like == suffix else f' TEMPLATE "{name}{like}"'
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}{suffix}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}{suffix}"{template}')


def manage(env: dict[str, str], *arguments: str) -> None:
    done = subprocess.run([str(launcher.PYTHON), "manage.py", *arguments], cwd=ROOT, env=env)
    if done.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed; the lines above say why.")


def up_to_date(env: dict[str, str]) -> None:
    manage(env, "migrate", "--verbosity", "0")
    manage(env, "collectstatic", "--noinput", "--verbosity", "0")


def prepare(env: dict[str, str], folder: Path) -> dict:
    say("Making the database and the sample site ...")
    up_to_date(env)
    manage(env, "seed_demo")
    say("200 more trainees ...")
    answer = folder / "world.json"
    manage(env, "shell", "--no-imports", "-c", f"from bench.world import write; write({str(answer)!r})")
    return json.loads(answer.read_text("utf-8"))


def kept_world(env: dict[str, str], folder: Path, kept: Path) -> dict:
    """Copy the world of an earlier run into the folder, or make one there and keep a copy for the next run.

    On PostgreSQL its database is kept beside, with "_world" after the name.
    """
    url = env.get("LMS_DATABASE_URL", "")
    if not (kept / "world.json").exists():
        world = prepare(env, folder)
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        if url:
            make_database(url, suffix="_world")
        return world
    say(f"The world of {kept}, as it was made there ...")
    if url:
        make_database(url, like="_world")
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    up_to_date(env)
    return json.loads((folder / "world.json").read_text("utf-8"))


# --- What is measured ------------------------------------------------------------------------------------------------


def get(path: str, session: str = "") -> Call:
    cookie = {"Cookie": f"sessionid={session}; django_language=zh-hans"} if session else {}
    return Call("GET", path, headers={"Accept": ACCEPT, **cookie})


def post(path: str, session: str, body: str, *, expect: int, counter: str = "") -> Call:
    headers = {
        "Cookie": f"sessionid={session}; csrftoken={CSRF}; django_language=zh-hans",
        "X-CSRFToken": CSRF,
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": ACCEPT,
    }
    return Call("POST", path, body=body, headers=headers, expect=expect, counter=counter)


def spread(calls: list[Call], clients: int) -> list[list[Call]]:
    return [calls[number::clients] for number in range(clients)]


def ceiling(env: dict[str, str], name: str, options: argparse.Namespace) -> Row:
    """Measure the bare view: before and after the rest, because a machine that others use drifts meanwhile."""
    with Web(env, "bench.bare:application") as port:
        calls = [[get("/")]] * options.clients
        drive(port, calls, seconds=1)
        return told(summary(name, drive(port, calls, seconds=options.seconds)))


def measure(port: int, world: dict, options: argparse.Namespace) -> list[Row]:
    """Return the rows whose names contain `--only`, in the order in which they are measured."""
    clients, seconds, rows = options.clients, options.seconds, []

    def timed(name: str, calls: list[Call]) -> None:
        if options.only not in name:
            return
        own = spread(calls, clients) if len(calls) > 1 else [calls] * clients
        first = summary(name, drive(port, own, seconds=1))  # warm-up: code, templates, caches
        if first.errors:
            raise SystemExit(f"{name}: {first.errors}")
        rows.append(told(summary(name, drive(port, own, seconds=seconds))))

    drafts, book = world["drafts"], world["gradebook"]
    timed("view that does nothing, behind our middleware", [get("/bench/nothing/")])
    timed("logged-in lesson page", [get(one["path"], one["session"]) for one in world["lessons"]])
    timed("logged-in course page", [get(one["path"], one["session"]) for one in world["courses"]])
    if options.only in (name := "autosave a work product"):
        # Each client writes its own work product; another one before, to warm up.
        saves = [
            [post(one["autosave"], one["session"], one["form"], expect=200, counter="number")]
            for one in drafts[: 2 * clients]
        ]
        drive(port, saves[clients:], seconds=1, start=drafts[0]["number"])
        tallies = drive(port, saves[:clients], seconds=seconds, start=drafts[0]["number"])
        rows.append(told(summary(name, tallies)))
    if options.only in (name := "hand in one work product (text)"):
        # Each draft can be handed in once, so this row is a number of hand-ins, not a time.
        declaration = "ai_used=no&no_secrets=on"
        hand_ins = [post(one["hand_in"], one["session"], declaration, expect=302) for one in drafts]
        drive(port, spread(hand_ins[: 2 * clients], clients), seconds=None)
        tallies = drive(port, spread(hand_ins[2 * clients :], clients), seconds=None)
        rows.append(told(summary(name, tallies)))
    timed("gradebook of 200 trainees", [get(book["path"], book["session"])])
    timed("gradebook, each time after a change to one trainee", [get(book["anew"], book["session"])])
    timed("gradebook, each time as the first reader", [get(book["anew"] + "?first", book["session"])])
    timed("verify one certificate by its link", [get(world["verify"])])
    return rows


def told(row: Row) -> Row:
    say(f"  {row.name}: {row.rate:.0f}/s" + (f", errors {row.errors}" if row.errors else ""))
    return row


# --- What is written ---------------------------------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    most = max(rows[0].rate, rows[-1].rate)
    lines = [
        "| work | requests/s | of the ceiling | p50 ms | p95 ms | p99 ms | SQL queries (most) | requests | errors |",
        "|---|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        queries = "–" if row.queries is None else f"{row.queries:.1f} ({row.most_queries})"
        errors = ", ".join(f"{count} × {what}" for what, count in row.errors.items()) or "0"
        lines.append(
            f"| {row.name} | {row.rate:.0f} | {row.rate / most:.1%} | {row.p50:.1f} | {row.p95:.1f} | {row.p99:.1f} "
            f"| {queries} | {row.requests} | {errors} |"
        )
    return "\n".join(lines)


def facts(database: str, options: argparse.Namespace, busy: str) -> str:
    names = ("Django", "wagtail", "gunicorn", "psycopg")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    load = f"{options.clients} clients, {options.seconds:.0f} s a row after 1 s of warm-up"
    return "\n".join([
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {revision()}",
        f"- {os.cpu_count()} cores ({processor()}), {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        f"- {versions}; database: {database}",
        f"- gunicorn with lms.webworker, {launcher.WORKERS} workers × {launcher.THREADS} threads; {load}, on the same machine",
        f"- load average of the machine: {busy} (what else ran is in it)",
        f"- cache: {'Redis' if os.environ.get('LMS_REDIS_URL') else 'files in the data folder'}; sessions: in the database",
    ])  # fmt: skip


def revision() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def database_words(url: str) -> str:
    if not url:
        import sqlite3

        return f"SQLite {sqlite3.sqlite_version} (WAL)"
    import psycopg

    with psycopg.connect(url) as connection:
        return "PostgreSQL " + connection.execute("SHOW server_version").fetchone()[0].split()[0]


def say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="", help="URL of a PostgreSQL database whose name contains 'bench'")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8, help="for each row")
    parser.add_argument("--no-file", action="store_true", help="write the table to the screen only")
    parser.add_argument("--world", type=Path, help="a folder that keeps what is measured on; made once, then copied")
    parser.add_argument("--only", default="", help="the rows whose names contain this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lms-bench-") as name:
        folder = Path(name)
        dropped = ("LMS_DATABASE_URL", "LMS_TESTING", "LMS_DEBUG")
        env = {key: value for key, value in os.environ.items() if key not in dropped}
        env |= {
            "LMS_DATA_DIR": str(folder / "data"), "LMS_SAMPLE_SITE": "1", "LMS_LOG_LEVEL": "WARNING", "LMS_TESTING": "0",
            "LMS_BASE_URL": "http://localhost", "DJANGO_SETTINGS_MODULE": "bench.settings", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        if options.database:
            make_database(options.database)
            env["LMS_DATABASE_URL"] = options.database
        world = kept_world(env, folder, options.world) if options.world else prepare(env, folder)
        say(f"{options.clients} clients, {options.seconds:.0f} s a row:")
        busy = [os.getloadavg()[0]]
        rows = [ceiling(env, "bare Django view (the ceiling)", options)]
        with Web(env) as port:
            rows += measure(port, world, options)
        rows.append(ceiling(env, "bare Django view, once more at the end", options))
        busy.append(os.getloadavg()[0])
        load = f"{busy[0]:.1f} before, {busy[1]:.1f} after"
        report = facts(database_words(options.database), options, load) + "\n\n" + table(rows) + "\n"
    say("\n" + report)
    if not options.no_file:
        kind = "postgresql" if options.database else "sqlite"
        target = ROOT / "bench" / "results" / f"{datetime.now(UTC):%Y-%m-%d}-{kind}.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(f"# Measured on {kind}\n\n{report}", "utf-8")
        say(f"Written to {target.relative_to(ROOT)}")
    if any(row.errors for row in rows):
        raise SystemExit("There were errors; the table names them.")


if __name__ == "__main__":
    main()
