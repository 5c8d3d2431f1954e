"""The bar of the curriculum, in a real Chromium: a new base is accredited, writes a course from a manuscript, sees its gaps
shrink to none, passes both reviews and opens for enrolment. Nobody touches Django's admin or the command line.
"""

import re
import time
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.trips.browser import Person, needs_browser
from tests.trips.manuscript import junior_manuscript

pytestmark = needs_browser
pytest.importorskip("playwright.sync_api", reason="playwright is installed by script/test")
pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is installed by script/test")

BASE, TRAINEE, SECRET = "新设示例基地", "许新学", "a-long-enough-one-7"
PEOPLE = {"author": "林新编", "base_reviewer": "高新审", "registrar": "唐新教", "instructor": "方新师"}
GAPS = re.compile(r"(\d+) 处缺项")


def give_roles(officer: Person) -> None:
    """The authority accredits the base for the junior level and invites one person for each role."""
    page = officer.page
    officer.go("/people/organisations/new/")
    page.select_option("select[name=kind]", "base")
    page.fill("input[name=name]", BASE)
    page.fill("input[name=name_en]", "New Sample Base")
    page.fill("input[name=slug]", "new-sample-base")
    page.fill("input[name=accredited_from]", date.today().isoformat())
    page.check("input[name=accredited_levels][value=junior]", force=True)
    officer.look("new-base")
    with page.expect_navigation():
        page.locator("main form[method=post] button.btn--primary").click()
    home = page.url
    for role, name in PEOPLE.items():
        officer.go(f"{home}roles/new/")
        page.fill("input[name=email]", f"new-{role}@lms.example".replace("_", "-"))
        page.fill("input[name=full_name]", name)
        page.select_option("select[name=role]", role)
        with page.expect_navigation():
            page.locator("main form[method=post] button.btn--primary").click()
        assert page.url == home
    officer.look("base-people")
    assert all(name in page.inner_text("main") for name in PEOPLE.values())


