"""What is exempted where standards overlap, on plain values: nothing counts twice, and no order changes anything."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from curriculum.equivalence import EXACT, Exemption, Ref, Statement, TopicHours, granted, resolve


def old(topic="", module="m", level="junior"):
    return Ref("old", level, module if topic or module else "", topic)


def new(topic="", module="m"):
    return Ref("new", "junior", module, topic)


OLD_LEVEL, NEW_LEVEL = Ref("old", "junior"), Ref("new", "junior")
TOPICS = [
    *(TopicHours(old(code), Decimal(2)) for code in "ab"),
    TopicHours(old("c"), Decimal(1), required=False),
    *(TopicHours(new(code), Decimal(hours)) for code, hours in (("A", 2), ("B", 4), ("C", 1))),
]


def says(name, sources, targets, hours=None, both=False):
    return Statement(name, frozenset(sources), frozenset(targets), hours and Decimal(hours), both)


def test_a_full_statement_exempts_the_topic():
    found = resolve([old("a")], NEW_LEVEL, [says("s", [old("a")], [new("A")])], TOPICS)
    assert found == [Exemption(new("A"), "s", Decimal(2))]


def test_a_partial_one_gives_its_hours_and_never_more_than_the_topic_has():
    part = says("s", [old("a")], [new("B")], 3)
    assert granted(resolve([old("a")], NEW_LEVEL, [part], TOPICS)) == 3
    two = [part, says("t", [old("b")], [new("B")], 3)]
    assert granted(resolve([old("a"), old("b")], NEW_LEVEL, two, TOPICS)) == 4


def test_everything_on_the_left_has_to_be_earned():
    both_needed = says("s", [old("a"), old("b")], [new("B")])
    assert resolve([old("a")], NEW_LEVEL, [both_needed], TOPICS) == []
    assert granted(resolve([old("a"), old("b")], NEW_LEVEL, [both_needed], TOPICS)) == 4


def test_a_module_is_earned_by_its_required_topics():
    of_module = says("s", [old()], [NEW_LEVEL])
    assert resolve([old("a")], NEW_LEVEL, [of_module], TOPICS) == []
    assert granted(resolve([old("a"), old("b")], NEW_LEVEL, [of_module], TOPICS)) == 7


def test_a_level_held_as_a_whole_holds_what_lies_in_it():
    assert granted(resolve([OLD_LEVEL], NEW_LEVEL, [says("s", [old("a")], [new("A")])], TOPICS)) == 2


def test_one_earned_topic_serves_one_statement_the_one_that_gives_most():
    rivals = [says("small", [old("a")], [new("A")]), says("large", [old("a")], [new("B")])]
    assert resolve([old("a")], NEW_LEVEL, rivals, TOPICS) == [Exemption(new("B"), "large", Decimal(4))]


def test_a_module_and_its_topic_are_not_counted_beside_each_other():
    rivals = [says("topic", [old("a")], [new("A")]), says("module", [old()], [new("B")])]
    assert granted(resolve([old("a"), old("b")], NEW_LEVEL, rivals, TOPICS)) == 4


def test_two_small_ones_beat_one_large_one():
    rivals = [says("1", [old("a"), old("b")], [new("B")]), says("2", [old("a")], [new("B")], 3),
              says("3", [old("b")], [new("A")])]  # fmt: skip
    found = resolve([old("a"), old("b")], NEW_LEVEL, rivals, TOPICS)
    assert granted(found) == 5 and {line.statement for line in found} == {"2", "3"}


def test_what_is_earned_in_the_level_itself_needs_no_exemption_and_pays_for_none():
    own = [says("s", [old("a")], [new("A")]), says("inside", [new("A")], [new("B")])]
    assert resolve([old("a"), new("A")], NEW_LEVEL, own, TOPICS) == []


def test_directions():
    back = says("s", [new("A")], [old("a")], both=True)
    assert granted(resolve([old("a")], NEW_LEVEL, [back], TOPICS)) == 2
    assert resolve([old("a")], NEW_LEVEL, [says("s", [new("A")], [old("a")])], TOPICS) == []


def test_nothing_is_chained():
    third = Ref("third", "junior", "m", "x")
    topics = [*TOPICS, TopicHours(third, Decimal(2))]
    chain = [says("1", [third], [old("a")]), says("2", [old("a")], [new("A")])]
    assert resolve([third], NEW_LEVEL, chain, topics) == []


def test_nothing_earned_nothing_exempted():
    assert resolve([], NEW_LEVEL, [says("s", [old("a")], [new("A")])], TOPICS) == []


PLACES = [old("a"), old("b"), old("c"), old(), OLD_LEVEL]
TARGETS = [new("A"), new("B"), new("C"), new(), NEW_LEVEL]
rules = st.lists(
    st.tuples(
        st.frozensets(st.sampled_from(PLACES), min_size=1, max_size=2),
        st.frozensets(st.sampled_from(TARGETS), min_size=1, max_size=2),
        st.none() | st.integers(1, 6).map(Decimal), st.booleans(),
    ),
    max_size=6,
).map(lambda rows: [Statement(f"{place}", *row) for place, row in enumerate(rows)])  # fmt: skip
earned = st.frozensets(st.sampled_from([*PLACES, *TARGETS[:3]]))


@given(rules, earned, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_no_order_of_the_input_changes_anything(statements, have, random):
    expected = resolve(have, NEW_LEVEL, statements, TOPICS)
    shuffled, topics, places = list(statements), list(TOPICS), sorted(have)
    for row in (shuffled, topics, places):
        random.shuffle(row)
    assert resolve(places, NEW_LEVEL, shuffled, topics) == expected


@given(rules, earned)
@settings(max_examples=200, deadline=None)
def test_no_topic_gets_more_hours_than_it_has_and_no_place_is_spent_twice(statements, have):
    found = resolve(have, NEW_LEVEL, statements, TOPICS)
    hours = {topic.ref: topic.hours for topic in TOPICS}
    for ref in {line.topic for line in found}:
        assert NEW_LEVEL in ref.above and not have.intersection(ref.above)
        assert sum(line.hours for line in found if line.topic == ref) <= hours[ref]
    used = [one for one in statements if one.id in {line.statement for line in found}]
    for one in used:
        assert one.hours is None or sum(line.hours for line in found if line.statement == one.id) <= one.hours * 2
        rivals = [o for o in used if o is not one]
        here = {t.ref for t in TOPICS if any(s in t.ref.above for s in one.sources)}
        for other in rivals:
            there = {t.ref for t in TOPICS if any(s in t.ref.above for s in other.sources)}
            assert not here & there


@given(rules.filter(lambda rows: len(rows) <= EXACT // 2), earned, st.sampled_from(PLACES))
@settings(max_examples=150, deadline=None)
def test_earning_more_never_exempts_less(statements, have, more):
    fewer = granted(resolve(have, NEW_LEVEL, statements, TOPICS))
    assert granted(resolve(have | {more}, NEW_LEVEL, statements, TOPICS)) >= fewer


def test_many_statements_in_conflict_are_settled_too_one_after_the_other():
    many = [says(f"{place:02}", [old("a")], [new("B")], 1 + place % 3) for place in range(EXACT + 20)]
    found = resolve([old("a")], NEW_LEVEL, many, TOPICS)
    assert found == [Exemption(new("B"), "02", Decimal(3))]
