"""CASE 1.1: what the service answers, against a schema of the standard's classes; drafts stay unknown."""

import json
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from curriculum.exchange import case
from curriculum.exchange.select import FIELDS, Refused, choose
from curriculum.models import EquivalenceStatement, Syllabus, Topic
from curriculum.syllabus_file import load
from tests.factories.curriculum import make_syllabus

SAMPLE = Path(settings.BASE_DIR) / "curriculum" / "sample" / "syllabus-2020.yaml"
SCHEMA = json.loads((Path(__file__).parent / "case-v1p1.schema.json").read_text("utf-8"))
# RFC 3339 and RFC 3986 are not checked without further packages, so both are checked here.
FORMATS = FormatChecker()
FORMATS.checks("date-time")(lambda text: len(text) == 20 and text.endswith("Z") and "T" in text)
FORMATS.checks("uri")(lambda text: text.startswith(("http://", "https://")) and " " not in text)


def check(name: str, value) -> None:
    validator = Draft202012Validator(SCHEMA | {"$ref": f"#/$defs/{name}"}, format_checker=FORMATS)
    problems = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(value)]
    assert problems == []


@pytest.fixture
def sample(db) -> Syllabus:
    return load(yaml.safe_load(SAMPLE.read_text("utf-8"))).syllabus


