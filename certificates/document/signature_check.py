"""Is the signature of a PDF whole? For files of strangers: the page tree, cross-references and streams are not read.

A signature of ours covers the file from its first byte to its last, but for its own digits. So three things are enough:
where the digits stand, the hash of everything else, and whether the digits are the signature of our certificate over it.
No certificate is taken from the file.
"""

import hashlib
import re
from dataclasses import dataclass

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

RANGE = re.compile(rb"/ByteRange\s{0,8}\[\s{0,8}(\d{1,9})\s{1,8}(\d{1,9})\s{1,8}(\d{1,9})\s{1,8}(\d{1,9})\s{0,20}\]")
MAX_DIGITS = 256 * 1024  # with time stamp and chain a signature has some 30,000
HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


@dataclass(frozen=True)
class SignatureFound:
    """state: as `check_signature` says it. certificate: of ours, that signed what is "whole" or "added". value: the signature
    itself; token: a time stamp over that value (CMS, DER), as it stands in the file and unchecked, or None."""

    state: str
    certificate: x509.Certificate | None = None
    value: bytes = b""
    token: bytes | None = None


def check_signature(raw: bytes, certificates: list[x509.Certificate]) -> str:
    """Judge the first signature of a PDF by the certificates that are ours. Never raises for a bad file.

    Returns "whole", "added" (to what we signed), "changed", "foreign" (signed by others) or "none". Only the first two say
    that the file, or its beginning, is what one of these certificates signed.
    """
    return find_signature(raw, certificates).state


def find_signature(raw: bytes, certificates: list[x509.Certificate]) -> SignatureFound:
    """The same with which of the certificates it was, and the time stamp that stands beside the signature."""
    found = RANGE.search(raw)
    if found is None:
        return SignatureFound("changed" if b"/ByteRange" in raw else "none")
    start, before, after, rest = (int(number) for number in found.groups())
    end = after + rest
    digits = raw[before:after]
    fits = start == 0 and before < after <= len(raw) and end <= len(raw) and len(digits) <= MAX_DIGITS
    if not fits or not re.fullmatch(rb"<[0-9A-Fa-f]*>", digits):
        return SignatureFound("changed")
    try:
        info, content = _signer_info(digits[1:-1])
        attributes = info["signed_attrs"]
        algorithm = info["digest_algorithm"]["algorithm"].native
        digest = hashlib.new(algorithm, raw[:before] + raw[after:end]).digest() if algorithm in HASHES else b""
        signed = [attribute["values"][0].native for attribute in attributes if attribute["type"].native == "message_digest"]
        if not digest or signed != [digest] or content != "data":
            return SignatureFound("changed")
        ours = next((one for one in certificates if _signed_by(one, info, HASHES[algorithm]())), None)
        if ours is None:
            return SignatureFound("foreign")
        value, token = info["signature"].native, _token(info)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        return SignatureFound("changed")
    return SignatureFound("whole" if end == len(raw) else "added", ours, value, token)


def _token(info: cms.SignerInfo) -> bytes | None:
    """The one time stamp over the signature; of several none, for nobody could say which is meant."""
    tokens = [
        value.dump()
        for attribute in info["unsigned_attrs"] or ()
        if attribute["type"].native == "signature_time_stamp_token"
        for value in attribute["values"]
    ]
    return tokens[0] if len(tokens) == 1 else None


def _signer_info(digits: bytes) -> tuple[cms.SignerInfo, str]:
    message = cms.ContentInfo.load(bytes.fromhex(digits.decode()))
    signed = message["content"]
    (info,) = signed["signer_infos"]
    return info, signed["encap_content_info"]["content_type"].native


def _signed_by(certificate: x509.Certificate, info: cms.SignerInfo, algorithm: hashes.HashAlgorithm) -> bool:
    signature, text = info["signature"].native, info["signed_attrs"].untag().dump()
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, text, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            pss = info["signature_algorithm"].signature_algo == "rsassa_pss"
            scheme = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO) if pss else padding.PKCS1v15()
            key.verify(signature, text, scheme, algorithm)
        else:
            return False
    except InvalidSignature:
        return False
    return True
