"""Sets up and runs the product with nothing but the standard library. Called by the shells beside it.

    bootstrap   virtual environment and pinned requirements
    server      bootstrap, database, sample site, then web and worker, watched over until Ctrl-C
    test        bootstrap with test requirements, then pytest
    lint        style, migrations, locks
    bench       measurements (see bench/)
"""

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("LMS_VENV", ROOT / ".venv"))
BIN = VENV / "bin"
PYTHON = BIN / "python"
PIP = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
MADE = ".made"  # in the environment, once it is whole
WORKERS, THREADS = os.environ.get("LMS_WEB_WORKERS", "2"), os.environ.get("LMS_WEB_THREADS", "4")


def say(text: str) -> None:
    print(text, flush=True)


def stop_with(text: str) -> NoReturn:
    print(text, file=sys.stderr, flush=True)
    sys.exit(1)


def run(*command: object, env: dict[str, str] | None = None) -> None:
    """Run a command to its end; its failure is ours, and our end is its end."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, preexec_fn=die_with(os.getpid()))
    if done.returncode:
        sys.exit(done.returncode if done.returncode > 0 else 1)


def die_with(launcher: int) -> Callable[[], None]:
    """What a child does before it starts: on Linux, ask for an end when the launcher is gone, even by kill -9."""

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
            if os.getppid() != launcher:
                os._exit(1)

    return ask


# --- Set-up --------------------------------------------------------------------------------------------------------


def bootstrap(*locks: str) -> None:
    """Make the virtual environment and install each lock; a stamp of its hash makes the next time quick."""
    if not venv_is_whole():
        make_venv()
    for lock in locks or ("requirements.txt",):
        digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
        stamp = VENV / f".{lock}.sha256"
        if stamp.exists() and stamp.read_text() == digest:
            continue
        say(f"Installing {lock} ...")
        install(lock)
        stamp.write_text(digest)


def venv_is_whole() -> bool:
    """False too when an earlier set-up was interrupted before the environment had its pip."""
    if not PYTHON.exists():
        return False
    if (VENV / MADE).exists():
        return True
    has_pip = subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True).returncode == 0
    if has_pip:
        (VENV / MADE).touch()
    return has_pip


def make_venv() -> None:
    uv = shutil.which("uv")
    if uv:
        command = [uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(VENV)]
    elif importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        command = [sys.executable, "-m", "venv", str(VENV)]
    else:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        stop_with(
            f"This Python ({sys.executable}) has no venv module. On Debian or Ubuntu: apt install python{version}-venv"
        )
    say(f"Making {VENV} with Python {sys.version.split()[0]} ...")
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run(command, cwd=ROOT, preexec_fn=die_with(os.getpid())).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        stop_with("The virtual environment could not be made; the lines above say why.")
    (VENV / MADE).touch()


def install(lock: str) -> None:
    uv = shutil.which("uv")
    if uv:
        run(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON, "--require-hashes", "-r", lock)
        return
    pip_stamp = VENV / ".pip-upgraded"
    if not pip_stamp.exists():  # the pip that comes with Python takes twice as long
        upgraded = subprocess.run([*PIP, "--upgrade", "pip"], cwd=ROOT, preexec_fn=die_with(os.getpid()))
        if upgraded.returncode == 0:
            pip_stamp.touch()
    run(*PIP, "--require-hashes", "-r", lock)


# --- Server ----------------------------------------------------------------------------------------------------------


class Child:
    """A process we keep alive: restarted when it ends by itself, with a growing pause when it keeps ending."""

    def __init__(self, name: str, command: list[str], env: dict[str, str]) -> None:
        self.name, self.command, self.env = name, command, env
        self.process: subprocess.Popen | None = None
        self.started = 0.0
        self.not_before = 0.0
        self.pause = 0.5

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.env, start_new_session=True, preexec_fn=die_with(os.getpid())
        )
        self.started = time.monotonic()

    def watch(self) -> None:
        if self.process is None:
            if time.monotonic() >= self.not_before:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            if time.monotonic() - self.started > 30:
                self.pause = 0.5
            return
        say(f"{self.name} ended (exit code {code}); starting it again in {self.pause:.1f} s")
        self.kill_group(signal.SIGKILL)  # what it left behind
        self.process = None
        self.not_before = time.monotonic() + self.pause
        self.pause = min(self.pause * 2, 30)

    def kill_group(self, how: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=10)
        self.kill_group(signal.SIGKILL)


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


def server_env() -> dict[str, str]:
    env = dict(os.environ)
    env["PORT"] = env.get("PORT") or "8000"
    if not env["PORT"].isdigit() or not 0 < int(env["PORT"]) < 65536:
        stop_with(f"PORT must be a number from 1 to 65535; it is {env['PORT']}.")
    env["LMS_DATA_DIR"] = os.path.abspath(env.get("LMS_DATA_DIR") or ROOT / "data")
    env.setdefault("LMS_BASE_URL", f"http://localhost:{env['PORT']}")
    env.setdefault("LMS_SAMPLE_SITE", "1")
    env.setdefault("LMS_LOG_LEVEL", "WARNING")
    env["LMS_LAUNCHER_PID"] = str(os.getpid())
    env["PYTHONUNBUFFERED"] = "1"
    return env


def interrupted(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def server() -> None:
    began = time.monotonic()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, interrupted)  # a shell starts what it puts into the background with Ctrl-C ignored
    env = server_env()
    port = int(env["PORT"])
    if not port_is_free(port):
        stop_with(f"Port {port} is taken. Stop what uses it, or choose another: PORT={port + 1} script/server")
    bootstrap()
    data = Path(env["LMS_DATA_DIR"])
    data.mkdir(parents=True, exist_ok=True)
    prepare(data, env)
    children = [
        Child("web", web_command(port), env),
        # Celery warns about running as root, as containers do, and about the embedded broker having no host.
        Child("worker", worker_command(data), env | {"PYTHONWARNINGS": "ignore::UserWarning"}),
    ]
    stopping = False

    def ask_to_stop(signum, frame) -> None:
        nonlocal stopping
        stopping = True

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, ask_to_stop)
    try:
        for child in children:
            child.start()
        greeted = False
        answering_since = 0.0
        while not stopping:
            for child in children:
                child.watch()
            if not greeted and (found := health(port)):
                answering_since = answering_since or time.monotonic()
                # The worker gets a while to catch up with what waited for it; then the complaint is told.
                if found == "ok" or time.monotonic() - answering_since > 30:
                    greet(env, time.monotonic() - began, found)
                    greeted = True
            time.sleep(0.3)
    finally:
        say("\nStopping ...")
        for child in reversed(children):
            child.stop()
    say("Stopped. The data stays in " + str(data))


def prepare(data: Path, env: dict[str, str]) -> None:
    """Database, static files and sample site. Stamped, so that a second start does only what changed."""
    sources = sorted(
        [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("lms/lib/*/migrations/*.py"), ROOT / "requirements.txt"]
        + [path for path in ROOT.glob("*/static/**/*") if path.is_file()]
    )
    digest = hashlib.sha256()
    for path in sources:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    stamp = data / "prepared.sha256"
    new = not (data / "lms.sqlite3").exists() and not env.get("LMS_DATABASE_URL")
    if new:
        say("Making the database (about ten seconds) ...")
    if new or not stamp.exists() or stamp.read_text() != digest.hexdigest():
        collect = [str(PYTHON), "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        collecting = subprocess.Popen(collect, cwd=ROOT, env=env, preexec_fn=die_with(os.getpid()))
        run(PYTHON, "manage.py", "migrate", "--verbosity", "0", env=env)
        if collecting.wait():
            stop_with("The static files could not be collected; the lines above say why.")
        stamp.write_text(digest.hexdigest())
    seeded = data / "seeded"
    if env["LMS_SAMPLE_SITE"] == "1" and not seeded.exists():
        say("Loading the sample site (one to three minutes) ...")
        run(PYTHON, "manage.py", "seed_demo", env=env)
        seeded.touch()


def web_command(port: int) -> list[str]:
    return [
        str(PYTHON), str(ROOT / "script" / "guarded.py"), "gunicorn", "lms.wsgi:application",
        "--bind", f"0.0.0.0:{port}", "--workers", WORKERS, "--threads", THREADS, "--graceful-timeout", "8",
    ]  # fmt: skip


def worker_command(data: Path) -> list[str]:
    return [
        str(PYTHON), str(ROOT / "script" / "guarded.py"), "celery", "--quiet", "-A", "lms", "worker", "--beat",
        "--schedule", str(data / "beat-schedule"), "--pool", "threads", "--concurrency", "2",
        "--loglevel", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


def health(port: int) -> str:
    """Return "" while nothing answers, "ok", or what /health/ complains of."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5):
            return "ok"
    except urllib.error.HTTPError as error:
        return error.read(500).decode(errors="replace")
    except OSError:
        return ""


