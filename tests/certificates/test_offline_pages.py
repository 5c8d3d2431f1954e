"""The offline verifier as a page of the site, as a ZIP and as a folder by command; also while the database is away."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.urls import reverse

from certificates.offline import SCRIPTS, context
from certificates.published import publish_keys

from .test_qr import database_away


def test_the_page(certificate, client_for, django_assert_max_num_queries):
    client = client_for(None, "en")
    with django_assert_max_num_queries(2):
        page = client.get(reverse("verify_offline"))
    text = page.content.decode()
    assert page.status_code == 200 and "Verify without us" in text
    assert [name in text for name in SCRIPTS] == [True] * len(SCRIPTS)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bon[a-z]+=\"|style=\"", text)  # the policy allows none
    assert certificate.credentials.get().key.public_multibase in text
    assert reverse("status_list", args=[1]) in text
    assert reverse("verify_offline") in client.get(reverse("verify")).content.decode()


def test_the_folder(certificate, client_for, tmp_path):
    raw = client_for(None).get(reverse("verify_offline_zip")).content
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = {name.removeprefix("certificate-verifier/"): archive.read(name) for name in archive.namelist()}
    call_command("export_verifier", str(tmp_path), verbosity=0)
    for name, content in names.items():
        assert (tmp_path / name).read_bytes() == content
    for name in ("index.html", "en.html"):
        page = names[name].decode()
        assert not re.search(r'(?:src|href|action)="[^"]*//', page)
        assert all(part in names for part in re.findall(r'(?:src|href)="([^"#]+)"', page))
    assert json.loads(names["did.json"])["assertionMethod"]
    assert certificate.holder_name.encode() not in raw


def test_without_the_database(certificate, client_for):
    publish_keys()
    with database_away():
        for name in ("verify_offline", "verify_offline_zip"):
            assert client_for(None).get(reverse(name)).status_code == 200


def test_before_the_first_key(client_for, db, tmp_path):
    assert client_for(None).get(reverse("verify_offline")).status_code == 404
    with pytest.raises(CommandError):
        call_command("export_verifier", str(tmp_path))


def test_every_word_of_the_script_is_there(certificate, at):
    """Each code that a check can give, each check's name and each verdict has its words."""
    script = finders.find("certificates/offline/check.js")
    words, source = json.loads(context(at=at)["texts"]), Path(script).read_text("utf-8")
    codes = set(re.findall(r'must\((?:[^"]|"(?!,))*?, "([a-z_]+)"', source)) | set(re.findall(r'new Failed\("([a-z_]+)"', source))
    assert len(codes) > 20
    assert {code for code in codes if f"code.{code}" not in words} == set()
    assert {f"check.{name}" for name in re.findall(r'check\(checks, "([a-z]+)"', source)} <= set(words)