def mailed_link(mailbox: Path, email: str, path: str) -> str:
    """The address below that path in a mail to the person, once it has come."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for file in mailbox.glob("*"):
            for raw in file.read_bytes().split(b"-" * 79):
                mail = message_from_bytes(raw.strip(), policy=policy.default)
                body = mail.get_body(("plain",)) if mail["To"] == email else None
                if body and (found := re.search(rf"http\S+{path}\S+", body.get_content())):
                    return found[0]
        time.sleep(0.2)
    raise AssertionError(f"no mail to {email}")


def invited(browser, site: str, mailbox: Path, role: str) -> Person:
    """Open the link of the invitation, set a password, log in."""
    email = f"new-{role}@lms.example".replace("_", "-")
    person = Person(browser, site)
    page = person.page
    page.goto(mailed_link(mailbox, email, "/accounts/password/reset/key/"))
    page.fill("input[name=password1]", SECRET)
    page.fill("input[name=password2]", SECRET)
    with page.expect_navigation():
        page.press("input[name=password2]", "Enter")
    person.log_in(email, SECRET)
    return person


def signed_up(browser, site: str, mailbox: Path) -> Person:
    """Somebody opens an account and confirms the address by the link in the mail."""
    email, person = "new-trainee@lms.example", Person(browser, site)
    page = person.page
    person.go("/accounts/signup/")
    page.fill("input[name=full_name]", TRAINEE)
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", SECRET)
    page.fill("input[name=password2]", SECRET)
    page.check("input[name=terms]", force=True)
    with page.expect_navigation():
        page.locator("main form[method=post] button").first.click()
    page.goto(mailed_link(mailbox, email, "/accounts/confirm-email/"))
    if page.locator("main form[method=post] button").count():
        with page.expect_navigation():
            page.locator("main form[method=post] button").first.click()
    if "/desk/" not in page.url:
        person.log_in(email, SECRET)
    return person


def make_course(author: Person) -> str:
    """The author begins a course in the editor; returns the address of its comparison with the syllabus."""
    from playwright.sync_api import expect

    page = author.page
    author.go("/authoring/")
    author.look("authoring-empty")
    page.get_by_role("link", name="新建课程").click()
    page.fill("input[name=title]", "初级技术经理人（新基地）")
    page.fill("input[name=title_en]", "Junior technology manager (new base)")
    page.select_option("select[name=level]", index=1)
    expect(page.locator("input[name=slug]")).not_to_have_value("")  # the editor makes it from the title, a moment later
    with page.expect_navigation():
        page.get_by_role("button", name="保存草稿").click()
    number = re.search(r"/pages/(\d+)/edit/", page.url)[1]
    return f"/authoring/courses/{number}/"


def gap_count(author: Person, course: str) -> int:
    author.go(course)
    found = GAPS.search(author.page.inner_text("main"))
    return int(found[1]) if found else 0


def bring_manuscript(author: Person, course: str) -> None:
    page = author.page
    author.go(course)
    page.get_by_role("link", name="导入书稿").click()
    author.look("manuscript-upload")
    file = {"name": "初级课程.docx", "buffer": junior_manuscript(), "mimeType": "application/octet-stream"}
    page.set_input_files("input[type=file]", file)
    with page.expect_navigation():
        page.get_by_role("button", name="上传并查看").click()
    author.look("manuscript")
    assert page.locator("h2[id^=lesson-]").count() == 8
    with page.expect_navigation():
        page.locator("#lessons button.btn--primary").click()
    assert "请写出图上是什么" in page.inner_text(".error-summary")  # the picture without words
    author.look("manuscript-refused")
    for field in page.locator("input[name$='-alt']").all():
        if not field.input_value():
            field.fill("流程图：从挖掘需求到履约登记的八个环节依次相连。")
    with page.expect_navigation():
        page.locator("#lessons button.btn--primary").click()
    assert page.locator("tbody tr").count() == 8
    author.look("manuscript-made")


def copy_cases(author: Person, course: str) -> None:
    page = author.page
    author.go(course)
    page.get_by_role("link", name="从现成案例开始").click()
    author.look("case-templates")
    for slug in ("invention-disclosure", "contract-registration"):
        page.check(f"input[name=cases][value={slug}]", force=True)
    with page.expect_navigation():
        page.get_by_role("button", name="复制所选案例").click()


def approve(person: Person, course_title: str) -> None:
    page = person.page
    person.go("/reviews/?status=waiting")
    page.get_by_role("link", name=course_title).first.click()
    person.look("review")
    person.submit("/approve/")


def open_cohort(registrar: Person) -> None:
    page, today = registrar.page, date.today()
    registrar.go("/cohorts/new/")
    page.select_option("select[name=edition]", index=1)
    page.fill("input[name=title]", "新基地初级第一期")
    page.fill("input[name=code]", "NB-1")
    page.fill("input[name=starts_on]", (today + timedelta(days=7)).isoformat())
    page.fill("input[name=ends_on]", (today + timedelta(days=97)).isoformat())
    page.fill("input[name=enrol_from]", f"{today.isoformat()}T00:00")
    page.fill("input[name=enrol_until]", f"{(today + timedelta(days=6)).isoformat()}T00:00")
    page.fill("input[name=seats]", "30")
    page.check("input[name=instructors]", force=True)
    registrar.look("cohort-new")
    with page.expect_navigation():
        page.locator("main form[method=post] button.btn--primary").click()
    page.get_by_role("link", name="开班").first.click()
    with page.expect_navigation():
        page.locator("main form[method=post] button.btn--primary").click()
    registrar.look("cohort-open")


def test_a_new_base_comes_to_its_first_trainee(site, mailbox, chromium_browser):
    begun = time.monotonic()
    officer = Person(chromium_browser, site, "officer")
    give_roles(officer)
    officer.close()

    author = invited(chromium_browser, site, mailbox, "author")
    course = make_course(author)
    counts = [gap_count(author, course)]
    author.look("course-gaps")
    bring_manuscript(author, course)
    counts.append(gap_count(author, course))
    copy_cases(author, course)
    counts.append(gap_count(author, course))
    assert counts[0] > counts[1] > counts[2] == 0, counts
    author.look("course-complete")
    author.submit("/submit/")
    author.close()

    for person in (invited(chromium_browser, site, mailbox, "base_reviewer"), Person(chromium_browser, site, "reviewer")):
        approve(person, "初级技术经理人（新基地）")
        person.close()

    registrar = invited(chromium_browser, site, mailbox, "registrar")
    open_cohort(registrar)

    trainee = signed_up(chromium_browser, site, mailbox)
    trainee.go("/learn/cohorts/")
    trainee.look("catalogue")
    with trainee.page.expect_navigation():
        trainee.page.locator("main a[href*='/enrol/']").filter(has_text="新基地初级第一期").first.click()
    trainee.look("enrol")
    with trainee.page.expect_navigation():
        trainee.page.locator("main form[method=post] button.btn--primary").first.click()
    assert "/learn/" in trainee.page.url and "新基地初级第一期" in trainee.page.inner_text("main")
    registrar.page.reload()
    assert TRAINEE in registrar.page.inner_text("main")
    assert time.monotonic() - begun < 30 * 60