def get(client, name: str, *args, status: int = 200, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == status, response.content
    return response.json()


def test_the_schema_refuses_what_the_standard_does_not_have(sample):
    package = case.package_of(sample, at=date(2026, 1, 1)).as_json()
    check("CFPackage", package)
    Draft202012Validator.check_schema(SCHEMA)
    for change in (
        lambda p: p["CFDocument"].update(CFPackageURI={}),
        lambda p: p["CFItems"][0].pop("fullStatement"),
        lambda p: p["CFItems"][0].update(title="x"),
        lambda p: p["CFAssociations"][0].update(associationType="isBelow"),
        lambda p: p["CFDocument"].update(lastChangeDateTime="2020-03-26"),
        lambda p: p["CFItems"][0].update(identifier="junior"),
    ):
        broken = json.loads(json.dumps(package))
        change(broken)
        with pytest.raises(AssertionError):
            check("CFPackage", broken)


def test_it_works(client, sample):
    listed = get(client, "case_documents")
    check("CFDocumentSet", listed)
    document = get(client, "case_document", sample.uuid)
    check("CFDocument", document)
    assert document == listed["CFDocuments"][0]
    assert document["adoptionStatus"] == "Adopted" and document["language"] == "zh"
    assert document["statusStartDate"] == "2020-03-26"
    assert document["officialSourceURL"] == sample.source_url
    assert "示例" in document["notes"] and document["extensions"]["lms"]["verified"] is False


def test_a_package_says_everything_the_version_says(client, sample):
    package = get(client, "case_package", sample.uuid)
    check("CFPackage", package)
    items = {item["identifier"]: item for item in package["CFItems"]}
    assert len(items) == len(package["CFItems"])
    kinds = [item["extensions"]["lms"]["kind"] for item in package["CFItems"]]
    topics = Topic.objects.filter(module__level__syllabus=sample)
    assert kinds.count("topic") == topics.count()
    assert kinds.count("outcome") == sum(len(topic.outcomes) for topic in topics)
    assert (kinds.count("level"), kinds.count("module"), kinds.count("competence"), kinds.count("track")) == (3, 12, 10, 3)
    topic = next(item for item in package["CFItems"] if item.get("humanCodingScheme") == "J-PK-1")
    assert topic["alternativeLabel"].startswith("Technology transfer")
    assert topic["extensions"]["lms"]["hours"] == "2" and topic["extensions"]["lms"]["required"] is True
    assert "示例" in topic["notes"] and "2 hours" in topic["notes"]


def test_associations_make_one_tree_and_name_only_what_is_there(client, sample):
    package = get(client, "case_package", sample.uuid)
    items = {item["identifier"] for item in package["CFItems"]}
    ends = items | {package["CFDocument"]["identifier"]}
    lines = package["CFAssociations"]
    assert len({line["identifier"] for line in lines}) == len(lines)
    both = [(line["originNodeURI"]["identifier"], line["destinationNodeURI"]["identifier"]) for line in lines]
    assert {end for pair in both for end in pair} <= ends
    children = [line["originNodeURI"]["identifier"] for line in lines if line["associationType"] == "isChildOf"]
    assert sorted(children) == sorted(items)
    codes = {item["identifier"]: item.get("humanCodingScheme") for item in package["CFItems"]}
    order = [(codes[line["originNodeURI"]["identifier"]], codes[line["destinationNodeURI"]["identifier"]])
             for line in lines if line["associationType"] == "precedes"]  # fmt: skip
    assert order == [("junior", "intermediate"), ("intermediate", "senior")]
    assert any(line["associationType"] == "isPartOf" for line in lines)  # electives of tracks


def test_identifiers_stay_when_the_host_changes_its_name(client, sample, settings):
    before = get(client, "case_package", sample.uuid)
    settings.BASE_URL = "https://elsewhere.example"
    after = get(client, "case_package", sample.uuid)
    assert [i["identifier"] for i in before["CFItems"]] == [i["identifier"] for i in after["CFItems"]]
    assert after["CFItems"][0]["uri"].startswith("https://elsewhere.example/ims/case/v1p1/CFItems/")


def test_single_objects(client, sample):
    package = get(client, "case_package", sample.uuid)
    item = package["CFItems"][-1]
    single = get(client, "case_item", item["identifier"])
    check("CFItem", single)
    assert single.pop("CFDocumentURI")["identifier"] == str(sample.uuid)
    assert single == item
    related = get(client, "case_item_links", item["identifier"])
    check("CFAssociationSet", related)
    line = related["CFAssociations"][0]
    alone = get(client, "case_association", line["identifier"])
    check("CFAssociation", alone)
    assert alone.pop("CFDocumentURI")["identifier"] == str(sample.uuid)
    assert alone == line
    level = next(kind for kind in package["CFDefinitions"]["CFItemTypes"] if kind["title"] == "Level")
    types = get(client, "case_item_type", level["identifier"])
    check("CFItemTypeSet", types)
    assert [kind["title"] for kind in types["CFItemTypes"]] == ["Level", "Module", "Topic", "Outcome"]


def test_every_address_given_answers(client, sample):
    package = get(client, "case_package", sample.uuid)
    for thing in (package["CFDocument"], package["CFItems"][0], package["CFAssociations"][0],
                  package["CFDefinitions"]["CFItemTypes"][0], package["CFItems"][0]["CFItemTypeURI"]):  # fmt: skip
        path = thing["uri"].removeprefix(settings.BASE_URL)
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("name", ["case_document", "case_package", "case_item", "case_item_links",
                                  "case_association", "case_item_type", "case_concepts", "case_rubrics"])  # fmt: skip
def test_unknown_and_odd_identifiers(client, sample, name):
    answer = get(client, name, uuid4(), status=404)
    check("imsx_StatusInfo", answer)
    assert answer["imsx_codeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == "unknownobject"
    for odd in ("x", f"{{{sample.uuid}}}", sample.uuid.hex, "名"):
        answer = get(client, name, odd, status=404)
        assert answer["imsx_codeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == "invalid_uuid"


def test_drafts_never_leak(client, db):
    draft = make_syllabus("secret", in_force=False)
    shown = make_syllabus("shown")
    assert [row["identifier"] for row in get(client, "case_documents")["CFDocuments"]] == [str(shown.uuid)]
    get(client, "case_package", draft.uuid, status=404)
    get(client, "case_document", draft.uuid, status=404)
    level = case.node_uuid(draft.uuid, "level", "junior")
    get(client, "case_item", level, status=404)
    get(client, "case_item_links", level, status=404)
    assert get(client, "case_item", case.node_uuid(shown.uuid, "level", "junior"))["fullStatement"]


def test_a_superseded_version_is_deprecated(client, db):
    old = make_syllabus("old")
    Syllabus.objects.filter(pk=old.pk).update(status="superseded", in_force_until=date(2021, 1, 1))
    document = get(client, "case_document", old.uuid)
    check("CFDocument", document)
    assert (document["adoptionStatus"], document["statusEndDate"]) == ("Deprecated", "2021-01-01")


def test_nothing_is_changed_here(client, sample):
    assert client.post(reverse("case_documents")).status_code == 405
    assert client.delete(reverse("case_document", args=[sample.uuid])).status_code == 405


def test_caches_ask_once(client, sample):
    first = client.get(reverse("case_package", args=[sample.uuid]))
    assert "max-age" in first["Cache-Control"] and first["Access-Control-Allow-Origin"] == "*"
    again = client.get(reverse("case_package", args=[sample.uuid]), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and again.content == b"" and again["ETag"] == first["ETag"]
    other = client.get(reverse("case_package", args=[sample.uuid]), headers={"if-none-match": '"other"'})
    assert other.status_code == 200


def test_download_from_the_page(client, sample):
    page = client.get(sample.get_absolute_url()).text
    address = reverse("case_package", args=[sample.uuid]) + "?download"
    assert address in page
    assert client.get(address)["Content-Disposition"] == 'attachment; filename="outline-2020.case.json"'


def test_pages_of_documents(client, db):
    for number in range(5):
        make_syllabus(f"v{number}")
    response = client.get(reverse("case_documents"), {"limit": 2, "offset": 2})
    assert len(response.json()["CFDocuments"]) == 2 and response["X-Total-Count"] == "5"
    for rel, offset in (("first", 0), ("prev", 0), ("next", 4), ("last", 4)):
        assert f'limit=2&offset={offset}>; rel="{rel}"' in response["Link"]
    last = client.get(reverse("case_documents"), {"limit": 2, "offset": 4})
    assert 'rel="next"' not in last["Link"]
    answer = get(client, "case_documents", status=400, limit="-1")
    check("imsx_StatusInfo", answer)


def test_queries(client, sample, django_assert_max_num_queries):
    client.get(reverse("case_package", args=[sample.uuid]))  # remembered from here on
    with django_assert_max_num_queries(3):
        client.get(reverse("case_package", args=[sample.uuid]))
    with django_assert_max_num_queries(1):
        client.get(reverse("case_documents"))
    with django_assert_max_num_queries(1):
        client.get(reverse("case_item", args=[case.node_uuid(sample.uuid, "level", "junior")]))


# --- Equivalences ---------------------------------------------------------------------------------------------------


def approve(sources, targets, *, reviewer, officer, **fields) -> EquivalenceStatement:
    at = timezone.now()
    values = {"title": "对应", "issuer": "测试主管机构", "reason": "测试", "valid_from": date(2020, 1, 1)} | fields
    statement = EquivalenceStatement.draft(values, sources, targets, by=reviewer, at=at)
    statement.approve(by=officer, at=at)
    return statement


def topic(slug: str, code: str) -> Topic:
    return Topic.objects.get(module__level__syllabus__slug=slug, code=code)


@pytest.fixture
def two(db) -> tuple[Syllabus, Syllabus]:
    return make_syllabus("old"), make_syllabus("new")


@pytest.mark.parametrize(
    ("sources", "targets", "fields", "expected"),
    [
        (["A1"], ["A1"], {"both_ways": True}, [("exactMatchOf", "old", "new")]),
        (["A1"], ["A1", "A2"], {}, [("isPartOf", "new", "old")] * 2),
        (["A1", "A2"], ["B1"], {}, [("isPartOf", "old", "new")] * 2),
        (["A1"], ["A1"], {"coverage": "partial", "hours": 1}, [("isPartOf", "old", "new")]),
        (["A1", "A2"], ["A1", "A2"], {}, [("isRelatedTo", "old", "new")] * 4),
    ],
)
def test_approved_equivalences_are_associations(client, two, reviewer, officer, sources, targets, fields, expected):
    approve([topic("old", c) for c in sources], [topic("new", c) for c in targets], reviewer=reviewer, officer=officer, **fields)
    found = []
    for syllabus in two:
        package = get(client, "case_package", syllabus.uuid)
        check("CFPackage", package)
        slug_of = {item["identifier"]: syllabus.slug for item in package["CFItems"]}
        lines = [line for line in package["CFAssociations"] if "extensions" in line]
        found += [(line["associationType"], slug_of[line["originNodeURI"]["identifier"]]) for line in lines]
        for line in lines:
            alone = get(client, "case_association", line["identifier"])
            check("CFAssociation", alone)
            assert alone["CFDocumentURI"]["identifier"] == str(syllabus.uuid)
    assert found == [(kind, origin) for kind, origin, _other in expected]


def test_both_ends_tell_of_it_and_a_draft_or_withdrawn_one_is_silent(client, two, reviewer, officer):
    statement = approve([topic("old", "A1")], [topic("new", "A1")], reviewer=reviewer, officer=officer, both_ways=True)
    ends = [case.node_uuid(s.uuid, "topic", "junior", "general", "A1") for s in two]
    for end in ends:
        answer = get(client, "case_item_links", end)
        check("CFAssociationSet", answer)
        assert [a["associationType"] for a in answer["CFAssociations"]].count("exactMatchOf") == 1
    statement.withdraw(by=officer, at=timezone.now(), day=timezone.localdate(), reason="作废")
    values = {"title": "草案", "issuer": "x", "reason": "x", "valid_from": date(2020, 1, 1)}
    EquivalenceStatement.draft(values, [topic("old", "A2")], [topic("new", "A2")], by=reviewer, at=timezone.now())
    for syllabus in two:
        assert not any("extensions" in line for line in get(client, "case_package", syllabus.uuid)["CFAssociations"])


# --- Choosing -------------------------------------------------------------------------------------------------------

RECORDS = [
    {"identifier": "1", "title": "Outline", "version": "2020", "creator": "A"},
    {"identifier": "2", "title": "Group standard", "version": "2025", "creator": "B"},
    {"identifier": "3", "title": "outline II", "creator": "A"},
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "123"),
        ({"sort": "title"}, "213"),
        ({"sort": "title", "orderBy": "desc"}, "312"),
        ({"sort": "colour"}, "123"),
        ({"limit": "1", "offset": "1"}, "2"),
        ({"offset": "9"}, ""),
        ({"filter": "title~'outline'"}, "13"),
        ({"filter": "title='OUTLINE'"}, "1"),
        ({"filter": "creator='A' AND version>='2000'"}, "1"),
        ({"filter": "version='2025' OR title~'II'"}, "23"),
        ({"filter": "creator!='A'"}, "2"),
    ],
)
def test_choosing(query, expected):
    assert "".join(record["identifier"] for record in choose(RECORDS, query).records) == expected


def test_fields():
    assert choose(RECORDS, {"fields": "title,version"}).records[2] == {"title": "outline II"}
    assert choose(RECORDS, {"fields": "title,colour"}).records == RECORDS  # the binding's own rule


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "x"}, {"limit": ""}, {"offset": "-1"}, {"orderBy": "up"}, {"fields": ""},
        {"fields": "title,"}, {"filter": "title"}, {"filter": "colour='red'"}, {"filter": "title='a' AND"},
        {"filter": "title='a' AND title='b' OR title='c'"}, {"filter": "title='a' title='b'"}, {"limit": "٣"},
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(query):
    with pytest.raises(Refused):
        choose(RECORDS, query)


names = st.sampled_from(["limit", "offset", "sort", "orderBy", "filter", "fields"])
texts = st.text("abc =!~<>',-0123456789ANDORtitle", max_size=30) | st.sampled_from([*FIELDS, "asc", "desc", "3", "title~'a'"])


@given(st.dictionaries(names, texts))
def test_any_query_gives_a_page_or_a_refusal(query):
    try:
        chosen = choose(RECORDS, query)
    except Refused as error:
        assert error.code.startswith("invalid_")
    else:
        assert len(chosen.records) <= chosen.limit and chosen.total <= len(RECORDS)
