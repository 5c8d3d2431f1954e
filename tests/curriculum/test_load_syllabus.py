"""`load_syllabus`: all or nothing, twice is harmless, each wrong row is named."""

import copy
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from curriculum.models import Level, Module, Syllabus, Topic
from curriculum.syllabus_file import SyllabusFileError, load, problems_of
from lms.lib.errors import WrongState

FILE = Path(settings.BASE_DIR) / "curriculum" / "sample" / "syllabus-2020.yaml"


@pytest.fixture
def data():
    return yaml.safe_load(FILE.read_text("utf-8"))


def test_it_loads_three_levels_of_four_modules(db):
    call_command("load_syllabus", FILE, verbosity=0)
    syllabus = Syllabus.objects.get()
    assert syllabus.status == "in_force"
    assert not syllabus.verified
    assert [level.code for level in syllabus.levels.all()] == ["junior", "intermediate", "senior"]
    assert all(level.modules.count() == 4 for level in syllabus.levels.all())
    assert all(module.hours_source and not module.hours_verified for module in Module.objects.all())
    assert Topic.objects.filter(required=True).exists() and Topic.objects.filter(required=False).exists()
    assert syllabus.competences.count() == 10


def test_twice_is_harmless(data, db):
    first = load(data)
    again = load(copy.deepcopy(data))
    assert first.created and not again.created
    assert again.syllabus == first.syllabus
    assert (Syllabus.objects.count(), Level.objects.count()) == (1, 3)


def test_changed_content_needs_a_new_slug(data, db):
    load(data)
    data["levels"][0]["modules"][0]["hours"] = 99
    with pytest.raises(SyllabusFileError, match="another slug"):
        load(data)
    assert Module.objects.filter(hours=99).count() == 0


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (lambda d: d["levels"][0]["modules"][0].pop("hours"), "module"),
        (lambda d: d["levels"][0]["modules"][0]["topics"][0].update(hours="viel"), "decimal number"),
        (lambda d: d["levels"][0]["modules"][0]["topics"][0].update(hours=-1), "negative"),
        (lambda d: d["levels"][0]["modules"][0]["topics"][1].update(
            code=d["levels"][0]["modules"][0]["topics"][0]["code"]), "stands twice"),
        (lambda d: d["levels"][0]["modules"][0]["topics"][0].update(competences=["flying"]), "flying"),
        (lambda d: d["levels"][1].update(code="grandmaster"), "level grandmaster: code"),
        (lambda d: d["competences"][0].pop("title_en"), "competence"),
    ],
)  # fmt: skip
def test_each_wrong_row_is_named_and_nothing_is_loaded(data, db, change, row):
    change(data)
    with pytest.raises(SyllabusFileError, match=row):
        load(data)
    assert not Syllabus.objects.exists()


def _first(data, *path):
    """The first level, its first module, its first topic, as far down as asked."""
    row = data
    for name in path:
        row = row[name][0]
    return row


LEVEL, MODULE, TOPIC = ("levels",), ("levels", "modules"), ("levels", "modules", "topics")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda d: d.update(competences="abc"), "competences: not a list"),
        (lambda d: d.update(competences=["a"]), "competence 1: not a mapping"),
        (lambda d: d["competences"].append(d["competences"][0]), "competence discover: this code stands twice"),
        (lambda d: d["competences"][0].update(kind="zzz"), "competence discover: kind “zzz”"),
        (lambda d: d.update(levels={"a": 1}), "levels: not a list"),
        (lambda d: d.update(levels=["junior"]), "level 1: not a mapping"),
        (lambda d: d["levels"].append(d["levels"][0]), "level junior: this code stands twice"),
        (lambda d: _first(d, *LEVEL).update(title="长" * 400), "level junior: title “长长"),
        (lambda d: _first(d, *LEVEL).update(modules=5), "level junior, modules: not a list"),
        (lambda d: _first(d, *LEVEL)["modules"].append(_first(d, *MODULE)), "module public-knowledge: this code stands"),
        (lambda d: _first(d, *MODULE).update(hours="NaN"), "module public-knowledge: hours “NaN”"),
        (lambda d: _first(d, *MODULE).update(hours="Infinity"), "module public-knowledge: hours “Infinity”"),
        (lambda d: _first(d, *MODULE).update(hours="1234567"), "module public-knowledge: hours “1234567”"),
        (lambda d: _first(d, *MODULE).update(hours="1.2345"), "module public-knowledge: hours “1.2345”"),
        (lambda d: _first(d, *MODULE).update(topics=["x"]), "module public-knowledge, topic 1: not a mapping"),
        (lambda d: _first(d, *TOPIC).update(required="false"), "topic J-PK-1: required “false”"),
        (lambda d: _first(d, *TOPIC).update(outcomes="abc"), "topic J-PK-1: outcomes “abc”"),
        (lambda d: _first(d, *TOPIC).update(competences=[{"a": 1}]), "topic J-PK-1: competences are not"),
        (lambda d: d.update(in_force_from="soon"), "in_force_from “soon”"),
        (lambda d: d.pop("in_force_from"), "syllabus: missing in_force_from"),
        (lambda d: d.update(minutes_per_hour="x"), "minutes_per_hour “x”"),
        (lambda d: d.update(minutes_per_hour=0), "minutes_per_hour “0”"),
        (lambda d: d.update(slug="a b/c"), "slug “a b/c”"),
        (lambda d: d.update(source_url="javascript:alert(1)"), "source_url “javascript"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_a_line_and_no_traceback(data, change, line):
    change(data)
    found = problems_of(data)
    assert [text for text in found if line in text], found


@pytest.mark.parametrize(
    "change",
    [
        lambda d: _first(d, *LEVEL).update(admission_en="anyone"),
        lambda d: _first(d, *TOPIC).update(outcomes_en=["Fly"]),
        lambda d: _first(d, *MODULE).update(hours_source="hearsay"),
        lambda d: d.update(in_force_from="2021-01-01"),
    ],
)
def test_a_change_of_any_word_needs_a_new_slug(data, db, change):
    load(data)
    change(data)
    with pytest.raises(SyllabusFileError, match="another slug"):
        load(data)
    assert Syllabus.objects.count() == 1


def test_all_wrong_rows_are_named_at_once(data):
    data["levels"][0]["modules"][0].pop("hours")
    data["levels"][1]["code"] = "grandmaster"
    assert len(problems_of(data)) == 2


def test_a_file_that_is_none(db, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("- a\n- b\n")
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_syllabus", path)
    with pytest.raises(CommandError):
        call_command("load_syllabus", tmp_path / "missing.yaml")


def test_a_version_in_force_is_never_edited(data, db):
    syllabus = load(data).syllabus
    module = Module.objects.first()
    module.hours = 1
    for step in (module.save, module.delete, lambda: Topic.objects.first().delete()):
        with pytest.raises(WrongState):
            step()
    with pytest.raises(IntegrityError), transaction.atomic():
        Syllabus.objects.filter(pk=syllabus.pk).update(content_hash="")
