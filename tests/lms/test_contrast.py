"""The design tokens keep WCAG AA: text 4.5 : 1, borders of fields 3 : 1, in light and dark."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "lms/static/lms/tokens.css").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(:root[^{]*)\{([^}]*--paper[^}]*)\}", CSS)
THEMES = [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", body)) for _selector, body in BLOCKS]
TEXT = ["ink", "ink-2", "ink-3", "brand", "accent", "accent-strong", "seal", "ok", "warn", "bad", "bad-strong", "info"]
GROUNDS = ["paper", "surface", "sunken"]
SOFT = ["accent", "seal", "ok", "warn", "bad", "info"]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


def test_three_lists_and_the_two_dark_ones_are_equal():
    assert len(THEMES) == 3
    assert THEMES[1] == THEMES[2]
    assert THEMES[0].keys() == THEMES[1].keys() | {"on-accent"}


@pytest.mark.parametrize("theme", THEMES[:2], ids=["light", "dark"])
def test_text_is_readable(theme):
    pairs = [(text, ground) for text in TEXT for ground in GROUNDS]
    pairs += [(name, f"{name}-soft") for name in SOFT] + [(ink, f"{n}-soft") for n in SOFT for ink in ("ink", "ink-2")]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-strong"), ("bad-strong", "bad-soft")]
    low = [(a, b, round(contrast(theme[a], theme[b]), 2)) for a, b in pairs if contrast(theme[a], theme[b]) < 4.5]
    assert low == []


@pytest.mark.parametrize("theme", THEMES[:2], ids=["light", "dark"])
def test_borders_of_fields_are_visible(theme):
    assert all(contrast(theme["line-strong"], theme[ground]) >= 3 for ground in GROUNDS)
