"""Pictures people bring: what a camera writes beside the picture (place, device, thumbnails, comments) is taken off."""

from io import BytesIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

FORMATS = ["PNG", "JPEG", "WEBP", "GIF"]
MAX_PIXELS = 50_000_000
MAX_MOVING = 4 * MAX_PIXELS  # of all frames of a moving picture together
# Of what Pillow keeps beside the pixels: what the picture needs in order to look the same.
NEEDED = {"icc_profile", "transparency", "gamma", "dpi", "loop", "duration", "background", "jfif", "jfif_version",
          "jfif_unit", "jfif_density", "aspect", "srgb", "chromaticity", "version", "extension", "timestamp",
          "interlace", "progressive", "progression", "adobe", "adobe_transform", "blend", "disposal", "bbox",
          "default_image"}  # fmt: skip


def without_metadata(data: bytes) -> bytes:
    """Return the picture without what was written beside it; the same bytes when nothing was. It is turned upright.

    A picture with something beside it is encoded anew, so nothing that hid in the file comes along. Raises
    ValidationError for what is no PNG, JPEG, WebP or GIF, or larger than we draw.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ValidationError(_("The picture has too many pixels."))
            if picture.width * picture.height * getattr(picture, "n_frames", 1) > MAX_MOVING:
                raise ValidationError(_("The picture has too many pixels."))
            if not _says_more(picture):
                picture.load()
                return data
            return _anew(picture)
    except ValidationError:
        raise
    except Exception as error:  # Pillow raises whatever the file makes it raise
        raise ValidationError(_("This is no picture we take.")) from error


def _says_more(picture: Image.Image) -> bool:
    beside = {name for name in picture.info if isinstance(name, str)} - NEEDED
    return bool(beside or picture.getexif() or getattr(picture, "text", None))


def _anew(picture: Image.Image) -> bytes:
    target, kind = BytesIO(), picture.format
    if getattr(picture, "is_animated", False) and kind != "MPO":
        _forget(picture)
        picture.save(target, kind, save_all=True)
        return target.getvalue()
    turned = picture.getexif().get(0x0112, 1) != 1
    upright = ImageOps.exif_transpose(picture) if turned else picture
    upright.load()
    _forget(upright)
    profile = picture.info.get("icc_profile")
    if kind in ("JPEG", "MPO"):
        quality = "keep" if upright is picture and kind == "JPEG" else 92
        upright.save(target, "JPEG", quality=quality, icc_profile=profile, exif=b"", comment=b"", xmp=b"")
    elif kind == "WEBP":
        upright.save(target, "WEBP", quality=90, icc_profile=profile or b"", exif=b"", xmp=b"")
    else:
        upright.save(target, kind)
    return target.getvalue()


def _forget(picture: Image.Image) -> None:
    for name in list(picture.info):
        if name not in NEEDED:
            del picture.info[name]
