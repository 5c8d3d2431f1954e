"""What a camera writes beside a picture does not become public with it."""

import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image as Picture
from PIL import PngImagePlugin

from lms.lib.pictures import without_metadata
from tests.curriculum.media_files import photo


def opened(data: bytes) -> Picture.Image:
    return Picture.open(io.BytesIO(data))


def saved(picture: Picture.Image, kind: str, **options) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def test_place_device_and_comment_are_gone():
    before = photo()
    assert opened(before).getexif().get_ifd(0x8825) and b"secret place" in before
    after = without_metadata(before)
    assert not opened(after).getexif() and "comment" not in opened(after).info
    assert b"Telephone" not in after and b"secret place" not in after and opened(after).size == (60, 40)


def test_a_picture_that_lay_on_its_side_stands_upright():
    after = opened(without_metadata(photo(orientation=6)))
    assert after.size == (40, 60) and not after.getexif()


def test_a_picture_with_nothing_beside_it_keeps_its_bytes():
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        data = saved(Picture.new("RGB", (20, 10), "red"), kind)
        assert without_metadata(data) == data


def test_words_in_a_png_are_gone_and_transparency_stays():
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "somebody")
    after = without_metadata(saved(Picture.new("RGBA", (20, 10), (255, 0, 0, 0)), "PNG", pnginfo=words))
    assert b"somebody" not in after and opened(after).mode == "RGBA" and opened(after).getpixel((0, 0))[3] == 0


def test_a_moving_picture_keeps_moving():
    frames = [Picture.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0, comment=b"somebody")
    after = without_metadata(data)
    assert b"somebody" not in after and opened(after).n_frames == 3


def test_a_moving_picture_of_too_many_frames_is_refused_before_it_is_drawn(monkeypatch):
    """Each frame is within the limit; together they would keep a server busy for minutes."""
    frames = [Picture.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=b"somebody")
    monkeypatch.setattr("lms.lib.pictures.MAX_MOVING", 20 * 10 * 3)
    without_metadata(data)
    monkeypatch.setattr("lms.lib.pictures.MAX_MOVING", 20 * 10 * 3 - 1)
    with pytest.raises(ValidationError):
        without_metadata(data)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut off", b"<svg onload='x()'/>"])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ValidationError):
        without_metadata(data)


def test_a_picture_cut_off_is_refused():
    with pytest.raises(ValidationError):
        without_metadata(photo(size=(400, 400))[:1500])
