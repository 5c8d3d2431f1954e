"""Two assessors of different bases mark thirty scripts blind, in a browser, by the keyboard alone; the reliability page then says
what Krippendorff's formula says of the marks that were typed."""

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.conftest import PASSWORD
from tests.trips.browser import ROOT, Person, needs_browser

pytestmark = needs_browser
pytest.importorskip("playwright.sync_api", reason="playwright is installed by script/test")
pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is installed by script/test")

SCRIPTS = 30
POINTS = {"need": (60, 30, 0), "terms": (40, 20, 0)}  # the factory's rubric, best band first: key 1, 2, 3
# Nobody's hand is on the mouse: a press of it anywhere stays in this browser's storage.
NO_MOUSE = "for (const k of ['mousedown', 'pointerdown', 'wheel']) addEventListener(k, () => localStorage.mouse = k, true)"


@pytest.fixture(scope="module")
def seeded(running) -> Iterator[dict]:
    _site, folder = running
    yield json.loads(in_the_product(folder, f"seed_scripts({SCRIPTS})").strip().splitlines()[-1])
    in_the_product(folder, "marks_from_the_base_again()")


def in_the_product(folder: Path, call: str) -> str:
    """Run a function of `tests/trips/scripts.py` on the running product's data; returns what it prints."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LMS_", "DJANGO_", "PYTEST_"))}
    env["LMS_DATA_DIR"] = str(folder)
    code = f"from tests.trips import scripts; scripts.{call}"
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr[-2000:]
    return made.stdout


def assessor(browser, site: str, key: str) -> Person:
    person = Person(browser, site)
    person.context.add_init_script(NO_MOUSE)
    person.log_in(f"{key}@people.example", PASSWORD)
    return person


def mark_all(person: Person, choose: Callable[[str], dict[str, int]], names: list[str]) -> dict[str, dict[str, int]]:
    """Mark until nothing is left, by keys alone. choose: code -> {criterion: key of the band}.

    Returns {code: {criterion: points}}.
    """
    from playwright.sync_api import expect

    page, press = person.page, person.page.keyboard.press
    given: dict[str, dict[str, int]] = {}
    person.go("/marking/")
    press("n")
    while len(given) < SCRIPTS:
        page.wait_for_url("**/marking/sheets/*/")
        code = page.inner_text(".sheet__code")
        assert not any(name in page.content() for name in names)
        keys = choose(code)
        for number, key in enumerate(keys.values()):
            if number:
                press("j")
            press(str(key))
        if not given:
            first_script(person)
        press("g")
        page.wait_for_url("**/give/")
        given[code] = {criterion: POINTS[criterion][key - 1] for criterion, key in keys.items()}
        expect(page.locator("main .btn--primary").first).to_be_focused()
        with page.expect_navigation():
            press("Enter")  # give it and take the next; the last one: give it
    page.wait_for_url("**/marking/")
    return given


def first_script(person: Person) -> None:
    """The rest of the desk once: the help, the comment, the bank, what there is to read. Every part is reached by a key."""
    page, press = person.page, person.page.keyboard.press

    def at(what: str) -> bool:
        return page.evaluate(f"document.activeElement.matches({what!r})")

    person.look("marking-desk")
    press("?")
    assert page.is_visible("[data-keys-help]")
    press("Escape")
    assert not page.is_visible("[data-keys-help]")
    for key, place in [("w", ".sheet__work"), ("t", "#trace summary"), ("i", "summary"), ("m", "summary"), ("r", "#rubric")]:
        press(key)
        assert at(place), key
    assert page.is_visible("#trace .timeline")  # unfolded by its key
    press("k")
    press("c")
    assert at("textarea[name='comment.need']")
    page.keyboard.type("j 2 g? 指标有依据。")  # no shortcut while typing
    press("Control+b")
    assert at("#bank-search")
    press("Tab")
    while not at("[data-bank-add='']"):
        press("Tab")
    press("Enter")
    page.wait_for_selector("#bank-list [data-bank-text]")
    page.keyboard.type("依据")
    press("ArrowDown")
    press("Enter")
    assert page.input_value("textarea[name='comment.need']").count("指标有依据。") == 2
    press("Escape")
    assert at("input[name='points.need']")
    press("o")
    page.keyboard.type("总体扎实。")
    press("Escape")
    press("p")  # a place on the picture
    page.wait_for_selector("rect.region--now", state="attached", timeout=60_000)
    for key in ("ArrowDown", "Shift+ArrowRight", "Enter"):
        press(key)
    page.keyboard.type("这里的数据从哪里来？")
    press("Escape")
    assert '"text":"这里的数据从哪里来？","region":[2500,2200,7700,4200]' in page.input_value("[name=notes]")


def krippendorff(units: list[list[Fraction]], distance: Callable[[Fraction, Fraction], Fraction]) -> Fraction:
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, by coincidences: 1 - (n - 1) Σ o·δ² / Σ n·n·δ²."""
    seen: Counter = Counter()
    for unit in units:
        for place, one in enumerate(unit):
            for other in unit[:place] + unit[place + 1 :]:
                seen[one, other] += Fraction(1, len(unit) - 1)
    each: Counter = Counter()
    for (one, _other), times in seen.items():
        each[one] += times
    total = sum(each.values())
    observed = sum(times * distance(one, other) for (one, other), times in seen.items())
    expected = sum(each[one] * each[other] * distance(one, other) for one in each for other in each)
    return 1 - (total - 1) * observed / expected