def greet(env: dict[str, str], seconds: float, state: str) -> None:
    base = env["LMS_BASE_URL"]
    if state != "ok":
        say(f"The site answers, but is not well: {state}")
    say("")
    say(f"Ready after {seconds:.0f} s:  {base}/")
    say(f"  start page after log-in  {base}/desk/")
    say(f"  verify a certificate     {base}/verify/")
    say(f"  editor (authors)         {base}/admin/")
    if env["LMS_SAMPLE_SITE"] == "1":
        say("")
        subprocess.run([str(PYTHON), "manage.py", "sample_logins"], cwd=ROOT, env=env)
        say("Certificates of the sample site (number, state, holder, address):")
        subprocess.run([str(PYTHON), "manage.py", "sample_numbers"], cwd=ROOT, env=env)
    say("\nStop with Ctrl-C.")


# --- Test, lint, bench -----------------------------------------------------------------------------------------------


def test(arguments: list[str]) -> None:
    bootstrap("requirements.txt", "requirements-dev.txt")
    env = dict(os.environ)
    env["LMS_TESTING"] = "1"
    parallel = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    if any(a.startswith("-n") or a == "-x" for a in arguments):
        parallel = []
    run(PYTHON, "-m", "pytest", *parallel, *arguments, env=env)


def lint(arguments: list[str]) -> None:
    bootstrap("requirements.txt", "requirements-dev.txt")
    env = dict(os.environ)
    env["LMS_TESTING"] = "1"
    run(PYTHON, "-m", "ruff", "check", ".", env=env)
    run(PYTHON, "manage.py", "makemigrations", "--check", "--dry-run", env=env)
    run(PYTHON, "manage.py", "check", env=env)
    for lock in ("requirements.txt", "requirements-dev.txt"):
        if "://" in (ROOT / lock).read_text():
            stop_with(f"{lock} names a host")
    say("lint: ok")


def bench(arguments: list[str]) -> None:
    bootstrap()
    run(PYTHON, "bench/run.py", *arguments)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  (whoever calls this file without its shell gets a clear line too)
        stop_with(f"This needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    # Every process we start loads 2,000 modules: compiled once and kept, that takes a third of the time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    verb, *arguments = sys.argv[1:] or ["help"]
    try:
        if verb == "bootstrap":
            bootstrap(*arguments)
        elif verb == "server":
            server()
        elif verb in ("test", "lint", "bench"):
            {"test": test, "lint": lint, "bench": bench}[verb](arguments)
        else:
            stop_with(__doc__ or "")
    except KeyboardInterrupt:
        stop_with("\nInterrupted; start it again to go on where it stopped.")


if __name__ == "__main__":
    main()
