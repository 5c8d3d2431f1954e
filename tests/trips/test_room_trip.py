"""Two trainees at one table of the sample site, each in a browser of their own: one joins, one drops out of the network, and
neither ever reads the other's brief."""

import pytest

from tests.trips.browser import Person, needs_browser

pytestmark = needs_browser
LAB, FIRM = "一年不许发论文，博士后就走了", "董事会批了 400 万元现金"  # of the two private briefs


@pytest.fixture
def two(site, chromium_browser):
    waiting, joining = (Person(chromium_browser, site, key) for key in ("classmate2", "classmate3"))
    yield waiting, joining
    for person in (waiting, joining):
        person.close()


def open_case(person: Person) -> None:
    person.go("/learn/")
    person.page.get_by_role("link", name="产学研联合开发").first.click()


def offer(person: Person, **terms: str) -> None:
    page = person.page
    page.wait_for_selector("#move", timeout=30_000)
    for key, value in terms.items():
        field = page.locator(f"#term-{key}")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    with page.expect_navigation():
        page.click("button[name=step][value=offer]")


def test_two_browsers_at_one_table(two):
    lab, firm = two
    open_case(lab)
    lab.page.get_by_role("link", name="进入谈判桌").click()
    lab.page.wait_for_url("**/practice/rooms/**")
    address = lab.page.url
    open_case(firm)
    firm.page.get_by_role("link", name="找桌或开桌").click()
    firm.look()
    firm.page.locator("form:has(input[name=room]) button[value=firm]").click()
    firm.page.wait_for_url(address)
    firm.page.once("dialog", lambda dialog: dialog.accept())
    firm.page.click("button[name=begin]")

    offer(firm, fee="300", grant="100", front="20", royalty="1", owner="firm", paper="review")
    lab.page.wait_for_selector("#move", timeout=30_000)  # by polling, nobody touched this page
    assert FIRM not in lab.page.content() and LAB in lab.page.content()
    assert LAB not in firm.page.content() and FIRM in firm.page.content()
    lab.look()

    lab.context.set_offline(True)
    lab.page.wait_for_selector("#room-offline:not([hidden])", timeout=30_000)
    lab.page.fill("#message", "先把总经费谈够")
    lab.context.set_offline(False)
    lab.page.wait_for_selector("#room-offline", state="hidden", timeout=60_000)
    assert lab.page.input_value("#message") == "先把总经费谈够"
    offer(lab, fee="360", grant="80", front="30", royalty="2", owner="joint", paper="review")
    firm.page.wait_for_selector("#move", timeout=30_000)
    assert "先把总经费谈够" in firm.page.content()
    firm.look()