def ordinal(values: list[Fraction]) -> Callable[[Fraction, Fraction], Fraction]:
    """δ² for ranks: (the values from c to k, less half of those at both ends)²."""
    count = Counter(values)

    def distance(one: Fraction, other: Fraction) -> Fraction:
        low, high = sorted((one, other))
        between = sum(times for value, times in count.items() if low <= value <= high)
        return (between - Fraction(count[low] + count[high], 2)) ** 2 if low != high else Fraction(0)

    return distance


def test_thirty_scripts_by_two_hands_without_a_mouse(chromium_browser, site, seeded):
    dice = random.Random(20261128)
    truth: dict[str, dict[str, int]] = {}

    def first(code: str) -> dict[str, int]:
        return truth.setdefault(code, {criterion: dice.randint(1, 3) for criterion in POINTS})

    def second(code: str) -> dict[str, int]:
        """Mostly the same, now and then a band beside it."""
        keys = truth[code]
        return {c: min(3, max(1, key + dice.choice([0, 0, 0, 0, -1, 1]))) for c, key in keys.items()}

    given = []
    for key, choose in (("blind-one", first), ("blind-two", second)):
        person = assessor(chromium_browser, site, key)
        given.append(mark_all(person, choose, seeded["names"]))
        assert person.page.evaluate("localStorage.getItem('mouse')") is None
        assert "没有" in person.page.inner_text("main .lead")  # nothing is left for this assessor
        person.close()
    one, two = given
    assert set(one) == set(two) and len(one) == SCRIPTS

    moderator = Person(chromium_browser, site)
    moderator.log_in("blind-moderator@people.example", PASSWORD)
    moderator.go(f"/marking/quality/{seeded['assignment']}/")
    totals = [[Fraction(sum(marks[code].values())) for marks in (one, two)] for code in one]
    expected = krippendorff(totals, lambda a, b: (a - b) ** 2)
    shown = moderator.page.inner_text("section[aria-labelledby=whole] dd:first-of-type")
    assert re.match(r"-?\d\.\d+", shown)[0] == f"{float(expected):.3f}"
    rows = moderator.page.locator("section[aria-labelledby=criteria] tbody tr")
    for place, criterion in enumerate(POINTS):
        units = [[Fraction(marks[code][criterion]) for marks in (one, two)] for code in one]
        expected = krippendorff(units, ordinal([value for unit in units for value in unit]))
        cell = rows.nth(place).locator("td").first.inner_text()
        digits = len(re.match(r"-?\d\.(\d+)", cell)[1])
        assert re.match(r"-?\d\.\d+", cell)[0] == f"{float(expected):.{digits}f}", criterion
    moderator.close()
