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
        (lambda d: d["levels"][0]["modules"][0]["topics"][0].update(hours="viel"), "not a number"),
        (lambda d: d["levels"][0]["modules"][0]["topics"][0].update(hours=-1), "negative"),
        (lambda d: d["levels"][0]["modules"][0]["topics"][1].update(
            code=d["levels"][0]["modules"][0]["topics"][0]["code"]), "stands twice"),
        (lambda d: d["levels"][0]["modules"][0]["topics"][0].update(competences=["flying"]), "flying"),
        (lambda d: d["levels"][1].update(code="grandmaster"), "unknown level"),
        (lambda d: d["competences"][0].pop("title_en"), "competence"),
    ],
)  # fmt: skip
def test_each_wrong_row_is_named_and_nothing_is_loaded(data, db, change, row):
    change(data)
    with pytest.raises(SyllabusFileError, match=row):
        load(data)
    assert not Syllabus.objects.exists()


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
