"""Agreement of marks. Expected figures are published ones (source beside each), or worked out by hand as said."""

import random

import pytest

from assessments.reliability import (
    Rating,
    alpha,
    bands_apart,
    drift,
    interval,
    marker_intervals,
    severity,
    weighted_kappa,
)  # fmt: skip

N = None
# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C and D: four observers, twelve units.
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]
UNITS = [[row[unit] for row in KRIPPENDORFF if row[unit] is not N] for unit in range(12)]


@pytest.mark.parametrize(
    ("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_the_published_example(metric, published):
    assert alpha(UNITS, metric) == pytest.approx(published, abs=0.0005)


def test_alpha_of_the_published_binary_example():
    """The same paper, section A: two observers, ten units, α = 0.095."""
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert alpha(list(zip(meg, owen, strict=True)), "nominal") == pytest.approx(0.095, abs=0.0005)


def test_alpha_does_not_depend_on_order():
    shuffled = [list(unit) for unit in UNITS]
    random.Random(7).shuffle(shuffled)
    for unit in shuffled:
        random.Random(8).shuffle(unit)
    assert alpha(shuffled, "ordinal") == pytest.approx(alpha(UNITS, "ordinal"))


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([], None),
        ([[1], [2]], None),  # nobody marked the same script
        ([[3, 3], [3, 3]], None),  # no variation: chance would agree as well
        ([[1, 1], [5, 5]], 1.0),
        ([[1, 5], [5, 1]], -0.5),  # seen 2·16·2/1 = 64 over chance 2·2·2·16/3 = 42.67
    ],
)
def test_alpha_of_odd_data(units, expected):
    found = alpha(units)
    assert found is None if expected is None else found == pytest.approx(expected)


def test_an_unknown_metric_is_an_error():
    with pytest.raises(ValueError):
        alpha([[1, 2], [2, 2]], "logarithmic")


def table(*rows: list[int]) -> list[tuple[int, int]]:
    return [(i, j) for i, row in enumerate(rows) for j, times in enumerate(row) for _ in range(times)]


def test_kappa_of_the_published_examples():
    """Cohen (1968): κ = .492, weighted κ = .348; proportions × 100, his own weights of disagreement."""
    pairs = table([44, 7, 9], [5, 20, 5], [1, 3, 6])
    assert weighted_kappa(pairs, 3, "none") == pytest.approx(0.492, abs=0.0005)
    weights = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
    assert weighted_kappa(pairs, 3, weights) == pytest.approx(0.348, abs=0.0005)


def test_kappa_by_hand():
    """Two categories: every weighting is plain κ. Observed .70, chance .50: .40."""
    pairs = table([20, 5], [10, 15])
    for weights in ("none", "linear", "quadratic"):
        assert weighted_kappa(pairs, 2, weights) == pytest.approx(0.4)
    assert weighted_kappa([], 3) is None
    assert weighted_kappa([(1, 1), (1, 1)], 3) is None
    assert weighted_kappa([(0, 0), (2, 2)], 3) == 1


def marks(*rows: tuple[int, int, float]) -> list[Rating]:
    return [Rating(script, marker, total) for script, marker, total in rows]


def test_severity_is_found_through_common_scripts():
    """Marker 1 gives 10 points more than 2, who gives 4 more than 3, on scripts of very different quality."""
    true = {1: 8.0, 2: -2.0, 3: -6.0}  # they add up to zero
    ratings = []
    for script, (quality, pair) in enumerate([(40, (1, 2)), (90, (2, 3)), (60, (1, 3)), (75, (1, 2)), (55, (2, 3))]):
        ratings += [Rating(script, marker, quality + true[marker]) for marker in pair]
    found = severity(ratings)
    assert found == pytest.approx(true)


def test_who_shares_no_script_gets_no_figure_and_groups_stand_by_themselves():
    found = severity(marks((1, 1, 60), (1, 2, 70), (2, 3, 50), (2, 4, 90), (3, 5, 80)))
    assert found == pytest.approx({1: -5, 2: 5, 3: -20, 4: 20})


def test_drift_is_points_in_thirty_days():
    ratings = []
    for script in range(6):  # marker 1 is 1 point more lenient each ten days
        ratings += [Rating(script, 1, 60 + script, day=script * 10), Rating(script, 2, 60, day=script * 10)]
    assert drift(ratings) == pytest.approx({1: 3, 2: -3})
    assert drift(ratings[:4]) == {}  # two shared scripts prove nothing
    assert drift([Rating(s, m, 50, day=3) for s in range(4) for m in (1, 2)]) == {}  # all on one day


def test_an_interval_holds_its_figure_and_is_the_same_again():
    units = [list(unit) for unit in UNITS if len(unit) > 1]
    one = interval(units, alpha, seed=5)
    assert one == interval(units, alpha, seed=5)
    assert one.low <= one.value <= one.high
    assert one.high <= 1
    assert interval(units[:4], alpha, seed=5).low is None  # too few scripts for an interval
    assert interval([], alpha, seed=5) is None


def test_more_scripts_make_a_narrower_interval():
    draw = random.Random(3)
    scripts = [[quality + draw.gauss(0, 6), quality + draw.gauss(0, 6)] for quality in (draw.gauss(65, 12) for _ in range(160))]
    few, many = interval(scripts[:20], alpha, seed=1), interval(scripts, alpha, seed=1)
    assert many.high - many.low < few.high - few.low
    assert many.low < 0.8 < many.high  # the true value: 12² / (12² + 6²)


def test_an_interval_of_severity_tells_the_severe_from_the_unlucky():
    draw = random.Random(11)
    ratings = []
    for script in range(60):
        quality = draw.gauss(65, 10)
        for marker in draw.sample([1, 2, 3], 2):
            ratings.append(Rating(script, marker, quality + draw.gauss(0, 4) - (8 if marker == 3 else 0)))
    found = marker_intervals(ratings, severity, seed=2)
    assert found[3].surely_below(0)
    assert found[1].low > 0
    assert set(found) == {1, 2, 3}


def test_bands_apart():
    assert bands_apart([(0, 0), (2, 1), (1, 2), (3, 0)]) == {0: 1, 1: 2, 3: 1}
