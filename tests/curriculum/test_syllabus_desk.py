"""The authority's desk: drafts typed in grids, saved against the state one saw, brought into force, called off."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from curriculum.models import Level, Module, Syllabus, SyllabusStandard, Topic
from curriculum.syllabus_drafts import new_draft
from tests.factories.curriculum import make_syllabus

from .next_versions import sent_by_a_browser as fields

AT = timezone.now()


@pytest.fixture
def old(db):
    return make_syllabus()


@pytest.fixture
def draft(old):
    return new_draft(old, slug="outline-2027", version="2027", by=None, at=AT)


@pytest.fixture
def client(client_for, officer):
    return client_for(officer, "en")


def topic(draft, code):
    return Topic.objects.get(module__level__syllabus=draft, code=code)


def level_url(draft):
    return reverse("syllabus_draft_level", args=[draft.slug, "junior"])


def shown(client, url, draft):
    draft.refresh_from_db()
    return fields(client.get(url).context["grid"]) | {"edit_number": str(draft.edit_number)}


def test_the_level_page_adds_moves_reorders_and_deletes_in_one_save(client, draft):
    url = level_url(draft)
    sent = shown(client, url, draft)
    a1, a2, b1 = (topic(draft, code) for code in ("A1", "A2", "B1"))
    general = a1.module
    sent[f"t{a1.pk}-position"], sent[f"t{a2.pk}-position"] = "2", "1"  # they change places and codes
    sent[f"t{a1.pk}-code"], sent[f"t{a2.pk}-code"] = "A2", "A1"
    sent[f"t{b1.pk}-remove"] = "on"
    new = f"tn-{general.pk}-1-"
    skills = b1.module_id
    sent |= {new + "code": "N1", new + "title": "新专题", new + "title_en": "New", new + "hours": "2.5", new + "module": skills}
    sent |= {"mn-code": "more", "mn-title": "更多", "mn-title_en": "More", "mn-hours": "1", "mn-position": "3"}
    response = client.post(url, sent)
    assert response.status_code == 302, response.context["grid"].errors
    rows = Topic.objects.filter(module__level__syllabus=draft).order_by("module__position", "position")
    assert [(t.pk, t.code, t.module.code) for t in rows if t.code != "N1"] == [
        (a2.pk, "A1", "general"), (a1.pk, "A2", "general"),
    ]  # fmt: skip
    assert (rows.get(code="N1").hours, rows.get(code="N1").module_id) == (Decimal("2.5"), skills)
    assert [m.code for m in Module.objects.filter(level__syllabus=draft)] == ["general", "skills", "more"]
    assert client.get(url).context["draft"].edit_number == 1


@pytest.mark.parametrize(
    ("change", "cell"),
    [
        ({"hours": "viel"}, "hours"), ({"hours": "-1"}, "hours"), ({"hours": "1.234"}, "hours"), ({"code": ""}, "code"),
        ({"code": "A2"}, "code"), ({"title": "长" * 121}, "title"), ({"title": "a\x07b"}, "title"),
        ({"module": "999999"}, "module"), ({"position": "x"}, "position"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_cell_and_nothing_typed_is_lost(client, draft, change, cell):
    url = level_url(draft)
    sent, a1 = shown(client, url, draft), topic(draft, "A1")
    sent[f"t{a1.pk}-title_en"] = "typed with care"
    response = client.post(url, sent | {f"t{a1.pk}-{name}": value for name, value in change.items()})
    assert response.status_code == 200
    grid = response.context["grid"]
    assert f"id_t{a1.pk}-{cell}" in [error[0] for error in grid.errors]
    assert "typed with care" in response.text and 'class="cell-error"' in response.text
    draft.refresh_from_db()
    assert draft.edit_number == 0 and topic(draft, "A1").title_en != "typed with care"


def test_a_topic_can_not_stay_in_a_module_that_goes(client, draft):
    url = level_url(draft)
    sent, b1 = shown(client, url, draft), topic(draft, "B1")
    sent[f"m{b1.module_id}-remove"] = "on"
    assert client.post(url, sent).status_code == 200
    sent[f"t{b1.pk}-module"] = str(topic(draft, "A1").module_id)
    assert client.post(url, sent).status_code == 302
    assert topic(draft, "B1").module.code == "general"
    assert Module.objects.filter(level__syllabus=draft).count() == 1


def test_new_rows_typed_come_back_when_something_is_wrong(client, draft):
    url = level_url(draft)
    sent = shown(client, url, draft)
    new = f"tn-{topic(draft, 'A1').module_id}-7-"
    sent |= {new + "position": "9", new + "code": "N7", new + "title": "第七", new + "title_en": "Seventh", new + "hours": "x",
             new + "module": str(topic(draft, "A1").module_id)}  # fmt: skip
    response = client.post(url, sent)
    assert response.status_code == 200
    assert "第七" in response.text and f"id_{new}hours" in [error[0] for error in response.context["grid"].errors]


def test_who_was_slower_sees_it_and_loses_nothing(client, client_for, reviewer, draft):
    url = level_url(draft)
    mine, theirs = shown(client, url, draft), shown(client, url, draft)
    name = f"t{topic(draft, 'A1').pk}-title"
    assert client_for(reviewer, "en").post(url, theirs | {name: "theirs"}).status_code == 302
    response = client.post(url, mine | {name: "mine"})
    assert response.status_code == 409
    assert reviewer.full_name in response.text and 'value="mine"' in response.text
    assert topic(draft, "A1").title == "theirs"
    draft.refresh_from_db()
    assert client.post(url, mine | {name: "mine", "edit_number": str(draft.edit_number)}).status_code == 302
    assert topic(draft, "A1").title == "mine"


def test_the_hours_grid_saves_all_and_shows_exact_totals(client, draft):
    url = reverse("syllabus_draft_hours", args=[draft.slug])
    sent = shown(client, url, draft)
    a1, a2 = topic(draft, "A1"), topic(draft, "A2")
    sent |= {f"t{a1.pk}-hours": "0.1", f"t{a2.pk}-hours": "0.2", f"m{a1.module_id}-hours": "0.3"}
    sent |= {f"t{a1.pk}-hours_verified": "on", f"t{a1.pk}-hours_source": "某文件"}
    sent.pop(f"t{a2.pk}-required")
    assert client.post(url, sent).status_code == 302
    a1, a2 = topic(draft, "A1"), topic(draft, "A2")
    assert (a1.hours, a1.hours_verified, a1.hours_source, a2.required) == (Decimal("0.1"), True, "某文件", False)
    text = client.get(url).text
    assert "<output data-total>0.3</output>" in text and "<output data-total-required>0.1</output>" in text
    bad = client.post(url, sent | {f"t{a1.pk}-hours": "1e9999999", "edit_number": "1"})
    assert bad.status_code == 200 and [e[0] for e in bad.context["grid"].errors] == [f"id_t{a1.pk}-hours"]


def test_forty_five_topics_cost_a_page_of_few_queries(client, draft, django_assert_max_num_queries):
    module = topic(draft, "A1").module
    Topic.objects.bulk_create(
        Topic(module=module, code=f"X{n}", title=f"专题{n}", title_en=f"Topic {n}", hours=1, position=n) for n in range(45)
    )
    for url in (level_url(draft), reverse("syllabus_draft_hours", args=[draft.slug])):
        client.get(url)
        with django_assert_max_num_queries(20):
            client.get(url)


def test_rows_of_their_own(client, draft):
    add = reverse("syllabus_row_add", args=[draft.slug, "level"])
    values = {"code": "senior", "title": "高级", "title_en": "Senior", "position": "2", "edit_number": "0"}
    assert client.post(add, values).status_code == 302
    assert client.post(add, values | {"edit_number": "1"}).status_code == 200  # the code is taken
    a1 = topic(draft, "A1")
    edit = reverse("syllabus_row_edit", args=[draft.slug, "topic", a1.pk])
    values = {"module": a1.module_id, "code": "A1", "title": "新名", "title_en": "New", "hours": "2", "required": "on",
              "outcomes": "说明\r\n\r\n 比较 ", "outcomes_en": "Explain", "edit_number": "1"}  # fmt: skip
    assert client.post(edit, values).status_code == 302
    a1.refresh_from_db()
    assert (a1.title, a1.outcomes, list(a1.competences.all())) == ("新名", ["说明", "比较"], [])
    assert client.post(edit, values).status_code == 409  # the number is an old one
    assert client.post(edit, values | {"code": "A2", "edit_number": "2"}).status_code == 200
    senior = Level.objects.get(syllabus=draft, code="senior")
    remove = reverse("syllabus_row_delete", args=[draft.slug, "level", senior.pk])
    assert client.get(remove).status_code == 200 and Level.objects.filter(pk=senior.pk).exists()
    assert client.post(remove, {"edit_number": "2"}).status_code == 302
    assert not Level.objects.filter(pk=senior.pk).exists()


def test_rows_of_another_version_are_out_of_reach(client, draft, old):
    for kind, row in (("topic", topic(old, "A1")), ("level", old.levels.get()), ("competence", old.competences.first())):
        for name in ("syllabus_row_edit", "syllabus_row_delete"):
            assert client.post(reverse(name, args=[draft.slug, kind, row.pk]), {"edit_number": "0"}).status_code == 404
    for kind in ("topic", "module", "other"):
        assert client.get(reverse("syllabus_row_add", args=[draft.slug, kind])).status_code == 404


def test_details(client, draft):
    url = reverse("syllabus_details", args=[draft.slug])
    page = client.get(url)
    values = {name: "" if value is None else value for name, value in page.context["form"].initial.items()}
    values |= {"title": "新大纲", "minutes_per_hour": "50", "edit_number": "0", "base": ""}
    values.pop("verified")
    assert client.post(url, values).status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.minutes_per_hour, draft.edit_number) == ("新大纲", 50, 1)
    conflict = client.post(url, values | {"title": "又一"})
    assert conflict.status_code == 409 and "又一" in conflict.text
    assert client.post(url, values | {"minutes_per_hour": "0", "edit_number": "1"}).status_code == 200


def test_what_is_in_force_answers_409_to_every_edit(client, old):
    for name in ("syllabus_details", "syllabus_draft_hours", "syllabus_import", "syllabus_in_force", "syllabus_discard"):
        assert client.post(reverse(name, args=[old.slug])).status_code == 409, name
    assert client.get(reverse("syllabus_draft", args=[old.slug])).status_code == 302


def test_an_officer_brings_it_into_force_and_calls_it_off(client, client_for, reviewer, draft, old):
    url = reverse("syllabus_in_force", args=[draft.slug])
    day = timezone.localdate() + timedelta(days=30)
    assert client_for(reviewer).post(url, {"day": day.isoformat(), "edit_number": "0"}).status_code == 403
    yesterday = timezone.localdate() - timedelta(days=1)
    assert client.post(url, {"day": yesterday.isoformat(), "edit_number": "0"}).status_code == 200
    assert client.post(url, {"day": day.isoformat(), "edit_number": "7"}).status_code == 409
    assert client.post(url, {"day": day.isoformat(), "edit_number": "0"}).status_code == 302
    draft.refresh_from_db()
    old.refresh_from_db()
    assert (draft.state, old.in_force_until) == ("scheduled", day - timedelta(days=1))
    assert client.post(url, {"day": day.isoformat(), "edit_number": "0"}).status_code == 409  # a second click
    off = reverse("syllabus_call_off", args=[draft.slug])
    assert client_for(reviewer).post(off).status_code == 403
    assert client.get(off).status_code == 200
    assert client.post(off).status_code == 302
    assert client.post(off).status_code == 409
    draft.refresh_from_db()
    assert draft.is_draft


def test_what_is_missing_is_named_and_keeps_it_a_draft(client, draft, old):
    city = SyllabusStandard.objects.create(slug="city", kind="regional", region="某市", title="某市大纲", issuer="某市")
    variant = new_draft(old, slug="city-1", version="1", by=None, at=AT, standard=city)
    topic(variant, "A1").delete()
    url = reverse("syllabus_in_force", args=[variant.slug])
    response = client.post(url, {"day": timezone.localdate().isoformat(), "edit_number": "0"})
    assert response.status_code == 409 and "A1" in response.text
    assert Syllabus.objects.get(pk=variant.pk).is_draft


def test_standards_and_drafts_are_begun(client, old):
    values = {"kind": "regional", "slug": "city", "title": "某市大纲", "issuer": "某市"}
    found = reverse("syllabus_found")
    assert client.post(found, values).status_code == 200  # no region
    assert client.post(found, values | {"region": "某市"}).status_code == 302
    assert client.post(found, values | {"kind": "national", "slug": "n"}).status_code == 302
    assert client.post(found, values | {"kind": "national", "slug": "n2"}).status_code == 200  # there is one
    city = SyllabusStandard.objects.get(slug="city")
    copy = reverse("syllabus_draft_copy", args=[old.slug])
    for slug in ("manage", old.slug, "a b"):
        assert client.post(copy, {"slug": slug, "version": "1", "standard": city.pk}).status_code == 200
    assert client.post(copy, {"slug": "city-1", "version": "1", "standard": city.pk}).status_code == 302
    assert Syllabus.objects.get(slug="city-1").base == old
    start = reverse("syllabus_draft_start", args=["city"])
    assert client.post(start, {"slug": "city-2", "version": "2"}).status_code == 302
    assert client.get(reverse("syllabus_draft", args=["city-2"])).status_code == 200
    page = client.get(reverse("syllabus_desk"))
    assert "city-1" in page.text and "某市大纲" in page.text


def test_discard_asks_and_then_it_is_gone(client, draft):
    url = reverse("syllabus_discard", args=[draft.slug])
    client.get(url)
    assert Syllabus.objects.filter(pk=draft.pk).exists()
    assert client.post(url).status_code == 302
    assert not Syllabus.objects.filter(pk=draft.pk).exists()
    assert client.post(url).status_code == 404


# --- Files ----------------------------------------------------------------------------------------------------------


def changed_workbook(client, draft, **cells):
    """The draft's own workbook with cells of the sheet `topics` changed: {"G2": 3}."""
    book = load_workbook(io.BytesIO(client.get(reverse("syllabus_export", args=[draft.slug, "xlsx"])).content))
    for place, value in cells.items():
        book["topics"][place] = value
    stream = io.BytesIO()
    book.save(stream)
    return SimpleUploadedFile("大纲.xlsx", stream.getvalue())


