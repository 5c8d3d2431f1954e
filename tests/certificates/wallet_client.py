"""A little wallet, written from the text of OpenID4VCI 1.0 and RFC 8414; all it has of ours is the address in the QR code."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

PRE_AUTHORISED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


class Refused(Exception):
    """status and error code of the issuer."""

    def __init__(self, response) -> None:
        super().__init__(response.status_code, response.content[:200])
        self.status, self.error = response.status_code, response.json().get("error")


class Wallet:
    """client: anything with Django's get and post; it stands for the network."""

    def __init__(self, client) -> None:
        self.client = client

    def read(self, address: str) -> dict[str, Any]:
        """Section 4.1: the offer by value. Checks what a wallet must be able to rely on."""
        parts = urlsplit(address)
        assert parts.scheme == "openid-credential-offer"
        query = parse_qs(parts.query, strict_parsing=True)
        assert set(query) == {"credential_offer"}  # never together with credential_offer_uri
        offer = json.loads(query["credential_offer"][0])
        assert isinstance(offer["credential_issuer"], str) and offer["credential_configuration_ids"]
        return offer

    def metadata(self, issuer: str) -> tuple[dict, dict]:
        """Sections 12.2.2 and 12.3: the well-known string comes between host and path; the identifiers must be the same."""
        found = self._get(self._well_known(issuer, "openid-credential-issuer"))
        assert found["credential_issuer"] == issuer
        assert "authorization_servers" not in found  # then the issuer is its own authorisation server
        server = self._get(self._well_known(issuer, "oauth-authorization-server"))
        assert server["issuer"] == issuer
        return found, server

    @staticmethod
    def _well_known(issuer: str, name: str) -> str:
        parts = urlsplit(issuer)
        return f"/.well-known/{name}{parts.path}"

    def _get(self, path: str) -> dict:
        response = self.client.get(path, HTTP_ACCEPT="application/json")
        assert response.status_code == 200 and response["Content-Type"] == "application/json"
        return response.json()

    def token(self, offer: dict, tx: str, **more: str) -> dict:
        """Section 6.1, without authentication of the wallet."""
        _found, server = self.metadata(offer["credential_issuer"])
        grant = offer["grants"][PRE_AUTHORISED]
        assert PRE_AUTHORISED in server["grant_types_supported"] and server["pre-authorized_grant_anonymous_access_supported"]
        assert len(tx) == grant["tx_code"]["length"] and (tx.isdigit() or grant["tx_code"]["input_mode"] == "text")
        body = {"grant_type": PRE_AUTHORISED, "pre-authorized_code": grant["pre-authorized_code"], "tx_code": tx, **more}
        response = self.client.post(
            urlsplit(server["token_endpoint"]).path, urlencode(body), content_type="application/x-www-form-urlencoded"
        )
        if response.status_code != 200:
            raise Refused(response)
        assert "no-store" in response["Cache-Control"]
        answer = response.json()
        assert answer["token_type"].lower() == "bearer" and answer["expires_in"] > 0
        return answer

    def credential(self, offer: dict, token: dict) -> dict:
        """Section 8.2: by credential_identifier where the token names one, otherwise by the configuration."""
        found, _server = self.metadata(offer["credential_issuer"])
        configuration = offer["credential_configuration_ids"][0]
        described = found["credential_configurations_supported"][configuration]
        assert described["format"] == "ldp_vc" and "proof_types_supported" not in described  # so no proof of a key is sent
        body = {"credential_configuration_id": configuration}
        if details := token.get("authorization_details"):
            body = {"credential_identifier": details[0]["credential_identifiers"][0]}
        response = self.client.post(
            urlsplit(found["credential_endpoint"]).path, json.dumps(body), content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {token['access_token']}",
        )  # fmt: skip
        if response.status_code != 200:
            raise Refused(response)
        (one,) = response.json()["credentials"]
        credential = one["credential"]
        assert set(described["credential_definition"]["type"]) <= set(credential["type"])
        assert described["credential_definition"]["@context"] == credential["@context"]
        return credential
