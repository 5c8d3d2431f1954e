"""A certificate as the world gets it, the ways to spoil it, and other people's software that is asked about it.

Everything is downloaded through the product's own addresses; nothing is taken from the rows.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates.credential import proof
from certificates.credential.carriers import bake_png, bake_svg, extract
from certificates.credential.keys import FileSigner
from certificates.credential.status import build_status_list
from certificates.models import Certificate
from tests.certificates.credential.conftest import make_signer

CARRIERS = ("json", "png", "svg")


@dataclass(frozen=True)
class Served:
    """The holder's downloads, and what anybody fetches: the published keys and the signed status list."""

    text: str
    png: bytes
    svg: bytes
    pdf: bytes
    did: bytes
    status: bytes

    def carried(self, carrier: str, text: str | None = None) -> bytes:
        """The file as that carrier; with another text in it when one is given."""
        if carrier == "json":
            return (self.text if text is None else text).encode()
        if text is None:
            return self.png if carrier == "png" else self.svg
        return bake_png(blank_png(), text) if carrier == "png" else bake_svg(BLANK_SVG, text)


BLANK_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"></svg>'


def blank_png() -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "PNG")
    return buffer.getvalue()


def body(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content) if response.streaming else response.content


def download(client: Client, certificate: Certificate) -> Served:
    """client: the holder's."""
    own = [certificate.uuid]
    text = body(client.get(reverse("certificate_json", args=own))).decode()
    list_path = "/" + json.loads(text)["credentialStatus"]["statusListCredential"].split("/", 3)[3]
    return Served(
        text=text,
        **{kind: body(client.get(reverse(f"certificate_{kind}", args=own))) for kind in ("png", "svg", "pdf")},
        did=body(client.get(reverse("did_document"))),
        status=body(client.get(list_path)),
    )


def attacker(text: str) -> FileSigner:
    """A key that is not ours under the name of the one that signed."""
    method = json.loads(text)["proof"][0]["verificationMethod"]
    return FileSigner(method, make_signer(seed=bytes(reversed(range(32)))).key)


def unsigned(text: str) -> dict:
    return {name: part for name, part in json.loads(text).items() if name != "proof"}


def written(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def one_character(text: str, _other: str) -> str:
    name = json.loads(text)["credentialSubject"]["identifier"][0]["identityHash"]
    assert text.count(name) >= 1
    return text.replace(name, "甲" + name[1:])


def proof_of_another(text: str, other: str) -> str:
    return written(unsigned(text) | {"proof": json.loads(other)["proof"]})


def other_key(text: str, _other: str) -> str:
    return written(proof.sign(unsigned(text), attacker(text), at=timezone.now()))


def extra_term(text: str, _other: str) -> str:
    return written(json.loads(text) | {"honours": "summa cum laude"})


def doubled_before(text: str, _other: str) -> str:
    """A reader who keeps the last member of a name sees the true one, one who keeps the first another."""
    return text.replace("{", '{"validUntil":"2099-01-01T00:00:00Z",', 1)


def doubled_after(text: str, _other: str) -> str:
    return text.rstrip().removesuffix("}") + ',"validUntil":"2099-01-01T00:00:00Z"}'


SPOILED: dict[str, Callable[[str, str], str]] = {
    "one changed character": one_character,
    "proof of another certificate": proof_of_another,
    "other key": other_key,
    "undefined term": extra_term,
    "doubled member, true one last": doubled_before,
    "doubled member, true one first": doubled_after,
}


def forged_list(served: Served) -> bytes:
    """A list on which nothing is set, signed by somebody else under the name of our key."""
    found = json.loads(served.status)
    at = timezone.now() - timedelta(minutes=1)
    blank = build_status_list(found["id"], found["issuer"], [], valid_from=at, valid_until=at + timedelta(hours=48))
    return written(proof.sign(blank, attacker(served.text), at=at)).encode()


def edited_list(served: Served) -> bytes:
    """Our list with the bits taken out by hand, our signatures left under it."""
    found = json.loads(served.status)
    clear = build_status_list(found["id"], found["issuer"], [], valid_from=timezone.now(), valid_until=timezone.now())
    found["credentialSubject"]["encodedList"] = clear["credentialSubject"]["encodedList"]
    return written(found).encode()


def library(raw: bytes, served: Served, *, status: bytes | None = None, did: bytes | None = None) -> str:
    """"accepted" by openbadgeslib, or its own words. It takes the text out of pictures itself and gets no network."""
    from openbadgeslib.ob3.ldp import OB3LdpVerifier
    from openbadgeslib.ob3.verifier import OB3Verifier

    def fetch(url: str) -> bytes:
        if url.endswith("/did.json"):
            return served.did if did is None else did
        if "/status/" in url:
            return served.status if status is None else status
        raise OSError(f"no network: {url}")

    try:
        if raw.startswith(b"\x89PNG"):
            text = OB3Verifier.extract_token_from_png(raw)
        elif raw.startswith(b"<"):
            text = OB3Verifier.extract_token_from_svg(raw)
        else:
            text = raw.decode()
        verifier = OB3LdpVerifier.for_issuer_did(json.loads(served.text)["issuer"]["id"])
        # Its own check of a list's signature knows lists that are JWTs only: `library_takes_list` asks it about ours.
        verifier.verify(text, check_status=True, verify_status_list=False, download=fetch)
    except Exception as error:
        return str(error) or type(error).__name__
    return "accepted"


def library_takes_list(status: bytes, served: Served) -> str:
    """"accepted", or why openbadgeslib refuses the list's Data Integrity proof by the published keys."""
    from openbadgeslib.ob3.did import pem_for_kid
    from openbadgeslib.ob3.ldp import verify_data_integrity_proof

    document, did = json.loads(status), json.loads(served.did)
    try:
        pem = pem_for_kid(did, did["id"], document["proof"][0]["verificationMethod"])
        verify_data_integrity_proof(document, pem)
    except Exception as error:
        return str(error) or type(error).__name__
    return "accepted"


def offline(raw: bytes, served: Served, *, at: datetime, status: bytes | None = None, did: bytes | None = None) -> str:
    """What our own check says of the file with nothing but what was published."""
    from certificates.credential.verify import verify_offline

    credential = extract(raw).credential
    keys = json.loads(served.did if did is None else did)
    return verify_offline(credential, keys, served.status if status is None else status, at=at).verdict
