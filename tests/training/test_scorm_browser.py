"""A package in a real Chromium: it finds its interface, reports, and goes on where its reader was."""

import shutil
import time

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.urls import reverse
from django.utils import timezone

from curriculum.library_blocks import pinned
from curriculum.models import ScormPackage
from tests.curriculum.scorm_zips import packed
from tests.factories import curriculum as factory
from tests.factories.training import make_cohort, make_enrolment
from training.models import ScormState

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)"),
]
playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is installed by script/test")


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's own loop runs in this thread
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM)
        yield chromium.new_context(viewport={"width": 390, "height": 800}).new_page()
        chromium.close()


@pytest.fixture
def answered(live_server):
    """Ends when the server has answered what a page sends when it is left: its thread shares the database with the test's."""
    going, last = [], [time.monotonic()]

    def begun(**kwargs) -> None:
        going.append(1)

    def ended(**kwargs) -> None:
        going.pop()
        last[0] = time.monotonic()

    request_started.connect(begun)
    request_finished.connect(ended)
    yield
    left = time.monotonic()
    while time.monotonic() - left < 20 and (going or time.monotonic() - max(left, last[0]) < 1):
        time.sleep(0.05)
    request_started.disconnect(begun)
    request_finished.disconnect(ended)


def test_it_reports_and_goes_on(
    page, transactional_db, live_server, client, own_base, own_registrar, student, monkeypatch, answered
):
    package = ScormPackage.receive(packed(), organisation=own_base, by=own_registrar, at=timezone.now())
    body = [("scorm_package", pinned("scorm_package", package)), *factory.LESSON_BODY]
    monkeypatch.setattr(factory, "LESSON_BODY", body)
    edition = factory.make_edition(own_base, timezone.now())
    enrolment = make_enrolment(make_cohort(edition, by=own_registrar), student)
    lesson = edition.items.filter(kind="lesson").first()
    client.force_login(student)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    address = live_server.url + reverse("lesson", args=[enrolment.uuid, lesson.uuid])

    page.goto(address)
    frame = page.frame_locator("iframe.scorm__frame").first
    playwright_api.expect(frame.locator("#place"), str(said)).to_have_text("was::ab-initio")
    playwright_api.expect(page.locator("[data-scorm-state]").first).to_contain_text("80")
    assert page.frames[1].evaluate("self.origin") == "null"  # no right in our pages
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=str(settings.DATA_DIR / "scorm.png"), full_page=True)

    page.goto(address)
    playwright_api.expect(frame.locator("#place"), str(said)).to_have_text("was:slide-7:resume")
    page.goto("about:blank")
    state = ScormState.objects.get(item=lesson)
    assert (state.success, state.score, state.cmi["suspend_data"]) == ("passed", 80, "slide-7")
