"""The baked badge of an issued certificate: a picture with the signed credential inside. Nothing is signed for it; whether a
picture that somebody brings is the one we draw is told by drawing it again."""

import io

from PIL import Image

from accounts.models import Organisation

from .credential.carriers import bake_png, bake_svg
from .document.badge import Badge, draw_png, draw_svg
from .models import Certificate, IssuedCredential

MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}


def baked(certificate: Certificate, issued: IssuedCredential, kind: str) -> bytes:
    """Return the PNG or SVG with the credential's exact text."""
    badge = _badge(certificate)
    if kind == "png":
        return bake_png(draw_png(badge), issued.credential)
    return bake_svg(draw_svg(badge), issued.credential)


def is_our_picture(raw: bytes, text: bytes, certificate: Certificate, kind: str) -> bool:
    """Whether a badge with this credential's text shows what we draw for the certificate today: a PNG pixel for pixel, however it
    is packed, an SVG byte for byte. One query."""
    badge = _badge(certificate)
    if kind == "svg":
        return raw == bake_svg(draw_svg(badge), text.decode())
    ours = Image.open(io.BytesIO(draw_png(badge)))
    try:
        theirs = Image.open(io.BytesIO(raw), formats=["PNG"])
        return theirs.size == ours.size and theirs.convert("RGBA").tobytes() == ours.convert("RGBA").tobytes()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False


def _badge(certificate: Certificate) -> Badge:
    level = certificate.facts["level"]
    authority = Organisation.objects.authority()
    return Badge(
        level=level["title"],
        level_en=level["title_en"],
        name=certificate.holder_name,
        number=certificate.number,
        issued_on=certificate.issued_on.isoformat(),
        valid_until=certificate.valid_until.isoformat() if certificate.valid_until else "",
        authority=authority.name if authority else "",
        is_sample=certificate.facts["sample"],
    )
