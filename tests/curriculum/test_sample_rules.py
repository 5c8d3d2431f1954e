"""The shipped cases that are played with state: every variant sound, every way to an end, and the debrief's sums right."""

import pytest

from curriculum import bargaining, engine
from curriculum.cases import CaseScript
from curriculum.paths import SOMETIME, ways
from curriculum.sample.loader import case_files, new_case, read

WITH_RULES = [path for path in case_files() if read(path).get("variables")]


def script_of(path) -> CaseScript:
    page = new_case(read(path), None)
    return CaseScript.from_content(page.serializable_data())


@pytest.mark.django_db
@pytest.mark.parametrize("path", WITH_RULES, ids=lambda path: path.stem)
def test_every_variant_can_be_played_to_its_end(path):
    script = script_of(path)
    assert script.problems() == []
    for variant in script.variants:
        found = ways(script.as_variant(variant.key))
        assert found and not any(way.stuck_at for way in found)
        assert len({tuple(way.variables.values()) for way in found}) > 3  # what one decides makes a difference


@pytest.mark.django_db
def test_the_price_talks_of_the_debrief():
    """Upfront 500, milestone 600, royalty 3 % of 4,000 a year: 500 + 270.5 + 205.1 = 975.6."""
    path = next(path for path in WITH_RULES if path.stem == "price-talks")
    script = script_of(path).as_variant("plain")
    talk = script.stage("table").negotiation
    state = engine.begin(script, at=SOMETIME)
    terms = {"upfront": 500, "milestone": 600, "royalty": 3, "scope": "exclusive"}
    assert engine.outcomes(state, talk, terms)[0][3] == pytest.approx(975.6, abs=0.1)
    # The firm takes it in the course of the talks, but never the appraisal in one sum.
    assert any(bargaining.answer(talk, [terms] * turn).accepted for turn in (1, 2, 3, 4))
    once = {"upfront": 1500, "milestone": 0, "royalty": 0, "scope": "exclusive"}
    assert not any(bargaining.answer(talk, [once] * turn).accepted for turn in (1, 2, 3, 4))
