"""Designs of certificates: two people, versions that stay, a preview of what is typed, and what may not stand there."""

import io
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from wagtail.models import ModelLogEntry

from accounts.models import Organisation
from certificates.design_forms import as_png
from certificates.document.claims import claims_in
from certificates.document.design import Colour, Design, Layout
from certificates.document.render import render_pdf, render_preview
from certificates.models import CertificateDesign
from lms.lib.errors import WrongState
from lms.lib.jobs.runner import run_due
from tests.certificates.document.test_pdf import CREDENTIAL, DOCUMENT, LONG, pages_of

SAID = {"layout": "portrait", "colour": "#16324f", "motto": "用中学", "signatory": "李明样"}


def picture(kind: str = "PNG", mode: str = "RGB", **extra) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (900, 30)).save(buffer, kind, **extra)
    return buffer.getvalue()


@pytest.fixture
def draft(base, registrar) -> CertificateDesign:
    return CertificateDesign.draft(base, by=registrar, at=timezone.now())


@pytest.mark.parametrize("layout", Layout.values)
def test_every_layout_holds_every_certificate(layout, tmp_path):
    """One page to frame, whatever the length of names; and PDF/A's export check, which typst makes, is passed."""
    png = as_png(picture())
    design = Design(layout, "#8c2f39", "李明样", "主任", "Director", "用中学", "Learning by doing", "示例", png, png)
    for document in (DOCUMENT, replace(DOCUMENT, **LONG)):
        pages = pages_of(tmp_path, replace(document, design=design))
        assert len(pages) == 2 and "学习与考核记录" in pages[1]
        assert "用中学" in pages[0] and "李明样" in pages[0] and DOCUMENT.number in pages[0]


def test_preview_is_the_first_page():
    width, height = Image.open(io.BytesIO(render_preview(replace(DOCUMENT, design=Design("portrait"))))).size
    assert width < height
    assert render_pdf(DOCUMENT, CREDENTIAL).startswith(b"%PDF")