def test_a_workbook_is_previewed_and_applied_once(client, draft):
    url = reverse("syllabus_import", args=[draft.slug])
    preview = client.post(url, {"file": changed_workbook(client, draft, G2=3)})["Location"]
    page = client.get(preview)
    assert page.status_code == 200 and page.context["diff"].counts() == {"hours": 1}
    assert topic(draft, "A1").hours == 1
    pk = topic(draft, "A1").pk
    assert client.post(preview).status_code == 302
    assert (topic(draft, "A1").hours, topic(draft, "A1").pk) == (3, pk)
    assert client.post(preview).status_code == 409
    assert client.get(preview).context["stale"]


def test_a_preview_of_a_draft_that_changed_is_not_applied(client, officer, draft):
    preview = client.post(reverse("syllabus_import", args=[draft.slug]), {"file": changed_workbook(client, draft, G2=3)})
    with draft.editing(edit_number=0, by=officer, at=AT):
        pass
    assert client.post(preview["Location"]).status_code == 409
    assert topic(draft, "A1").hours == 1


def test_a_wrong_workbook_is_told_row_by_row_and_changes_nothing(client, draft):
    before = draft.recompute_hash()
    response = client.post(
        reverse("syllabus_import", args=[draft.slug]), {"file": changed_workbook(client, draft, G2="viel", F3="vielleicht")}
    )
    assert response.status_code == 422
    assert [(p["where"], p["row"]) for p in response.context["problems"]] == [("topics", 2), ("topics", 3)]
    response = client.post(
        reverse("syllabus_import", args=[draft.slug]), {"file": changed_workbook(client, draft, G2="viel", G3="=1+1")}
    )
    assert "topics" in response.text and draft.recompute_hash() == before
    for name, data in (("x.xlsx", b"no"), ("x.exe", b"MZ"), ("x.yaml", b"a: ["), ("x.csv", b"a,b\n1,2")):
        bad = client.post(reverse("syllabus_import", args=[draft.slug]), {"file": SimpleUploadedFile(name, data)})
        assert bad.status_code == 200 and bad.context["form"].errors["file"], name
    assert client.post(reverse("syllabus_import", args=[draft.slug])).status_code == 200


