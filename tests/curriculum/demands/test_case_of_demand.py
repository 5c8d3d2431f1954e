"""A case made of a demand: filled in, kept from telling of the firm, approved by it, held back by its embargo."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from curriculum.contents import Entry, entries_of, page_hash, parts_of
from curriculum.demand_case import make_case, withdraw
from curriculum.demand_checks import demand_gaps, leftovers_of
from curriculum.leftovers import BLANK
from curriculum.models import (
    CaseOrigin,
    CasePlacement,
    CoursePage,
    CourseReview,
    Demand,
    Edition,
    EditionItem,
    ReviewGap,
)
from lms.lib.errors import WrongState
from tests.factories.curriculum import part_of, stream
from tests.factories.demands import approve, fill, make_demand, make_demand_case, take


@pytest.fixture
def place(course, author):
    """Return what puts a case made of a demand into the course, complete."""

    def put(origin):
        first = course.case_placements.first().case
        page = fill(origin.page, first)
        course.case_placements.add(CasePlacement(case=page, required=True, sort_order=1))
        course.parts = stream(CoursePage, "parts", [("part", part_of([first, page]))])
        course.save_revision(user=author)
        return page

    return put


def kinds(found):
    return sorted(gap.kind for gap in found if gap.kind.startswith("demand"))


def test_it_works(client_for, employer, employer_org, author, base, course, place, at, base_reviewer, reviewer):
    """From the demand to the edition, through the pages."""
    demand = make_demand(employer_org, employer, at=at)
    take(demand, base, author, at=at)
    client = client_for(author)
    client.post(reverse("demand_to_case", args=[demand.uuid]))
    client.post(reverse("demand_to_case", args=[demand.uuid]))
    origin = CaseOrigin.objects.get()
    page = origin.page
    assert not page.live and "测试用人单位" not in page.title and "隐去企业名称" in page.source
    assert "91350211567" not in str(page.exhibits.get_prep_value()) and BLANK in str(page.exhibits.get_prep_value())
    place(origin)
    status = client.get(reverse("course_status", args=[course.pk])).content.decode()
    assert "企业尚未确认当前内容" in status
    with pytest.raises(ReviewGap) as refusal:
        CourseReview.submit(course, by=author, at=at)
    assert kinds(refusal.value.gaps) == ["demand_approval"]
    client.post(reverse("demand_ask_approval", args=[origin.uuid]))
    asked = origin.approvals.get()
    firm = client_for(employer)
    assert "结垢" in firm.get(reverse("demand_case_preview", args=[asked.uuid])).content.decode()
    firm.post(reverse("demand_approve", args=[asked.uuid]), {"verdict": "approved"})
    firm.post(reverse("demand_approve", args=[asked.uuid]), {"verdict": "approved"})  # a second click
    review = CourseReview.submit(course, by=author, at=at)
    review.approve(by=base_reviewer, at=at)
    review.approve(by=reviewer, at=at)
    assert EditionItem.objects.filter(edition=review.edition, page=page.pk).exists()


def test_what_remains_of_the_firm_is_listed_and_not_sent_to_it(
    client_for, employer, employer_org, author, base, course, place, at
):
    demand = make_demand(employer_org, employer, at=at)
    origin = make_demand_case(demand, base, author, at=at)
    page = place(origin)
    page.brief = "<p>测试用人单位请你帮忙，找杨联系。</p>"
    page.save_revision()
    found = demand_gaps(entries_of(course))
    assert kinds(found) == ["demand_approval", "demand_leftover", "demand_leftover"]
    client = client_for(author)
    assert client.post(reverse("demand_ask_approval", args=[origin.uuid])).status_code == 409
    text = client.get(demand.get_absolute_url()).content.decode()
    assert "企业名称“测试用人单位”" in text and "联系人信息“杨联系”" in text


def test_the_draft_of_a_disguised_demand_waits_for_its_numbers(employer, employer_org, author, base, course, at):
    demand = make_demand(employer_org, employer, at=at, anonymity="disguised")
    origin = make_demand_case(demand, base, author, at=at)
    page = origin.page
    found = leftovers_of(Entry("case", page, page.latest_revision), demand)
    assert {left.kind for left in found} == {"blank"}
    assert "示例市" not in str(page.latest_revision.content) and "42 天" not in page.latest_revision.content["exhibits"]


def test_a_named_firm_stands_in_the_case_its_contact_never(employer, employer_org, author, base, course, at):
    demand = make_demand(employer_org, employer, at=at, anonymity="named")
    page = make_demand_case(demand, base, author, at=at).page
    assert "测试用人单位" in page.brief and leftovers_of(Entry("case", page, page.latest_revision), demand) == []


def test_another_text_is_approved_again(employer, employer_org, author, base, course, place, at):
    demand = make_demand(employer_org, employer, at=at)
    origin = make_demand_case(demand, base, author, at=at)
    page = place(origin)
    approve(origin, asked_by=author, by=employer, at=at)
    assert kinds(demand_gaps(entries_of(course))) == []
    page.refresh_from_db()
    page.debrief = "<p>另一段讲评。</p>"
    page.save_revision()
    assert kinds(demand_gaps(entries_of(course))) == ["demand_approval"]


def test_refusing_needs_words_and_a_replaced_state_is_not_decided(client_for, employer, employer_org, author, base, place, at):
    demand = make_demand(employer_org, employer, at=at)
    origin = make_demand_case(demand, base, author, at=at)
    page = place(origin)
    first = origin.ask_firm(page.latest_revision, page_hash(page.latest_revision.content), by=author, at=at)
    url = reverse("demand_approve", args=[first.uuid])
    assert client_for(employer).post(url, {"verdict": "refused"}).status_code == 422
    page.summary = "改过。"
    revision = page.save_revision()
    origin.ask_firm(revision, page_hash(revision.content), by=author, at=at)
    assert client_for(employer).post(url, {"verdict": "approved"}).status_code == 409


def test_an_embargo_lets_the_course_be_planned_for_its_end(
    employer, employer_org, author, base, base_reviewer, reviewer, course, place, at
):
    day = timezone.localdate(at) + timedelta(days=20)
    demand = make_demand(employer_org, employer, at=at, embargo_until=day)
    origin = make_demand_case(demand, base, author, at=at)
    place(origin)
    approve(origin, asked_by=author, by=employer, at=at)
    assert [gap.blocking for gap in demand_gaps(entries_of(course))] == [False]
    with pytest.raises(ReviewGap):
        CourseReview.submit(course, by=author, at=at)
    review = CourseReview.submit(course, by=author, at=at, go_live_at=at + timedelta(days=21))
    review.approve(by=base_reviewer, at=at)
    review.approve(by=reviewer, at=at)
    assert review.status == "scheduled"
    review.plan(at + timedelta(hours=1), by=reviewer, at=at)  # somebody moves it into the embargo
    assert review.publish_scheduled(at=at + timedelta(hours=2)) is False and not Edition.objects.exists()


def test_the_last_guard_stands_before_the_edition(employer, employer_org, author, base, course, place, at):
    demand = make_demand(employer_org, employer, at=at)
    place(make_demand_case(demand, base, author, at=at))
    entries = entries_of(course)
    with pytest.raises(WrongState):
        Edition.freeze(entries, parts_of(entries), ["x"] * len(entries), level=course.level, organisation=base, by=author, at=at)
    assert not Edition.objects.exists()


def test_withdrawn_consent_retires_the_case_and_leaves_the_edition(
    client_for, employer, employer_org, author, base, base_reviewer, reviewer, course, place, at
):
    demand = make_demand(employer_org, employer, at=at)
    origin = make_demand_case(demand, base, author, at=at)
    page = place(origin)
    approve(origin, asked_by=author, by=employer, at=at)
    review = CourseReview.submit(course, by=author, at=at)
    review.approve(by=base_reviewer, at=at)
    review.approve(by=reviewer, at=at)
    client = client_for(employer)
    assert client.get(reverse("demand_withdraw", args=[demand.uuid])).status_code == 200
    assert client.post(reverse("demand_withdraw", args=[demand.uuid]), {"reason": "产品停产"}).status_code == 302
    client.post(reverse("demand_withdraw", args=[demand.uuid]), {"reason": "再次"})
    demand.refresh_from_db()
    page.refresh_from_db()
    assert (demand.status, demand.contact, page.live) == ("withdrawn", {}, False)
    assert demand.consents.filter(given=False).count() == 1 and page.bank_events.get().kind == "retired"
    item = EditionItem.objects.get(page=page.pk)
    assert item.content()["title"] == "循环冷却水结垢" and review.edition.recompute_hash() == review.edition.content_hash
    assert kinds(demand_gaps(entries_of(course))) == ["demand_withdrawn"]
    with pytest.raises(WrongState):
        origin.ask_firm(page.latest_revision, "x", by=author, at=at)


def test_nothing_is_made_of_a_withdrawn_demand(employer, employer_org, author, base, course, at):
    demand = make_demand(employer_org, employer, at=at)
    claim = take(demand, base, author, at=at)
    withdraw(demand, reason="", by=employer, at=at)
    with pytest.raises(WrongState):
        make_case(claim, by=author, at=at)


def test_a_draft_is_not_withdrawn(employer, employer_org, at):
    demand = make_demand(employer_org, employer, at=at, sent=False)
    with pytest.raises(WrongState):
        withdraw(demand, reason="", by=employer, at=at)
    assert Demand.objects.get().status == "draft"


def test_a_registrar_takes_up_but_does_not_write(client_for, employer, employer_org, registrar, base, at):
    demand = make_demand(employer_org, employer, at=at)
    client = client_for(registrar)
    assert client.post(reverse("demand_take", args=[demand.uuid])).status_code == 302
    assert client.post(reverse("demand_to_case", args=[demand.uuid])).status_code == 403


def test_without_demands_the_check_costs_one_query(course, django_assert_num_queries):
    entries = entries_of(course)
    with django_assert_num_queries(1):
        assert demand_gaps(entries) == []
