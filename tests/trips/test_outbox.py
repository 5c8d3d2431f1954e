"""Nothing that showed "saved" is lost, and what the page only kept is sent later: the web server is killed in the middle of
typing and started again, tabs are closed, the network goes, somebody else signs in.

A web process of its own on a small database made here, so that the trips' shared product is left alone.
"""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.trips.browser import PASSWORD, ROOT, Person, free_port, needs_browser

pytestmark = needs_browser

FILL = """
import django; django.setup()
from django.core.management import call_command
from tests.straight import make_tables
make_tables()
call_command("collectstatic", interactive=False, verbosity=0)
from datetime import datetime
from django.utils import timezone
from allauth.account.models import EmailAddress
from accounts.models import Organisation, Role, User
from assessments.models import Submission
from tests.factories.assessments import make_run
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment, make_person
at = timezone.now()
base = Organisation.objects.create(kind="base", name="测试基地", name_en="Test Base", slug="base", accredited_levels=["junior"],
                                   accredited_from=datetime(2020, 1, 1).date())
cohort = make_cohort(make_edition(base, at), by=make_person("教务", at_base=base, role=Role.REGISTRAR))
for key in ("one", "two"):
    user = User.objects.create_user(f"{key}@lms.example", "%s", full_name=f"测试学员{key}")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    print(Submission.start(make_run(make_enrolment(cohort, user)), at=at).uuid)
""" % PASSWORD  # noqa: UP031 - braces belong to the script


class Web:
    """The web process alone, on its own folder; dies and comes back on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port, self.process = free_port(), None
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LMS_", "DJANGO_", "PYTEST_"))}
        self.env = env | {"PORT": str(self.port), "LMS_DATA_DIR": str(folder), "LMS_SAMPLE_SITE": "1",
                          "DJANGO_SETTINGS_MODULE": "lms.settings"}  # fmt: skip
        self.log = (folder / "log").open("ab")
        self.site = f"http://localhost:{self.port}"

    def run(self, *command: str) -> str:
        how = {"cwd": ROOT, "env": self.env, "check": True, "capture_output": True, "text": True}
        return subprocess.run([sys.executable, *command], **how).stdout

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "lms.wsgi:application", "--bind", f"127.0.0.1:{self.port}", "--workers", "1",
                   "--threads", "4"]  # fmt: skip
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=self.log, stderr=self.log, start_new_session=True)
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.site}/accounts/login/", timeout=5).close()
                return
            except OSError:
                time.sleep(0.1)
        pytest.fail("the web process did not start")

    def kill(self) -> None:
        """SIGKILL, the master with its workers: nobody gets to say good-bye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    web = Web(tmp_path_factory.mktemp("outbox"))
    web.works = web.run("-c", FILL).split()
    web.start()
    yield web
    web.kill()


@pytest.fixture
def one(web, chromium_browser):
    person = Person(chromium_browser, web.site, "one", language="en")
    yield person
    person.close()


def state(person) -> str:
    return person.page.locator("[data-draft-state]").inner_text()


def wait_for_state(person, pattern: str, page=None, timeout: float = 15_000) -> str:
    from playwright.sync_api import expect

    place = (page or person.page).locator("[data-draft-state]")
    expect(place).to_have_text(re.compile(pattern), timeout=timeout)
    return place.inner_text()


KEPT = "not yet sent|尚未发送|还没有发送"


def open_work(person, work: str, page=None):
    page = page or person.page
    page.goto(f"{person.site}/practice/work/{work}/")
    return page.locator("[name='f.problem']")


def test_the_server_dies_while_somebody_types(web, one):
    box = open_work(one, web.works[0])
    box.fill("第一句。")
    wait_for_state(one, r"\d\d:\d\d:\d\d")
    web.kill()
    box.fill("第一句。第二句，服务器已经不在。")
    wait_for_state(one, KEPT)
    one.page.locator("[name=save]").last.click()  # the page stays, whatever is pressed
    wait_for_state(one, KEPT)
    assert box.input_value() == "第一句。第二句，服务器已经不在。"
    web.start()
    wait_for_state(one, r"\d\d:\d\d:\d\d", timeout=30_000)
    assert open_work(one, web.works[0]).input_value() == "第一句。第二句，服务器已经不在。"


def test_a_closed_tab_sends_from_any_page_afterwards(web, one):
    tab = one.context.new_page()
    box = open_work(one, web.works[0], tab)
    one.context.set_offline(True)
    box.fill("关掉标签页之前写的。")
    wait_for_state(one, KEPT, tab)
    tab.close()
    one.context.set_offline(False)
    one.page.goto(f"{one.site}/desk/")
    one.page.wait_for_timeout(2500)
    assert open_work(one, web.works[0]).input_value() == "关掉标签页之前写的。"


def test_a_file_waits_for_the_network(web, one):
    open_work(one, web.works[0])
    one.context.set_offline(True)
    one.page.set_input_files("input[type=file]", {"name": "测算.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    one.page.locator("[data-upload]").click()
    one.page.get_by_text("测算.csv").wait_for()
    assert re.search(KEPT, one.page.locator("[data-files-waiting]").inner_text())
    one.context.set_offline(False)
    one.page.locator("[data-files] a", has_text="测算.csv").wait_for(timeout=10_000)
    assert one.page.locator("[data-files-waiting]").is_hidden()


def test_a_conflict_offers_both(web, one):
    here, there = one.page, one.context.new_page()
    box = open_work(one, web.works[0])
    other = open_work(one, web.works[0], there)
    here.route("**/autosave/", lambda route: route.abort())  # only this page: the other would send for it once the net is back
    box.fill("这里写的。")
    wait_for_state(one, KEPT)
    here.close()
    other.fill("另一处写的。")
    stale = there.locator("[data-stale]")
    stale.wait_for(state="visible")  # what waited in the outbox was sent before what this page sends
    stale.locator("summary").click()
    assert (other.input_value(), "这里写的。" in stale.inner_text()) == ("另一处写的。", True)
    stale.locator("[data-take-newer]").click()
    assert other.input_value() == "这里写的。"
    there.wait_for_function("() => lmsOutbox.all().then(found => found.length === 0)", timeout=10_000)
    there.close()


def entries(page) -> int:
    return page.evaluate("lmsOutbox.all().then(found => found.length)")


def everything(page) -> int:
    """Whoever's it is."""
    return page.evaluate("""new Promise(resolve => {
        const asked = indexedDB.open("lms-outbox", 1);
        asked.onsuccess = () => {
            const found = asked.result.transaction("entries").objectStore("entries").getAll();
            found.onsuccess = () => resolve(found.result.length);
        };
    })""")


def leave_something(one, web) -> None:
    box = open_work(one, web.works[0])
    one.context.route("**/autosave/", lambda route: route.abort())
    box.fill("还没有发送的字。")
    wait_for_state(one, KEPT)
    assert everything(one.page) == 1


def test_signing_out_asks_and_takes_it_away(web, one):
    leave_something(one, web)
    said = []
    one.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    one.page.locator(".site-tools details.menu > summary").first.click()
    with one.page.expect_navigation():
        one.page.locator("form[action$='/accounts/logout/'] button").click()
    assert said
    assert everything(one.page) == 0


def test_somebody_else_on_the_same_machine_finds_nothing(web, one):
    leave_something(one, web)
    one.context.clear_cookies()  # the session ran out; nobody signed out
    one.log_in("two@lms.example", PASSWORD)
    one.page.wait_for_function("lmsOutbox.all().then(found => true)")
    assert everything(one.page) == 0