def test_every_colour_can_be_read():
    """WCAG 2: 4.5 to 1 on white."""

    def light(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    for colour in Colour.values:
        red, green, blue = (light(colour[i : i + 2]) for i in (1, 3, 5))
        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


def test_two_people_and_a_version_that_stays(draft, registrar, officer, base):
    now = timezone.now()
    draft.change(by=registrar, at=now, **SAID)
    with pytest.raises(WrongState):
        draft.put_into_use(by=registrar, at=now)
    draft.put_into_use(by=officer, at=now)
    assert CertificateDesign.objects.in_use_for(base) == draft
    for again in (lambda: draft.put_into_use(by=officer, at=now), lambda: draft.change(by=registrar, at=now), draft.save,
                  draft.delete):  # fmt: skip
        with pytest.raises(WrongState):
            again()
    following = CertificateDesign.draft(base, by=registrar, at=now)
    assert (following.version, following.motto) == (2, "用中学")
    following.put_into_use(by=officer, at=now)
    draft.refresh_from_db()
    assert draft.status == "retired" and CertificateDesign.objects.in_use_for(base) == following
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificateDesign.objects.filter(pk=following.pk).update(approved_by=registrar)


def test_a_draft_is_thrown_away_and_nothing_else(client_for, draft, registrar, officer, outsider, base):
    now = timezone.now()
    draft.change(by=registrar, at=now, logo=as_png(picture()))
    draft.put_into_use(by=officer, at=now)
    following = CertificateDesign.draft(base, by=registrar, at=now)
    client, address = client_for(registrar, "en"), reverse("design_discard", args=[following.uuid])
    page = client.get(following.get_absolute_url()).content.decode()
    assert address in page and "cannot be brought back" in page
    assert client_for(outsider).post(address).status_code == 404 and client.get(address).status_code == 405
    assert client.post(address).url == reverse("design_list")
    assert list(CertificateDesign.objects.all()) == [draft]
    entry = ModelLogEntry.objects.get(action="certificates.design.discard")
    assert (entry.user, entry.data["version"], entry.data["organisation"]) == (registrar, 2, base.pk)
    assert client.post(address).status_code == 404  # a second click
    draft.refresh_from_db()
    assert bytes(draft.logo).startswith(b"\x89PNG") and CertificateDesign.objects.in_use_for(base) == draft
    kept = reverse("design_discard", args=[draft.uuid])
    assert kept not in client.get(draft.get_absolute_url()).content.decode()
    assert client.post(kept).status_code == 409
    with pytest.raises(WrongState):
        draft.discard(by=registrar)
    late = CertificateDesign.draft(base, by=registrar, at=now)
    CertificateDesign.objects.get(pk=late.pk).put_into_use(by=officer, at=now)  # somebody was faster
    with pytest.raises(WrongState):
        late.discard(by=registrar)
    assert CertificateDesign.objects.filter(pk=late.pk).exists()


def test_a_base_without_one_uses_the_authoritys(base, officer, registrar, authority):
    assert CertificateDesign.objects.in_use_for(base) is None
    assert authority.kind == Organisation.Kind.AUTHORITY
    design = CertificateDesign.draft(authority, by=officer, at=timezone.now())
    design.put_into_use(by=registrar, at=timezone.now())
    assert CertificateDesign.objects.in_use_for(base) == design


def test_what_was_issued_keeps_its_design(draft, registrar, officer, certificate):
    """The certificate of the fixture was issued before the draft was used; a further copy looks as the first did."""
    now = timezone.now()
    assert certificate.credentials.get().design is None
    draft.change(by=registrar, at=now, **SAID)
    draft.put_into_use(by=officer, at=now)
    certificate.refresh_from_db()
    certificate.change_status("suspended", reason="investigation", by=officer, at=now)
    run_due()
    assert {copy.design for copy in certificate.credentials.all()} == {None}


@pytest.mark.parametrize("words", ["国家 职业资格", "执业资格", "licence  to PRACTISE"])
def test_claims(words):
    (found,) = claims_in(f"获{words}!")
    assert found[1]
    assert claims_in("技术经理人") == []


def test_pictures_are_drawn_anew():
    raw = as_png(picture("JPEG", exif=b"Exif\0\0hidden"))
    assert raw.startswith(b"\x89PNG") and b"hidden" not in raw
    assert Image.open(io.BytesIO(raw)).size == (800, 27)
    assert as_png(picture("GIF", "P")).startswith(b"\x89PNG")


@pytest.mark.parametrize("raw", [b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"x" * 90, b"%PDF-1.7"])
def test_what_is_no_picture_is_refused(client_for, draft, registrar, raw):
    answer = client_for(registrar).post(draft.get_absolute_url(), SAID | {"logo_file": SimpleUploadedFile("a.png", raw)})
    assert answer.status_code == 422 and "用中学" in answer.content.decode()
    draft.refresh_from_db()
    assert not draft.logo and draft.motto == ""


def test_the_page(client_for, draft, registrar, officer, outsider, django_assert_max_num_queries):
    client = client_for(registrar, "en")
    assert client.post(reverse("design_create"), {"issuer": draft.organisation_id}).url == draft.get_absolute_url()
    sent = SAID | {"logo_file": SimpleUploadedFile("a.png", picture())}
    assert client.post(draft.get_absolute_url(), sent).status_code == 302
    draft.refresh_from_db()
    assert draft.logo and draft.motto == "用中学"
    with django_assert_max_num_queries(14):
        page = client.get(draft.get_absolute_url()).content.decode()
    assert "You changed it last" in page and "data-preview" in page
    assert client.post(draft.get_absolute_url(), SAID | {"no_logo": "on"}).status_code == 302
    draft.refresh_from_db()
    assert not draft.logo
    assert client.post(reverse("design_use", args=[draft.uuid])).status_code == 403
    assert client_for(outsider).get(draft.get_absolute_url()).status_code == 404
    assert client_for(officer).post(reverse("design_use", args=[draft.uuid])).status_code == 302
    for step in (draft.get_absolute_url(), reverse("design_use", args=[draft.uuid])):  # a second click is no lack of rights
        assert client.post(step, SAID).status_code == 409
    assert "version 1" in client.get(reverse("design_list")).content.decode()


def test_the_preview_stands_beside_the_form_while_there_is_one(client_for, draft, registrar, officer):
    client = client_for(registrar)
    assert '<section class="card stack stays"' in client.get(draft.get_absolute_url()).content.decode()
    draft.put_into_use(by=officer, at=timezone.now())
    assert "stays" not in client.get(draft.get_absolute_url()).content.decode()


def test_the_preview_shows_what_is_typed_and_saves_nothing(client_for, draft, registrar):
    client, address = client_for(registrar, "en"), reverse("design_preview", args=[draft.uuid])
    saved, typed = client.get(address), client.post(address, SAID)
    assert saved["Content-Type"] == typed["Content-Type"] == "image/png" and saved.content != typed.content
    draft.refresh_from_db()
    assert draft.motto == ""
    for words, told in (("国家职业资格", "ability level of a training base"), ("\U0001f600", "U+1F600")):
        answer = client.post(address, SAID | {"motto": words})
        assert answer.status_code == 422 and told in answer.content.decode()
