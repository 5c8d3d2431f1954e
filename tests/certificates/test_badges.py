"""The badge as PNG and SVG, with the credential baked in."""

import io
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw

from certificates.badges import baked, is_our_picture
from certificates.credential.carriers import bake_png, bake_svg, extract
from certificates.document.badge import Badge, draw_png, draw_svg
from certificates.filecheck import verify_file

BADGE = Badge(
    level="初级技术经理人", level_en="Junior technology manager", name="陈䶮样", number="TM-J-4K7QX-93HPB-T",
    issued_on="2026-10-07", valid_until="2029-10-07", authority="示例主管机构", is_sample=True,
)  # fmt: skip


def test_the_same_values_give_the_same_bytes():
    assert draw_png(BADGE) == draw_png(BADGE)
    assert draw_svg(BADGE) == draw_svg(BADGE)
    assert Image.open(io.BytesIO(draw_png(BADGE))).size == (720, 720)
    assert len(draw_png(BADGE)) < 100_000


def test_svg_is_safe_and_needs_no_font():
    root = ElementTree.fromstring(draw_svg(Badge(**{**vars(BADGE), "name": "<b>&" * 40})))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names == {"svg", "title", "rect", "circle", "path"}


def test_text_that_would_close_the_wrapper():
    text = '{"name": "]]>"}'
    assert extract(bake_svg("<svg></svg>", text)).credential.decode() == text


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_baked_files_carry_the_credential_and_others_read_it(certificate, client_for, kind):
    issued = certificate.credentials.get()
    answer = client_for(certificate.holder).get(reverse(f"certificate_{kind}", args=[certificate.uuid]))
    raw = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"] == f'attachment; filename="{certificate.number}.{kind}"'
    assert raw == baked(certificate, issued, kind)
    assert extract(raw).credential.decode() == issued.credential
    assert verify_file(raw, at=timezone.now()).verdict.state == "valid"
    theirs = pytest.importorskip("openbadgeslib.ob3.verifier").OB3Verifier
    read = theirs.extract_token_from_png if kind == "png" else theirs.extract_token_from_svg
    assert read(raw).strip() == issued.credential


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_that_shows_something_else_is_told(certificate, client_for, kind):
    issued = certificate.credentials.get()
    raw = baked(certificate, issued, kind)
    assert verify_file(raw, at=timezone.now()).picture == "same"
    if kind == "png":
        edited = Image.open(io.BytesIO(raw)).convert("RGB")
        again, buffer = io.BytesIO(), io.BytesIO()
        edited.save(again, "PNG", compress_level=1)
        assert verify_file(bake_png(again.getvalue(), issued.credential), at=timezone.now()).picture == "same"
        ImageDraw.Draw(edited).text((300, 350), "高级", fill="#1f6f78")
        edited.save(buffer, "PNG")
        changed = bake_png(buffer.getvalue(), issued.credential)
    else:
        changed = raw.replace(b"<circle", b"<rect", 1)
    found = verify_file(changed, at=timezone.now())
    assert (found.verdict.state, found.picture) == ("valid", "other")
    sent = SimpleUploadedFile(f"badge.{kind}", changed)
    page = client_for(None, "en").post(reverse("verify_file"), {"file": sent}).content.decode()
    assert "Go by what stands here, not by the picture." in page


def test_a_picture_that_can_not_be_opened_is_another(certificate):
    whole = baked(certificate, issued := certificate.credentials.get(), "png")
    at = whole.index(b"IDAT")
    broken = whole[: at + 20] + bytes(40) + whole[at + 60 :]
    assert not is_our_picture(broken, issued.credential.encode(), certificate, "png")
    huge = io.BytesIO()
    Image.new("1", (5000, 5000)).save(huge, "PNG")
    assert not is_our_picture(huge.getvalue(), issued.credential.encode(), certificate, "png")


def test_not_for_others(certificate, client_for, outsider):
    assert client_for(outsider).get(reverse("certificate_png", args=[certificate.uuid])).status_code == 404
