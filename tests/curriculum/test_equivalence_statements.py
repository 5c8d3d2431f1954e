"""Equivalence statements: two pairs of eyes, nothing edited once approved, drafts for the authority only."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from curriculum import equivalence
from curriculum.models import EquivalenceNode, EquivalenceStatement, Level, Module, Topic
from curriculum.models.equivalence import exemptions
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.conftest import make_user
from tests.factories.curriculum import make_syllabus

DAY = date(2026, 6, 1)


@pytest.fixture
def versions(db):
    return make_syllabus("old"), make_syllabus("new")


def topic(slug: str, code: str) -> Topic:
    return Topic.objects.get(module__level__syllabus__slug=slug, code=code)


def draft(by, *, sources=None, targets=None, **fields) -> EquivalenceStatement:
    values = {"title": "旧纲对应新纲", "issuer": "测试主管机构", "reason": "内容一致。", "valid_from": date(2026, 1, 1)}
    return EquivalenceStatement.draft(
        values | fields, sources or [topic("old", "A1")], targets or [topic("new", "A1")], by=by, at=timezone.now()
    )


@pytest.fixture
def approved(versions, reviewer, officer):
    statement = draft(reviewer)
    statement.approve(by=officer, at=timezone.now())
    return statement


# --- The record -----------------------------------------------------------------------------------------------------


def test_a_draft_counts_for_nothing_until_somebody_else_approves_it(versions, reviewer, officer):
    statement = draft(reviewer)
    assert not EquivalenceStatement.objects.valid(DAY).exists()
    with pytest.raises(WrongState, match="另一人"):
        statement.approve(by=reviewer, at=timezone.now())
    statement.approve(by=officer, at=timezone.now())
    assert EquivalenceStatement.objects.valid(DAY).get() == statement
    assert statement.content_hash.startswith("sha256:")
    with pytest.raises(WrongState):
        statement.approve(by=officer, at=timezone.now())


def test_whoever_changed_it_last_can_not_approve_it_either(versions, reviewer, officer):
    statement = draft(reviewer)
    values = {name: getattr(statement, name) for name in EquivalenceStatement.FIELDS}
    statement.change(values | {"title": "改"}, [topic("old", "A2")], [topic("new", "A2")], by=officer, at=timezone.now())
    with pytest.raises(WrongState):
        statement.approve(by=officer, at=timezone.now())
    assert [node.topic.code for node in statement.nodes.all()] == ["A2", "A2"]
    with pytest.raises(IntegrityError), transaction.atomic():  # the database knows it too
        EquivalenceStatement.objects.filter(pk=statement.pk).update(approved_by=officer)


def test_what_is_approved_is_not_edited_and_nothing_is_deleted(approved, officer):
    values = {name: getattr(approved, name) for name in EquivalenceStatement.FIELDS}
    with pytest.raises(WrongState):
        approved.change(values, [topic("old", "A2")], [topic("new", "A2")], by=officer, at=timezone.now())
    with pytest.raises(ImmutableRow):
        approved.save()
    with pytest.raises(ImmutableRow):
        approved.delete()
    with pytest.raises(ImmutableRow):
        approved.steps.all().delete()


def test_history_keeps_what_each_step_said(approved, officer):
    approved.withdraw(by=officer, at=timezone.now(), day=timezone.localdate(), reason="大纲修订")
    steps = list(approved.steps.all())
    assert [step.kind for step in steps] == ["drafted", "approved", "withdrawn"]
    assert steps[1].said["from"] == [["old", "junior", "general", "A1"]]
    assert steps[2].note == "大纲修订"


def test_withdrawing_ends_it_from_a_day_on_and_never_looks_back(approved, officer):
    today = timezone.localdate()
    with pytest.raises(WrongState):
        approved.withdraw(by=officer, at=timezone.now(), day=today - timedelta(days=1), reason="x")
    with pytest.raises(WrongState):
        approved.withdraw(by=officer, at=timezone.now(), day=today, reason="  ")
    later = today + timedelta(days=10)
    approved.withdraw(by=officer, at=timezone.now(), day=later, reason="x")
    assert EquivalenceStatement.objects.valid(later - timedelta(days=1)).exists()
    assert not EquivalenceStatement.objects.valid(later).exists()
    with pytest.raises(WrongState):
        approved.withdraw(by=officer, at=timezone.now(), day=later, reason="x")


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2025, 12, 31), False), (date(2026, 1, 1), True), (date(2026, 12, 31), True), (date(2027, 1, 1), False)],
)
def test_it_is_valid_between_its_days(versions, reviewer, officer, day, expected):
    draft(reviewer, valid_until=date(2026, 12, 31)).approve(by=officer, at=timezone.now())
    assert EquivalenceStatement.objects.valid(day).exists() is expected


def test_places_of_drafts_empty_sides_and_doubles_are_refused(versions, reviewer):
    make_syllabus("unborn", in_force=False)
    for sides in (
        {"targets": [topic("unborn", "A1")]}, {"sources": [topic("new", "A1")]},
        {"sources": [topic("old", "A1"), topic("new", "A1")]},
    ):  # fmt: skip
        with pytest.raises(WrongState):
            draft(reviewer, **sides)
    assert not EquivalenceStatement.objects.exists()


@pytest.mark.parametrize("fields", [{"coverage": "partial"}, {"hours": 2}, {"coverage": "partial", "hours": 0},
                                    {"valid_until": date(2025, 1, 1)}])  # fmt: skip
def test_the_database_refuses_nonsense(versions, reviewer, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        draft(reviewer, **fields)


def test_exemptions_from_the_rows(versions, reviewer, officer, django_assert_max_num_queries):
    new = Level.objects.select_related("syllabus").get(syllabus__slug="new")
    draft(reviewer, sources=[Module.objects.get(level__syllabus__slug="old", code="general")],
          targets=[topic("new", "A1"), topic("new", "B1")]).approve(by=officer, at=timezone.now())  # fmt: skip
    earned = [equivalence.Ref("old", "junior", "general", code) for code in ("A1", "A2")]
    with django_assert_max_num_queries(5):
        found = exemptions(earned, new, at=DAY)
    assert [(line.topic.topic, line.hours) for line in found] == [("A1", Decimal(1)), ("B1", Decimal(1))]
    assert exemptions(earned[:1], new, at=DAY) == []
    assert exemptions(earned, new, at=date(2025, 6, 1)) == []


# --- The pages ------------------------------------------------------------------------------------------------------


def typed(*, sources, targets, **fields):
    keys = {name: [f"topic:{t.pk}" if isinstance(t, Topic) else t for t in rows]
            for name, rows in (("sources", sources), ("targets", targets))}  # fmt: skip
    return keys | {"title": "对应说明", "issuer": "测试主管机构", "reason": "内容一致", "valid_from": "2026-01-01",
                   "coverage": "full"} | fields  # fmt: skip


def test_the_trip(client_for, versions, reviewer, officer):
    address = reverse("equivalence_create")
    author = client_for(reviewer)
    assert 'name="source"' in author.get(address).text
    address += "?source=old&target=new"
    page = author.get(address).text
    assert f'value="topic:{topic("old", "A1").pk}"' in page
    response = author.post(address, typed(sources=[topic("old", "A1")], targets=[topic("new", "A1")], both_ways="on"))
    statement = EquivalenceStatement.objects.get()
    assert response.status_code == 302 and response["Location"] == statement.get_absolute_url()
    assert statement.both_ways and statement.is_draft
    assert author.post(reverse("equivalence_approve", args=[statement.uuid])).status_code == 403
    edit = reverse("equivalence_edit", args=[statement.uuid])
    assert f'value="topic:{topic("old", "A1").pk}" checked' in author.get(edit).text
    author.post(edit, typed(sources=[topic("old", "A2")], targets=[topic("new", "A1")], coverage="partial", hours="0.5"))
    second = client_for(officer)
    approve = reverse("equivalence_approve", args=[statement.uuid])
    assert second.get(approve).status_code == 200
    assert second.post(approve).status_code == 302
    assert second.post(approve).status_code == 302  # a second click
    statement.refresh_from_db()
    assert statement.status == "approved" and statement.hours == Decimal("0.5")
    assert author.get(edit).status_code == 409
    withdraw = reverse("equivalence_withdraw", args=[statement.uuid])
    assert author.post(withdraw, {"day": "2999-01-01", "reason": "x"}).status_code == 403
    assert second.post(withdraw, {"day": "2020-01-01", "reason": "x"}).status_code == 409
    assert second.post(withdraw, {"day": timezone.localdate().isoformat(), "reason": "修订"}).status_code == 302
    assert "修订" in client_for(None).get(statement.get_absolute_url()).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sources": []}, "sources"), ({"targets": ["topic:0"]}, "targets"), ({"coverage": "partial"}, "hours"),
        ({"hours": "3"}, "hours"), ({"coverage": "partial", "hours": "-1"}, "hours"),
        ({"valid_until": "2025-01-01"}, "valid_until"),
        ({"reason": ""}, "reason"), ({"source_url": "javascript:alert(1)"}, "source_url"), ({"title": "x\x00y"}, "title"),
    ],
)  # fmt: skip
def test_bad_input_is_told_at_its_field_and_nothing_typed_is_lost(client_for, versions, reviewer, change, field):
    data = typed(sources=[topic("old", "A1")], targets=[topic("new", "A1")], reason_en="kept as typed") | change
    response = client_for(reviewer).post(reverse("equivalence_create") + "?source=old&target=new", data)
    assert response.status_code == 200 and field in response.context["form"].errors
    assert "kept as typed" in response.text
    assert not EquivalenceStatement.objects.exists()


def test_a_place_and_what_lies_in_it_are_not_ticked_together(client_for, versions, reviewer):
    level = Level.objects.get(syllabus__slug="old")
    data = typed(sources=[f"level:{level.pk}", topic("old", "A1")], targets=[topic("new", "A1")])
    response = client_for(reviewer).post(reverse("equivalence_create") + "?source=old&target=new", data)
    assert "sources" in response.context["form"].errors


def test_same_place_on_both_sides_within_one_version(client_for, versions, reviewer):
    data = typed(sources=[topic("old", "A1")], targets=[topic("old", "A1")])
    response = client_for(reviewer).post(reverse("equivalence_create") + "?source=old&target=old", data)
    assert "targets" in response.context["form"].errors


def test_drafts_are_the_authority_s_only(client_for, versions, reviewer, author, registrar, trainee):
    statement = draft(reviewer, title="秘密草案")
    for person in (None, author, registrar, trainee):
        client = client_for(person)
        assert client.get(statement.get_absolute_url()).status_code == 404
        assert "秘密草案" not in client.get(reverse("equivalence_list")).text
        export = client.get(reverse("equivalence_list"), {"format": "csv"})
        assert "秘密草案" not in b"".join(export.streaming_content).decode()
    assert "秘密草案" in client_for(reviewer).get(reverse("equivalence_list"), {"state": "draft"}).text
    statement.withdraw(by=reviewer, at=timezone.now(), day=timezone.localdate(), reason="不需要")
    assert client_for(None).get(statement.get_absolute_url()).status_code == 404


def test_versions_that_are_drafts_are_not_offered(client_for, versions, reviewer):
    make_syllabus("unborn", in_force=False)
    response = client_for(reviewer).get(reverse("equivalence_create"), {"source": "unborn", "target": "old"})
    assert "unborn" not in [value for value, _ in response.context["form"].fields["target"].choices]
    assert response.context["form"].errors


def test_the_list_filters_and_exports(client_for, approved, reviewer, officer):
    draft(reviewer, title="将来的", valid_from=date(2999, 1, 1)).approve(by=officer, at=timezone.now())
    client = client_for(None)
    address = reverse("equivalence_list")

    def titles(**query):
        return [row.title for row in client.get(address, query).context["page"].object_list]

    assert titles() == ["将来的", "旧纲对应新纲"]
    assert titles(state="coming") == ["将来的"]
    assert titles(state="valid", standard="old", q="A1") == ["旧纲对应新纲"]
    assert titles(standard="elsewhere") == [] and titles(q="\x00") == ["将来的", "旧纲对应新纲"]
    text = b"".join(client.get(address, {"format": "csv", "state": "valid"}).streaming_content).decode()
    assert "old/junior/general/A1" in text and "将来的" not in text


def test_queries_of_the_list_do_not_grow(client_for, approved, reviewer, officer, django_assert_max_num_queries):
    for _ in range(5):
        draft(reviewer).approve(by=officer, at=timezone.now())
    with django_assert_max_num_queries(6):
        client_for(None).get(reverse("equivalence_list"))


def test_history_names_people_to_the_authority_only(client_for, approved, reviewer):
    assert reviewer.full_name in client_for(reviewer).get(approved.get_absolute_url()).text
    assert reviewer.full_name not in client_for(None).get(approved.get_absolute_url()).text


def test_a_third_person_of_the_authority_sees_what_waits_on_the_desk(client_for, versions, reviewer, authority):
    draft(reviewer)
    third = make_user("third", "第三人", authority, Membership._meta.get_field("role").choices[6][0])
    assert "state=draft" in client_for(third).get(reverse("desk")).text
    assert "state=draft" not in client_for(reviewer).get(reverse("desk")).text


def test_a_topic_named_in_a_statement_stays(approved):
    node = EquivalenceNode.objects.filter(statement=approved).first()
    with pytest.raises(WrongState):  # the version is in force, so nothing of it is deleted
        node.topic.delete()
