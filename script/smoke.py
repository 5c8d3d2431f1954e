"""Starts the product on an empty folder, as a person would, and treats it badly. Linux only (reads /proc).

Looks at public pages, kills the web and the worker (both come back), kills the launcher (nothing stays), starts again
(quick, data kept), stops by Ctrl-C (nothing stays). Ends only processes that it started.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORT = os.environ.get("PORT", "8765")
PAGES = [
    "/", "/verify/", "/syllabus/", "/issuers/", "/accounts/login/", "/accounts/signup/", "/health/", "/health/ready/",
    "/.well-known/did.json", "/status/1/",
]  # fmt: skip


class Failed(Exception):
    pass


def get(path: str) -> tuple[int, bytes]:
    """Return status and body; 0 while nothing listens."""
    try:
        with urllib.request.urlopen(f"http://localhost:{PORT}{path}", timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def until(what: str, seconds: float, question: Callable[[], object]) -> float:
    """Ask until the answer is yes; return after how long. Raises Failed at the deadline."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if question():
            return time.monotonic() - began
        time.sleep(0.2)
    raise Failed(f"not within {seconds:.0f} s: {what}")


def family(pid: int, *, generations: int = 99) -> dict[int, str]:
    """Return pid -> command of all that descends from that process, zombies left out."""
    parents: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state = (folder / "stat").read_text()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            after = state.rpartition(")")[2].split()
            if after[0] != "Z":
                parents[int(folder.name)] = (int(after[1]), command)
    found: dict[int, str] = {}
    fresh = {pid}
    while fresh and generations:
        generations -= 1
        fresh = {child for child, (parent, _) in parents.items() if parent in fresh and child not in found}
        found |= {child: parents[child][1] for child in fresh}
    return found


def alive(pids: dict[int, str]) -> list[int]:
    """Those still running; a number that another program has taken since doesn't count."""
    left = []
    for pid, command in pids.items():
        try:
            now = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if now and now == command:
            left.append(pid)
    return left


class Server:
    def __init__(self, folder: Path, log: Path) -> None:
        self.log = log
        env = os.environ | {"PORT": PORT, "LMS_DATA_DIR": str(folder)}
        self.process = subprocess.Popen(
            [str(ROOT / "script" / "server")], env=env, stdin=subprocess.DEVNULL, stdout=log.open("wb"),
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.seen: dict[int, str] = {}

    def family(self) -> dict[int, str]:
        found = family(self.process.pid)
        self.seen |= found
        return found

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_ready(self, seconds: float) -> float:
        def ready() -> bool:
            if self.process.poll() is not None:
                raise Failed("script/server ended by itself")
            return "\nStop with Ctrl-C." in self.text()

        return until("ready", seconds, ready)

    def pid_of(self, name: str) -> int:
        """The child of the launcher that runs gunicorn or celery; 0 when there is none just now."""
        self.family()
        children = family(self.process.pid, generations=1)
        children = [pid for pid, command in children.items() if f"guarded.py {name}" in command]
        return min(children, default=0)

    def clean_up(self) -> None:
        for pid in alive(self.seen):
            os.kill(pid, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def smoke(folder: Path) -> None:
    first = Server(folder / "data", folder / "first.log")
    try:
        say(f"ready after {first.wait_ready(300):.0f} s on an empty folder")
        for path in PAGES:
            status, _ = get(path)
            if status != 200:
                raise Failed(f"{path} answered {status}")
        if json.loads(get("/health/")[1])["status"] != "ok":
            raise Failed("/health/ is not ok")
        for state in ("valid", "revoked"):
            if not re.search(rf"^\S+\t{state}\t", first.text(), re.MULTILINE):
                raise Failed(f"no {state} sample certificate was printed")
        say("pages and sample certificates are there")

        other = subprocess.run(
            [str(ROOT / "script" / "server")], env=os.environ | {"PORT": PORT, "LMS_DATA_DIR": str(folder / "other")},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        if other.returncode == 0 or f"Port {PORT} is taken" not in other.stderr or "Traceback" in other.stderr:
            raise Failed(f"a taken port got no clear line: {other.stderr[-300:]}")

        for name in ("celery", "gunicorn"):
            before = first.pid_of(name)
            os.kill(before, signal.SIGKILL)
            took = until(f"{name} back", 30, lambda name=name, before=before: first.pid_of(name) not in (0, before))
            say(f"{name} killed, back after {took:.1f} s")
        until("pages back", 30, lambda: get("/health/ready/")[0] == 200)

        first.family()
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        took = until("no orphan", 20, lambda: not alive(first.seen) and get("/health/ready/")[0] == 0)
        say(f"launcher killed, all {len(first.seen)} processes gone after {took:.1f} s")
    finally:
        first.clean_up()

    second = Server(folder / "data", folder / "second.log")
    try:
        say(f"second start: ready after {second.wait_ready(60):.0f} s")
        if "is not well" in second.text():
            raise Failed("the second start came up unhealthy")
        if "Loading the sample site" in second.text():
            raise Failed("the second start made the sample site again")
        second.family()
        os.kill(second.process.pid, signal.SIGINT)
        second.process.wait(timeout=30)
        took = until("no orphan", 10, lambda: not alive(second.seen))
        say(f"Ctrl-C: exit code {second.process.returncode}, nothing left")
        if second.process.returncode != 0:
            raise Failed("Ctrl-C did not end it in order")
    finally:
        second.clean_up()


def say(text: str) -> None:
    print(f"smoke: {text}", flush=True)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="lms-smoke-"))
    try:
        smoke(folder)
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f"smoke: FAILED: {error}", file=sys.stderr)
        for log in sorted(folder.glob("*.log")):
            print(f"--- end of {log.name}", "\n".join(log.read_text(errors="replace").splitlines()[-40:]), sep="\n")
        sys.exit(1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say("ok")


if __name__ == "__main__":
    main()
