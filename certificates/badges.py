"""The baked badge of an issued certificate: a picture with the signed credential inside. Nothing is signed for it."""

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