def test_exports_of_a_draft_are_for_the_authority_alone(client, client_for, draft, old):
    for kind in ("xlsx", "csv", "yaml"):
        assert client.get(reverse("syllabus_export", args=[draft.slug, kind])).status_code == 200
        assert client_for(None).get(reverse("syllabus_export", args=[draft.slug, kind])).status_code == 404
        assert client_for(None).get(reverse("syllabus_export", args=[old.slug, kind])).status_code == 200
    assert client.get(reverse("syllabus_export", args=[old.slug, "exe"])).status_code == 404


# --- What anyone reads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_comparison_reads_well_in_both_languages(client_for, officer, draft, old, language):
    a1 = topic(draft, "A1")
    a1.title, a1.title_en, a1.hours, a1.required = "职业与岗位", "The profession and its posts", Decimal("1.5"), False
    a1.module = topic(draft, "B1").module
    a1.outcomes = ["比较两种做法"]
    a1.save()
    topic(draft, "A2").delete()
    url = reverse("syllabus_diff", args=[old.slug, draft.slug])
    assert client_for(None, language).get(url).status_code == 404  # of a draft
    client = client_for(officer, language)
    response = client.get(url)
    assert response.status_code == 200
    for word in ("职业概览", "职业与岗位", "比较两种做法", "+0.5", "A2"):
        assert word in response.text, word
    assert "%(" not in response.text and "None" not in response.text
    assert "A2" not in client.get(url, {"only": "moved"}).text
    rows = b"".join(client.get(reverse("syllabus_diff_csv", args=[old.slug, draft.slug])).streaming_content).decode()
    assert "+0.5" in rows and "职业与岗位" in rows
    assert client.get(reverse("syllabus_diff", args=[old.slug, old.slug])).status_code == 404


def test_superseded_versions_keep_answering(client_for, draft, old):
    draft.bring_into_force(at=timezone.localdate())
    client = client_for(None, "en")
    page = client.get(old.get_absolute_url())
    assert page.status_code == 200 and "Superseded by version 2027" in page.text
    assert client.get(reverse("syllabus_level", args=[old.slug, "junior"])).status_code == 200
    listed = client.get(reverse("syllabus_list")).text
    assert reverse("syllabus_diff", args=[old.slug, draft.slug]) in listed
    assert client.get(reverse("syllabus_diff", args=[old.slug, draft.slug])).context["diff"].is_empty is False
