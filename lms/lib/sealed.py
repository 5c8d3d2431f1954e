"""Personal data that nobody needs to search: kept encrypted in a column, opened only where it is shown."""

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def _cipher(purpose: str) -> MultiFernet:
    """A key for each purpose, by the installation's secret; its earlier ones still open what they sealed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [hashlib.sha256(f"lms.sealed:{purpose}:{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def seal(value: dict[str, Any], *, purpose: str) -> str:
    """Return the value encrypted and protected against change; "" for an empty one."""
    if not any(value.values()):
        return ""
    return _cipher(purpose).encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()


def unseal(sealed: str, *, purpose: str) -> dict[str, Any]:
    """Return what was sealed for this purpose; {} for nothing, and for what no secret of ours opens (a lost key)."""
    if not sealed:
        return {}
    try:
        return json.loads(_cipher(purpose).decrypt(sealed.encode()))
    except InvalidToken:
        return {}
