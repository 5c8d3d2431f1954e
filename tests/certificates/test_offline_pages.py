"""The offline verifier as a page of the site, as a ZIP and as a folder by command; also while the database is away."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.urls import reverse

from certificates.file_verdict import PDF_SIGNATURES
from certificates.models import PdfSigner
from certificates.offline import SCRIPTS, context
from certificates.published import publish_keys, publish_pdf_signers

from .test_qr import database_away


def test_the_page(certificate, client_for, django_assert_max_num_queries):
    client = client_for(None, "en")
    with django_assert_max_num_queries(3):
        page = client.get(reverse("verify_offline"))
    text = page.content.decode()
    assert page.status_code == 200 and "Verify without us" in text
    assert [name in text for name in SCRIPTS] == [True] * len(SCRIPTS)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bon[a-z]+=\"|style=\"", text)  # the policy allows none
    assert certificate.credentials.get().key.public_multibase in text
    assert PdfSigner.objects.get().fingerprint in text
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
    assert json.loads(names["pdf-signers.json"])["signers"][0]["fingerprint"] == PdfSigner.objects.get().fingerprint
    assert certificate.holder_name.encode() not in raw


def test_without_the_database(certificate, client_for):
    """Also the list of what signs PDFs, as it was published; where none was, that is said in place of a wrong answer."""
    fingerprint = PdfSigner.objects.get().fingerprint
    publish_keys()
    storages["private"].delete("published/pdf-signers.json")
    with database_away():
        assert client_for(None).get(reverse("pdf_signers")).status_code == 503
        assert 'data-signers="null"' in client_for(None).get(reverse("verify_offline")).content.decode()
    publish_pdf_signers()
    with database_away():
        assert client_for(None).get(reverse("verify_offline_zip")).status_code == 200
        assert fingerprint in client_for(None).get(reverse("verify_offline")).content.decode()
        assert client_for(None).get(reverse("pdf_signers")).json()["signers"][0]["fingerprint"] == fingerprint


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
    pdf = Path(finders.find("certificates/offline/pdf.js")).read_text("utf-8")
    states = set(re.findall(r'(\w+): "(?:ok|failed|unknown)"', pdf))
    assert states == {*PDF_SIGNATURES, "no_list", "no_crypto"} and all(f"code.pdf_{state}" in words for state in states)
