"""The public addresses that stand on certificates and in credentials. One official host, from settings."""

from django.conf import settings
from django.urls import reverse


def verify_address(certificate) -> str:
    """The certificate's short address. It stood in the QR codes of the first certificates."""
    return settings.BASE_URL + reverse("verify_link", args=[certificate.token])


def qr_address(payload: str) -> str:
    """The address in the QR code, without what follows the #."""
    return settings.BASE_URL + reverse("verify_qr", args=[payload])


def share_address(code: str) -> str:
    return settings.BASE_URL + reverse("share_link", args=[code])


def issuer_address(base) -> str:
    """The place of a training base in the list of accredited ones."""
    return settings.BASE_URL + reverse("issuer", args=[base.uuid])


def status_list_address(number: int) -> str:
    return settings.BASE_URL + reverse("status_list", args=[number])


def verify_page_address() -> str:
    return settings.BASE_URL + reverse("verify")
