"""OpenID for Verifiable Credential Issuance 1.0, pre-authorised code flow: what we say of ourselves, and the offer.

Our credential is not bound to a key of the holder's (it names the person), so no proof of a key is asked for and there is no
nonce endpoint. Sections are those of the final text of September 2025.
"""

import json
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from accounts.models import Organisation

from .credential.contexts import BADGE_CONTEXT
from .credential.proof import SET
from .models import WalletOffer

PRE_AUTHORISED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
CONFIGURATION = "TechnologyManagerCertificate"
DETAILS = "openid_credential"
TYPES = ["VerifiableCredential", "OpenBadgeCredential"]


def issuer_metadata() -> dict[str, Any]:
    """What stands at /.well-known/openid-credential-issuer (section 12.2). One query."""
    authority = Organisation.objects.authority()
    names = [(authority.name, "zh-CN"), (authority.name_en, "en")] if authority else [(settings.WAGTAIL_SITE_NAME, "zh-CN")]
    return {
        "credential_issuer": settings.BASE_URL,
        "credential_endpoint": settings.BASE_URL + reverse("wallet_credential"),
        "display": [{"name": name, "locale": locale} for name, locale in names if name],
        "credential_configurations_supported": {
            CONFIGURATION: {
                "format": "ldp_vc",
                "credential_signing_alg_values_supported": SET,
                "credential_definition": {"@context": BADGE_CONTEXT, "type": TYPES},
                "credential_metadata": {
                    "display": [
                        {"name": "技术经理人能力等级证书", "locale": "zh-CN"},
                        {"name": "Technology manager certificate", "locale": "en"},
                    ],
                    "claims": [
                        _claim(["credentialSubject", "licenseNumber"], "证书编号", "Certificate number"),
                        _claim(["credentialSubject", "achievement", "name"], "能力等级", "Level"),
                    ],
                },
            }
        },
    }


def _claim(path: list[str], chinese: str, english: str) -> dict[str, Any]:
    return {"path": path, "display": [{"name": chinese, "locale": "zh-CN"}, {"name": english, "locale": "en"}]}


def server_metadata() -> dict[str, Any]:
    """What stands at /.well-known/oauth-authorization-server (RFC 8414): we are our own authorisation server."""
    return {
        "issuer": settings.BASE_URL,
        "token_endpoint": settings.BASE_URL + reverse("wallet_token"),
        "token_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": [PRE_AUTHORISED],
        "authorization_details_types_supported": [DETAILS],
        "pre-authorized_grant_anonymous_access_supported": True,
    }


def offer(code: str) -> dict[str, Any]:
    """Return the credential offer (section 4.1.1). It goes by value, so that the code is in no address of ours."""
    return {
        "credential_issuer": settings.BASE_URL,
        "credential_configuration_ids": [CONFIGURATION],
        "grants": {
            PRE_AUTHORISED: {
                "pre-authorized_code": code,
                "tx_code": {"input_mode": "numeric", "length": WalletOffer.DIGITS},
            }
        },
    }


def offer_address(code: str) -> str:
    """The address that a wallet takes, in a QR code or as a link."""
    text = json.dumps(offer(code), separators=(",", ":"))
    return "openid-credential-offer://?credential_offer=" + quote(text, safe="")


def link_address(code: str) -> str:
    return settings.BASE_URL + reverse("wallet_link", args=[code])
