"""The product as `script/server` starts it, once for all trips of a run, and one Chromium."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.trips.browser import CHROMIUM, ROOT, free_port


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """Start the product on an empty folder; yields its address and that folder."""
    folder = tmp_path_factory.mktemp("trip")
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LMS_", "DJANGO_", "PYTEST_"))}
    env |= {"PORT": str(port), "LMS_DATA_DIR": str(folder / "data"), "LMS_VENV": sys.prefix, "LMS_WEB_WORKERS": "1"}
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "script" / "launcher.py"), "server"], cwd=ROOT, env=env, stdout=log, stderr=log
    )
    deadline = time.monotonic() + 600
    while b"Ready after" not in (folder / "log").read_bytes():
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.fail("the product did not start:\n" + (folder / "log").read_text("utf-8", "replace")[-4000:])
        time.sleep(0.5)
    yield f"http://localhost:{port}", folder / "data"
    server.send_signal(signal.SIGINT)
    server.wait(timeout=40)


@pytest.fixture(scope="session")
def site(running) -> str:
    return running[0]


@pytest.fixture(scope="session")
def mailbox(running) -> Path:
    """Where the product puts its mails, a file each."""
    return running[1] / "mail"


@pytest.fixture(scope="module")
def chromium_browser():
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is installed by script/test")
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM)
        yield chromium
        chromium.close()
