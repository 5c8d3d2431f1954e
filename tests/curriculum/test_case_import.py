"""Importing a CASE 1.1 package: our own comes back the same, anything odd changes nothing and is told line by line."""

import copy
import html
import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from curriculum.exchange import case_import, case_shape
from curriculum.exchange.case import package_of
from curriculum.models import Module, Precondition, Syllabus, Track
from curriculum.syllabus_file import load
from tests.factories.curriculum import make_syllabus

SAMPLE = Path(settings.BASE_DIR) / "curriculum" / "sample" / "syllabus-2020.yaml"


def own_package(slug: str = "outline") -> dict:
    return json.loads(json.dumps(package_of(make_syllabus(slug), at=date(2026, 1, 1)).as_json()))


def dumped(package) -> bytes:
    return json.dumps(package, ensure_ascii=False).encode()


def link(identifier: str, title: str = "x") -> dict:
    return {"title": title, "identifier": identifier, "uri": f"https://other.example/{identifier}"}


@pytest.fixture
def package(db) -> dict:
    return own_package()


def test_our_own_package_comes_back_the_same_but_unverified(db, officer):
    first = load(yaml.safe_load(SAMPLE.read_text("utf-8"))).syllabus
    raw = dumped(package_of(first, at=date(2026, 1, 1)).as_json())
    report = case_import.import_package(raw, slug="again", by=officer)
    assert report.problems == [] and [line.problems for line in report.lines if line.problems] == []
    draft = report.syllabus
    assert draft.status == "draft" and not draft.verified
    before, after = first.as_json(), draft.as_json()
    for said in (before, after):
        said.pop("slug")
    assert after == before
    assert ModelLogEntry.objects.get(action="curriculum.syllabus.case_import").user == officer


def test_what_a_file_calls_verified_is_not(package, officer):
    package["CFDocument"]["extensions"]["lms"]["verified"] = True
    for item in package["CFItems"]:
        item["extensions"]["lms"] |= {"verified": True, "hours_verified": True}
    draft = case_import.import_package(dumped(package), slug="bold", by=officer).syllabus
    assert not draft.verified
    assert not Module.objects.filter(level__syllabus=draft, hours_verified=True).exists()
    assert not Precondition.objects.filter(level__syllabus=draft, verified=True).exists()
    assert not Track.objects.filter(syllabus=draft, verified=True).exists()


def test_a_foreign_package_is_told_by_depth_and_says_what_was_supplied(package, officer):
    """Without our extensions, types and codes: depth makes levels, modules, topics; competences keep their type."""
    for item in package["CFItems"]:
        kind = item.pop("extensions")["lms"]["kind"]
        item.pop("humanCodingScheme", None)
        if kind != "competence":
            item.pop("CFItemType")
    package["CFDocument"].pop("extensions")
    report = case_import.import_package(dumped(package), slug="foreign", by=officer)
    assert not report.refused, (report.problems, [line.problems for line in report.lines])
    level = report.syllabus.levels.get()
    assert level.code == "junior" and level.modules.count() == 2
    assert any("0" in note for line in report.lines for note in line.notes)  # hours nobody said
    assert level.modules.first().topics.first().competences.exists()


def ours(package: dict, kind: str) -> dict:
    """What stands under our name at the first item of a kind."""
    found = (item["extensions"]["lms"] for item in package["CFItems"])
    return next(said for said in found if said["kind"] == kind)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p["CFDocument"].pop("title"),
        lambda p: p["CFDocument"].update(colour="red"),
        lambda p: p["CFDocument"].update(caseVersion="1.0"),
        lambda p: p.update(CFItems={}),
        lambda p: p.update(CFThings=[]),
        lambda p: p["CFItems"].append(7),
        lambda p: p["CFItems"][0].update(identifier="junior"),
        lambda p: p["CFItems"].append(copy.deepcopy(p["CFItems"][0])),
        lambda p: p["CFItems"][0].update(fullStatement="超" * 61),
        lambda p: p["CFItems"][0].update(lastChangeDateTime="yesterday"),
        lambda p: p["CFAssociations"].pop(0),  # the level lies nowhere
        lambda p: p["CFAssociations"].append(copy.deepcopy(p["CFAssociations"][0])),
        lambda p: p["CFAssociations"][0].update(destinationNodeURI=link(p["CFItems"][1]["identifier"])),  # a circle
        lambda p: p["CFAssociations"][1].update(destinationNodeURI=link("00000000-0000-4000-8000-000000000000")),
        lambda p: p["CFAssociations"][1].update(originNodeURI=link("00000000-0000-4000-8000-000000000000")),
        lambda p: p["CFAssociations"][1].update(associationType="isBelow"),
        lambda p: ours(p, "level").update(kind="topic"),
        lambda p: ours(p, "module").update(hours="many"),
        lambda p: ours(p, "topic").update(hours=[1]),
        lambda p: ours(p, "topic").update(required="yes"),
        lambda p: ours(p, "level").update(preconditions={"a": 1}),
        lambda p: ours(p, "level").update(preconditions=[{"alternative": 0, "kind": "rank"}]),
        lambda p: p["CFDocument"]["extensions"]["lms"].update(minutes_per_hour={}),
        lambda p: p["CFDocument"].update(officialSourceURL="javascript:alert(1)"),
    ],
)  # fmt: skip
def test_anything_odd_changes_nothing(package, officer, change):
    change(package)
    report = case_import.import_package(dumped(package), slug="odd", by=officer)
    assert report.refused and report.count >= 1 and report.syllabus is None
    assert not Syllabus.objects.filter(slug="odd").exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5000, b'{"CFDocument": NaN}',
        b'{"a": 1, "a": 2}', b'{"a": 1' + b"0" * 5000 + b"}", b'{"CFDocument": {"title": "\\ud800"}}',
        b'{"CFDocument": {"title": "\\u0000"}}', b" " * (case_shape.MAX_BYTES + 1), b'{"a": "' + b"\\" * 100_001,
    ],
)  # fmt: skip
def test_hostile_bytes_are_refused_in_one_sentence(db, officer, raw):
    report = case_import.import_package(raw, slug="hostile", by=officer)
    assert report.refused and not Syllabus.objects.exists()


