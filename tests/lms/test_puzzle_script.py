"""The script of the puzzle's page in a real Chromium: it finds an answer that the server takes, and the form waits for it."""

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory

from lms.lib.puzzle import is_solved, make
from tests.trips.browser import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)"),
]
WATCH = """() => addEventListener("submit", (event) => {
  self.sent = new FormData(event.target).get("puzzle_answer");
  event.preventDefault();
})"""
# No answer is found until `go`, so that the form is sent before there is one.
HOLD = """() => {
  const real = Hashes.sha256;
  Hashes.sha256 = (message) => (self.go ? real(message) : new Uint8Array(32).fill(255));
}"""
playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is installed by script/test")


def test_it_finds_the_answer_and_the_form_waits_for_it():
    puzzle = make(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1"), "a")
    box = render_to_string("components/puzzle.html", {"puzzle": puzzle}).partition("<script")[0]
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        page.set_content(f"<form action='about:blank' method='get'>{box}<button>go</button></form>")
        page.evaluate(WATCH)
        page.add_script_tag(path=finders.find("lms/hashes.js"))
        page.evaluate(HOLD)
        page.add_script_tag(path=finders.find("lms/puzzle.js"))
        page.click("button")
        assert page.evaluate("self.sent === undefined")
        page.evaluate("() => { self.go = true }")
        page.wait_for_function("self.sent !== undefined", timeout=60_000)
        answer = page.evaluate("self.sent")
        browser.close()
    data = {"puzzle": puzzle.ticket, "puzzle_answer": answer}
    assert is_solved(RequestFactory().post("/", data, REMOTE_ADDR="192.0.2.1"), "a")
