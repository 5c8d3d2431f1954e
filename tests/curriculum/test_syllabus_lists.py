"""The syllabus desk's lists: drafts and versions by state, kind and words, page by page and as CSV; the standards."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from curriculum.models import Syllabus, SyllabusStandard
from curriculum.syllabus_drafts import new_draft, start_draft
from tests.factories.curriculum import make_syllabus

AT = timezone.now()
TODAY = timezone.localdate()


def standard(slug: str, title: str, **values) -> SyllabusStandard:
    return SyllabusStandard.objects.create(slug=slug, title=title, issuer="某机构", **{"kind": "group", **values})


@pytest.fixture
def versions(db) -> dict[str, Syllabus]:
    """One version in each state."""
    old = make_syllabus()
    now = new_draft(old, slug="now", version="2026", by=None, at=AT)
    now.bring_into_force(at=TODAY)
    later = new_draft(now, slug="later", version="2027", by=None, at=AT)
    later.bring_into_force(at=TODAY + timedelta(days=30))
    ended = new_draft(old, slug="ended", version="1", by=None, at=AT, standard=standard("club", "某联盟标准"))
    ended.bring_into_force(at=date(2021, 1, 1))
    Syllabus.objects.filter(pk=ended.pk).update(in_force_until=TODAY - timedelta(days=1))
    city = standard("city", "某市变体", kind="regional", region="某市")
    draft = new_draft(old, slug="draft", version="草稿一", by=None, at=AT, standard=city)
    return {"superseded": old, "in_force": now, "scheduled": later, "ended": ended, "draft": draft}


@pytest.fixture
def client(client_for, officer):
    return client_for(officer, "en")


def slugs(client, **query) -> list[str]:
    return [version.slug for version in client.get(reverse("syllabus_desk"), query).context["page"]]


@pytest.mark.parametrize("state", Syllabus.State.values)
def test_the_list_of_a_state_is_what_the_versions_say_of_themselves(client, versions, state):
    for day in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=29), TODAY + timedelta(days=30)):
        said = {version.slug for version in Syllabus.objects.all() if version.state_at(day) == state}
        assert {version.slug for version in Syllabus.objects.in_state(state, day)} == said, day
    assert slugs(client, state=state) == [versions[state].slug]


def test_drafts_stand_first_then_the_newest(client, versions):
    assert slugs(client) == ["draft", "later", "now", "ended", versions["superseded"].slug]
    assert slugs(client, kind="regional") == ["draft"]
    assert slugs(client, q="某联盟") == ["ended"]
    assert slugs(client, q="草稿一", state="draft") == ["draft"]
    assert slugs(client, state="nonsense", kind="nonsense", page="nonsense") == slugs(client)
    nothing = client.get(reverse("syllabus_desk"), {"q": "nowhere"})
    assert "No version like this" in nothing.text and 'value="nowhere"' in nothing.text


def test_many_drafts_come_in_pages_of_constant_cost(client, versions, django_assert_max_num_queries):
    club = SyllabusStandard.objects.get(slug="club")
    for number in range(30):
        start_draft(club, slug=f"d{number}", version=str(number), by=None, at=AT + timedelta(minutes=number))
    url = reverse("syllabus_desk")
    client.get(url)
    with django_assert_max_num_queries(9):
        first = client.get(url, {"state": "draft"})
    assert len(first.context["page"]) == 25 and first.context["page"][0].slug == "d29"
    assert "page=2" in first.text and "state=draft" in first.text
    assert slugs(client, state="draft", page="2")[-1] == "draft"


def test_the_list_as_csv_is_the_filtered_one(client, versions):
    response = client.get(reverse("syllabus_desk"), {"state": "scheduled", "format": "csv"})
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert len(lines) == 2 and ",later," in lines[1] and (TODAY + timedelta(days=30)).isoformat() in lines[1]


def test_steps_fit_the_state_and_the_person(client, client_for, reviewer, versions):
    page = client.get(reverse("syllabus_desk")).text
    off = reverse("syllabus_call_off", args=["later"])
    assert off in page and reverse("syllabus_draft", args=["draft"]) in page
    assert reverse("syllabus_call_off", args=["now"]) not in page
    assert off not in client_for(reviewer, "en").get(reverse("syllabus_desk")).text


def test_standards_with_what_is_in_force(client, versions, django_assert_max_num_queries):
    url = reverse("syllabus_standards")
    client.get(url)
    with django_assert_max_num_queries(9):
        found = {s.slug: s for s in client.get(url).context["page"]}
    assert found[versions["in_force"].standard.slug].current == versions["in_force"]
    assert (found["club"].current, found["club"].adopted_count, found["club"].draft_count) == (None, 1, 0)
    assert (found["city"].adopted_count, found["city"].draft_count) == (0, 1)
    assert [s.slug for s in client.get(url, {"kind": "regional"}).context["page"]] == ["city"]
    assert [s.slug for s in client.get(url, {"q": "联盟"}).context["page"]] == ["club"]
    assert "No standard like this" in client.get(url, {"q": "nowhere"}).text


def test_a_version_can_not_take_the_address_of_the_list(client, versions):
    copy = reverse("syllabus_draft_copy", args=["now"])
    sent = {"slug": "standards", "version": "1", "standard": versions["in_force"].standard_id}
    assert client.post(copy, sent).status_code == 200


@pytest.mark.parametrize("name", ["syllabus_desk", "syllabus_standards"])
def test_the_desk_is_the_authoritys(client_for, author, trainee, versions, name):
    assert client_for(author).get(reverse(name)).status_code == 403
    assert client_for(trainee).get(reverse(name)).status_code == 403
    assert client_for(None).get(reverse(name)).status_code == 302


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_day_stands_in_the_field_in_both_languages(client_for, officer, versions, language):
    page = client_for(officer, language).get(reverse("syllabus_in_force", args=["draft"]))
    assert f'value="{TODAY.isoformat()}"' in page.text


def test_what_it_would_supersede_is_said_before(client_for, officer, versions):
    draft = new_draft(versions["in_force"], slug="next", version="2028", by=None, at=AT)
    draft.levels.get().modules.first().topics.first().delete()
    page = client_for(officer, "en").get(reverse("syllabus_in_force", args=["next"]))
    assert "It follows version 2026." in page.text and "removed 1" in page.text