def test_too_many_items_are_refused(package, officer):
    package["CFItems"] *= case_shape.MAX_ITEMS // len(package["CFItems"]) + 1
    assert case_import.import_package(dumped(package), slug="many", by=officer).refused


def test_it_may_be_a_version_of_a_standard_that_is_there(package, officer):
    standard = Syllabus.objects.get(slug="outline").standard
    report = case_import.import_package(dumped(package), slug="next", standard=standard, by=officer)
    assert report.syllabus.standard == standard
    founded = case_import.import_package(dumped(package), slug="own", by=officer).syllabus
    assert founded.standard != standard
    founded.delete()
    assert case_import.import_package(dumped(package), slug="own", by=officer).syllabus  # its standard is taken up again
    assert case_import.import_package(dumped(package), slug=standard.slug, by=officer).refused


def test_associations_with_other_frameworks_are_named_as_left_out(package, officer):
    extra = copy.deepcopy(package["CFAssociations"][0])
    extra |= {"identifier": "00000000-0000-4000-8000-000000000001", "associationType": "exactMatchOf",
              "destinationNodeURI": link("urn:elsewhere")}  # fmt: skip
    package["CFAssociations"].append(extra)
    report = case_import.import_package(dumped(package), slug="partly", by=officer)
    assert report.syllabus and len(report.notes) == 1


odd = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["kind", "lms", "x"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def places(node, path=()):
    """Every place in a JSON value, as a path."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


@given(data=st.data())
@hypothesis_settings(max_examples=120, deadline=None,
                     suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
def test_mutated_packages_never_crash_and_never_half_import(package, officer, data):
    mutated = copy.deepcopy(package)
    paths = [path for path in places(mutated) if path]
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=4)):
        node = mutated
        try:
            for key in path[:-1]:
                node = node[key]
            if data.draw(st.booleans()):
                del node[path[-1]]
            else:
                node[path[-1]] = data.draw(odd)
        except (KeyError, IndexError, TypeError):
            continue
    before = Syllabus.objects.count(), Module.objects.count()
    report = case_import.import_package(dumped(mutated), slug="fuzz", by=officer)
    if report.syllabus is None:
        assert report.refused and (Syllabus.objects.count(), Module.objects.count()) == before
    else:
        assert report.syllabus.status == "draft" and report.syllabus.recompute_hash()
        report.syllabus.delete()


# --- The page -------------------------------------------------------------------------------------------------------


def send(client, package, slug="imported"):
    file = SimpleUploadedFile("x.json", package if isinstance(package, bytes) else dumped(package), "application/json")
    return client.post(reverse("standard_import"), {"slug": slug, "file": file})


def test_the_trip(client_for, package, reviewer, author):
    client = client_for(reviewer)
    assert client.get(reverse("standard_import")).status_code == 200
    response = send(client, package)
    draft = Syllabus.objects.get(slug="imported")
    assert response.status_code == 200 and draft.get_absolute_url() in response.text
    assert client.get(draft.get_absolute_url()).status_code == 200
    assert client_for(author).get(draft.get_absolute_url()).status_code == 404
    assert client_for(None).get(reverse("case_document", args=[draft.uuid])).status_code == 404
    assert "slug" in send(client, package).context["form"].errors  # a second click


def test_problems_stand_at_their_items(client_for, package, reviewer):
    place = next(n for n, item in enumerate(package["CFItems"]) if item["extensions"]["lms"]["kind"] == "module")
    package["CFItems"][place]["extensions"]["lms"]["hours"] = "many"
    response = send(client_for(reviewer), package)
    assert response.status_code == 422
    lines = response.context["report"].lines
    assert [n for n, line in enumerate(lines) if line.problems] == [place]
    assert response.context["report"].problems_first[0] is lines[place]
    assert "many" in lines[place].problems[0] and lines[place].problems[0] in html.unescape(response.text)


@pytest.mark.parametrize("raw", [b"not json", b"\x00\x01", b"{}"])
def test_odd_files_are_an_answer_not_an_error(client_for, db, reviewer, raw):
    assert send(client_for(reviewer), raw).status_code == 422


def test_only_the_authority_imports(client_for, package, author, registrar, trainee):
    for person in (author, registrar, trainee):
        assert send(client_for(person), package).status_code == 403
    assert send(client_for(None), package).status_code == 302
    assert not Syllabus.objects.filter(slug="imported").exists()
