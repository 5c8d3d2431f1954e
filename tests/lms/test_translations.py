"""The Chinese catalogue is complete, says what the compiled one says, and keeps placeholders whole."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("lms/locale/zh_Hans/LC_MESSAGES")
APPS = ["lms", "accounts", "curriculum", "training", "assessments", "certificates"]


def read(path: Path):
    with path.open("rb") as file:
        return pofile.read_po(file, locale="zh_Hans")


def text(message) -> str:
    return message.string if isinstance(message.string, str) else (message.string or ("",))[0]


def singular(message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def context(message) -> str | None:
    """Babel reads contexts of compiled catalogues as bytes."""
    return message.context.decode() if isinstance(message.context, bytes) else message.context


def test_every_message_has_its_chinese():
    missing = [singular(m) for m in read(ROOT / FOLDER / "django.po") if m.id and (not text(m) or m.fuzzy)]
    assert missing == []


def test_placeholders_survive():
    wrong = []
    for message in read(ROOT / FOLDER / "django.po"):
        if not message.id:
            continue
        wanted = set(re.findall(r"%\(\w+\)[sd]", singular(message)))
        ours = set(re.findall(r"%\(\w+\)[sd]", text(message)))
        if ours - wanted or (wanted - ours and isinstance(message.id, str)):
            wrong.append(singular(message))
    assert wrong == []


def test_the_compiled_catalogue_is_fresh():
    with (ROOT / FOLDER / "django.mo").open("rb") as file:
        compiled = {(context(m), singular(m)): text(m) for m in mofile.read_mo(file) if m.id}
    written = {(context(m), singular(m)): text(m) for m in read(ROOT / FOLDER / "django.po") if m.id}
    assert compiled == written, "run script/messages"


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed (Debian: apt install gettext)")
def test_nothing_new_is_left_out(tmp_path):
    """Collect the messages of a copy of the sources; each must be in the catalogue already."""
    for name in [*APPS, "manage.py"]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("*.otf", "__pycache__", "sample"))
        else:
            shutil.copy(source, tmp_path)
    env = os.environ | {"LMS_TESTING": "1", "LMS_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "manage.py", "makemessages", "--locale", "zh_Hans", "--no-obsolete", "-v0"]
    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
    known = {(context(m), singular(m)) for m in read(ROOT / FOLDER / "django.po")}
    found = {(context(m), singular(m)) for m in read(tmp_path / FOLDER / "django.po")}
    assert found - known == set(), "run script/messages and translate"


def test_translations_have_the_names_that_makemessages_knows():
    """A message under any other alias is never collected, and nobody can translate it."""
    alias = re.compile(r"\b\w*gettext\w* as (\w+)")
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for app in APPS for path in (ROOT / app).rglob("*.py") for name in alias.findall(path.read_text("utf-8"))
        if name != "_"
    }  # fmt: skip
    assert found == set()


def test_what_forms_say_is_ours():
    """Wagtail and allauth have catalogues of the same sentences; ours comes first."""
    with translation.override("zh-hans"):
        for field, typed, says in [
            (forms.CharField(), "", "此项必填。"),
            (forms.EmailField(), "nobody", "请填写有效的电子邮箱地址。"),
            (forms.IntegerField(max_value=3), "4", "不得大于 3。"),
            (forms.CharField(max_length=2), "一二三", "不得超过 2 个字符（现有 3 个）。"),
            (forms.ChoiceField(choices=[("a", "A")]), "b", "请从列出的选项中选择：其中没有“b”。"),
        ]:
            with pytest.raises(ValidationError) as error:
                field.clean(typed)
            assert error.value.messages == [says]


def test_chinese_has_chinese_punctuation():
    wrong = [text(m) for m in read(ROOT / FOLDER / "django.po") if re.search(r"[一-龥][,:;?!][一-龥]", text(m))]
    assert wrong == []
