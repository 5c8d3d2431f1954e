"""A version's life: drafted, edited, in force from a day, superseded the day before the next one begins."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from curriculum.models import Level, Module, NotReady, Syllabus, SyllabusStandard, Topic
from curriculum.syllabus_content import replace_content
from curriculum.syllabus_diff import compare
from curriculum.syllabus_drafts import new_draft, start_draft
from lms.lib.errors import WrongState
from tests.curriculum import alone
from tests.factories.curriculum import make_syllabus

course, edition = alone.course, alone.edition

AT = timezone.now()
FIRST, SECOND, THIRD = date(2020, 3, 26), date(2027, 1, 1), date(2028, 1, 1)


@pytest.fixture
def old(db):
    return make_syllabus()


def draft_of(source, slug="outline-2027", *, by=None, standard=None):
    return new_draft(source, slug=slug, version=slug[-4:], by=by, at=AT, standard=standard)


def dates(*versions):
    for version in versions:
        version.refresh_from_db()
    return [(v.in_force_from, v.in_force_until, v.superseded_by_id) for v in versions]


def test_a_new_version_supersedes_the_old_one_on_its_day(old):
    new = draft_of(old)
    new.bring_into_force(at=SECOND)
    assert dates(old, new) == [(FIRST, SECOND - timedelta(days=1), new.pk), (SECOND, None, None)]
    assert [old.state_at(day) for day in (FIRST - timedelta(days=1), SECOND - timedelta(days=1), SECOND)] == [
        "scheduled", "in_force", "superseded",
    ]  # fmt: skip
    assert [new.state_at(day) for day in (SECOND - timedelta(days=1), SECOND)] == ["scheduled", "in_force"]
    for day, version in ((FIRST, old), (SECOND - timedelta(days=1), old), (SECOND, new)):
        assert list(Syllabus.objects.in_force(day)) == [version]
    assert old.recompute_hash() == old.content_hash


def test_a_version_between_two_others_ends_when_the_later_one_begins(old):
    third, second = draft_of(old, "outline-2028"), draft_of(old, "outline-2027")
    third.bring_into_force(at=THIRD)
    second.bring_into_force(at=SECOND)
    assert dates(old, second, third) == [
        (FIRST, SECOND - timedelta(days=1), second.pk), (SECOND, THIRD - timedelta(days=1), third.pk), (THIRD, None, None),
    ]  # fmt: skip


def test_a_version_before_the_first_ends_when_the_first_begins(old):
    earlier = draft_of(old, "outline-2015")
    earlier.bring_into_force(at=date(2015, 1, 1))
    assert dates(earlier, old) == [(date(2015, 1, 1), FIRST - timedelta(days=1), old.pk), (FIRST, None, None)]


def test_a_version_that_had_ended_of_itself_keeps_its_end(old):
    Syllabus.objects.filter(pk=old.pk).update(in_force_until=date(2024, 12, 31))
    old.refresh_from_db()
    assert old.state_at(SECOND) == "ended"
    new = draft_of(old)
    new.bring_into_force(at=SECOND)
    assert dates(old) == [(FIRST, date(2024, 12, 31), new.pk)]
    assert old.state_at(SECOND) == "superseded"
    new.call_off(by=None, today=FIRST)
    assert dates(old) == [(FIRST, date(2024, 12, 31), None)]


def test_two_versions_can_not_begin_on_one_day(old):
    new = draft_of(old)
    with pytest.raises(WrongState, match="那一天"):
        new.bring_into_force(at=FIRST)
    new.refresh_from_db()
    assert new.is_draft and dates(old) == [(FIRST, None, None)]


def test_twice_is_refused_and_harmless(old):
    new = draft_of(old)
    same = Syllabus.objects.get(pk=new.pk)
    new.bring_into_force(at=SECOND)
    for version in (new, same):
        with pytest.raises(WrongState):
            version.bring_into_force(at=THIRD)
    assert dates(new) == [(SECOND, None, None)]


def test_called_off_before_its_day_the_old_one_goes_on(old, officer):
    new = draft_of(old)
    new.bring_into_force(at=SECOND)
    new.call_off(by=officer, today=SECOND - timedelta(days=1))
    assert dates(old, new) == [(FIRST, None, None), (None, None, None)]
    assert (new.status, new.content_hash) == ("draft", "")
    new.bring_into_force(at=THIRD)
    assert dates(old)[0][1] == THIRD - timedelta(days=1)


def test_called_off_between_two_others(old, officer):
    third, second = draft_of(old, "outline-2028"), draft_of(old, "outline-2027")
    third.bring_into_force(at=THIRD)
    second.bring_into_force(at=SECOND)
    second.call_off(by=officer, today=FIRST)
    assert dates(old, third) == [(FIRST, THIRD - timedelta(days=1), third.pk), (THIRD, None, None)]


def test_on_its_day_it_stays(old, officer):
    new = draft_of(old)
    new.bring_into_force(at=SECOND)
    with pytest.raises(WrongState):
        new.call_off(by=officer, today=SECOND)
    with pytest.raises(WrongState):
        new.discard(by=officer)


def test_what_a_course_is_built_on_stays(course, officer):
    syllabus = course.level.syllabus
    with pytest.raises(WrongState):
        syllabus.call_off(by=officer, today=FIRST - timedelta(days=1))


def test_a_copy_says_the_same_and_its_topics_are_the_same_topics(old):
    new = draft_of(old)
    assert new.base_id is None and new.drafted_from == old and not new.verified
    assert compare(old.content(), new.content()).topics and not compare(old.content(), new.content()).changed_topics
    moved = Topic.objects.get(module__level__syllabus=new, code="A1")
    moved.module = Module.objects.get(level__syllabus=new, code="skills")
    moved.title, moved.code = "新名", "Z1"
    moved.save()
    assert compare(old.content(), new.content()).counts() == {"moved": 1, "renamed": 1, "recoded": 1}


def test_replacing_keeps_the_rows_that_stay(old):
    new = draft_of(old)
    keys = {topic.code: topic.pk for topic in Topic.objects.filter(module__level__syllabus=new)}
    content = new.content()
    general, skills = content["levels"][0]["modules"]
    general["topics"][0]["code"], general["topics"][1]["code"] = "A2", "A1"  # they change codes
    skills["topics"].append(general["topics"].pop())  # and one moves
    skills["topics"].append(skills["topics"][0] | {"code": "B2", "lineage": ""})
    replace_content(new, content)
    topics = {t.code: t for t in Topic.objects.filter(module__level__syllabus=new).select_related("module")}
    assert {code: topic.pk for code, topic in topics.items() if code != "B2"} == {
        "A2": keys["A1"], "A1": keys["A2"], "B1": keys["B1"],
    }  # fmt: skip
    assert {code: topic.module.code for code, topic in topics.items()} == {
        "A2": "general", "A1": "skills", "B1": "skills", "B2": "skills",
    }  # fmt: skip
    assert topics["B2"].lineage != topics["B1"].lineage


def test_what_is_in_force_can_not_be_replaced_edited_or_saved(old, officer):
    for step in (
        lambda: replace_content(old, old.content() | {"version": "x"}),
        lambda: old.editing(edit_number=old.edit_number, by=officer, at=AT).__enter__(),
        old.save,
        lambda: old.discard(by=officer),
    ):
        with pytest.raises(WrongState):
            step()
    assert old.recompute_hash() == old.content_hash


def test_who_saw_another_state_is_refused(old, officer, reviewer):
    new = draft_of(old)
    other = Syllabus.objects.get(pk=new.pk)
    with new.editing(edit_number=0, by=officer, at=AT):
        pass
    with pytest.raises(WrongState), other.editing(edit_number=0, by=reviewer, at=AT):
        pytest.fail("the draft had changed")
    other.refresh_from_db()
    assert (other.edit_number, other.edited_by) == (1, officer)


def test_a_draft_changed_while_it_is_brought_into_force_is_looked_at_again(old, officer):
    new = draft_of(old)
    stale = Syllabus.objects.get(pk=new.pk)
    with new.editing(edit_number=0, by=officer, at=AT):
        pass
    with pytest.raises(WrongState):
        stale.bring_into_force(at=SECOND)
    assert dates(old, new) == [(FIRST, None, None), (None, None, None)]


def test_an_empty_draft_names_what_is_missing(old, officer):
    draft = start_draft(old.standard, slug="empty", version="x", by=officer, at=AT)
    with pytest.raises(NotReady) as refused:
        draft.bring_into_force(at=SECOND)
    assert len(refused.value.problems) == 1
    level = Level.objects.create(syllabus=draft, code="junior", title="初级", title_en="Junior")
    Module.objects.create(level=level, code="general", title="公共", title_en="General", hours=1)
    Level.objects.create(syllabus=draft, code="senior", title="高级", title_en="Senior")
    assert len(draft.obstacles()) == 2


# --- Several standards ----------------------------------------------------------------------------------------------


@pytest.fixture
def national(db):
    standard = SyllabusStandard.objects.create(slug="national", kind="national", title="国家大纲", issuer="测试")
    syllabus = make_syllabus("national-2020", in_force=False)
    syllabus.standard = standard
    syllabus.save()
    syllabus.bring_into_force(at=FIRST)
    return syllabus


@pytest.fixture
def city(db):
    return SyllabusStandard.objects.create(slug="city", kind="regional", region="某市", title="某市大纲", issuer="某市")


def test_standards_stand_side_by_side_and_the_national_one_leads(national, city):
    other = make_syllabus("group-2025", in_force=False)
    other.bring_into_force(at=date(2025, 1, 1))
    assert set(Syllabus.objects.in_force(SECOND)) == {national, other}
    assert dates(national) == [(FIRST, None, None)]
    assert Syllabus.objects.leading(SECOND) == national
    assert list(Syllabus.objects.national()) == [national]
    Syllabus.objects.filter(pk=national.pk).update(in_force_until=date(2024, 1, 1))
    assert Syllabus.objects.leading(SECOND) == other
    assert Syllabus.objects.leading(date(2019, 1, 1)) is None


def variant_of(national, city):
    return draft_of(national, "city-2027", standard=city)


def test_a_variant_adds_what_it_likes(national, city):
    variant = variant_of(national, city)
    assert (variant.base, variant.title) == (national, "某市大纲")
    module = Module.objects.get(level__syllabus=variant, code="general")
    Topic.objects.create(module=module, code="L1", title="本市政策", title_en="Local policy", hours=3, required=True)
    Topic.objects.filter(module=module, code="A1").update(hours=Decimal("1.5"))
    elective = Topic.objects.get(module__level__syllabus=variant, code="B1")  # the base's elective gives way to its own
    Topic.objects.create(module=elective.module, code="L2", title="本市实务", title_en="Local practice", hours=1)
    elective.delete()
    module.hours += 3
    module.save()
    variant.bring_into_force(at=SECOND)
    assert set(Syllabus.objects.in_force(SECOND)) == {national, variant}


def test_a_variant_that_takes_away_is_refused_with_each_item_named(national, city):
    variant = variant_of(national, city)
    topics = Topic.objects.filter(module__level__syllabus=variant)
    topics.filter(code="A1").delete()
    topics.filter(code="A2").update(hours=Decimal("0.99"), required=False)
    Module.objects.filter(level__syllabus=variant, code="general").update(hours=Decimal("1.99"))
    Module.objects.filter(level__syllabus=variant, code="skills").delete()
    Syllabus.objects.filter(pk=variant.pk).update(minutes_per_hour=40)
    variant.refresh_from_db()
    with pytest.raises(NotReady) as refused:
        variant.bring_into_force(at=SECOND)
    said = "\n".join(refused.value.problems)
    assert len(refused.value.problems) == 6
    for word in ("40", "1.99", "实务技能", "A1", "A2", "0.99"):
        assert word in said
    assert Syllabus.objects.get(pk=variant.pk).is_draft


def test_a_variant_drops_a_competence_or_moves_a_topic_to_another_level(national, city):
    variant = variant_of(national, city)
    topic = Topic.objects.get(module__level__syllabus=variant, code="A1")
    topic.competences.clear()
    senior = Level.objects.create(syllabus=variant, code="senior", title="高级", title_en="Senior", position=2)
    topic.module = Module.objects.create(level=senior, code="general", title="公共", title_en="General", hours=2)
    topic.save()
    assert len(variant.obstacles()) == 2


def test_a_regional_variant_without_a_base_is_refused(national, city):
    variant = variant_of(national, city)
    Syllabus.objects.filter(pk=variant.pk).update(base=None)
    variant.refresh_from_db()
    with pytest.raises(NotReady):
        variant.bring_into_force(at=SECOND)


@pytest.mark.parametrize(
    "change",
    [
        lambda a, b: SyllabusStandard.objects.create(slug="second", kind="national", title="又一", issuer="x"),
        lambda a, b: SyllabusStandard.objects.create(slug="nowhere", kind="regional", title="无地区", issuer="x"),
        lambda a, b: Syllabus.objects.filter(pk=b.pk).update(in_force_until=None, superseded_by=None),
        lambda a, b: Syllabus.objects.filter(pk=b.pk).update(in_force_from=a.in_force_from, in_force_until=SECOND),
        lambda a, b: Syllabus.objects.filter(pk=a.pk).update(superseded_by=b),
        lambda a, b: Syllabus.objects.filter(pk=b.pk).update(status="draft"),
    ],
)
def test_the_database_refuses_it_too(national, change):
    new = draft_of(national, "national-2027")
    new.bring_into_force(at=SECOND)
    with pytest.raises(IntegrityError), transaction.atomic():
        change(new, national)
