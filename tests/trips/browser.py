"""A real Chromium and the people who sit before it, for the trips that start the whole product."""

import os
import shutil
import socket
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
IMAGES = ROOT / "docs" / "images"
PASSWORD = "sample-site-2026"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 860}

needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)"),
    pytest.mark.skipif(
        bool(os.environ.get("LMS_DATABASE_URL")), reason="the product is started on its embedded default"
    ),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Person:
    """One person's browser window."""

    def __init__(self, browser, site: str, key: str = "", language: str = "zh-CN") -> None:
        self.site = site
        self.context = browser.new_context(viewport=DESK, locale=language)
        self.context.set_default_timeout(20_000)
        self.page = self.context.new_page()
        if key:
            self.log_in(f"{key}@lms.example", PASSWORD)

    def log_in(self, email: str, password: str) -> None:
        self.page.goto(f"{self.site}/accounts/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url("**/desk/**")

    def go(self, path: str) -> None:
        response = self.page.goto(path if path.startswith("http") else self.site + path)
        assert response.status == 200, f"{path}: {response.status}"

    def look(self, name: str = "") -> None:
        """Have axe read the page, and see that it fits a phone; keep a picture for the tour when it has a name."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        serious = [
            f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:120]})"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert not serious, f"{self.page.url}: {serious}"
        self.page.set_viewport_size(PHONE)
        self.page.evaluate("scrollTo(0, 0)")
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{self.page.url} is {width} px wide on a phone"
        self.keep(f"{name}-phone" if name else "")
        self.page.set_viewport_size(DESK)
        self.page.evaluate("scrollTo(0, 0)")
        self.keep(name)

    def keep(self, name: str) -> None:
        """Keep a picture for docs/tour.md, with LMS_TOUR=1."""
        if name and os.environ.get("LMS_TOUR"):
            IMAGES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=IMAGES / f"{name}.png")

    def submit(self, action: str) -> None:
        """Press the first button of the form that posts to an address with this ending."""
        with self.page.expect_navigation():
            self.page.locator(f"main form[action$='{action}'] button:not([name])").first.click()

    def close(self) -> None:
        self.context.close()
