"""What others put to the transparency log of the sample site: a witness who signed its head, and a time stamp. Both are
made here, without a network, and say in their names that they are samples."""

from datetime import timedelta

from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.timezone import now

from certificates.credential.proof import multikey, timestamp
from certificates.log.entries import cosigned_text
from certificates.log.tree import head_json, text_of
from certificates.models import Cosignature, TreeHead, Witness

from . import cast

CODE = "sample-university"
AUTHORITY = "示例时间戳机构 / Sample TSA (fictional)"


def vouch(seeding) -> None:
    """For the newest head; those that the worker signs later have neither, as on a real site until somebody comes by."""
    head = TreeHead.latest()
    _stamp()
    key = Ed25519PrivateKey.generate()  # forgotten again: nobody watches a sample site
    Witness.register(
        code=CODE, name="示例大学科技处 / Sample University (fictional)", address="", public_multibase=multikey(key.public_key()),
        by=seeding.who(cast.OFFICER), at=seeding.ago(1),
    )  # fmt: skip
    at = now().replace(microsecond=0)
    text = cosigned_text(witness=CODE, time=timestamp(at), head=text_of(head))
    said = head_json(head)
    signature = key.sign(text.encode()).hex()
    Cosignature.receive({"witness": CODE, "time": at, "head": said, "signature": signature}, at=at)


def _stamp() -> None:
    """By an authority made up for this one stamp; not where a real one is set, or roots that would refuse it."""
    if any((settings.LOG_TIMESTAMPS, settings.TIMESTAMP_URL, settings.LOG_TIMESTAMP_ROOTS, settings.PDF_TRUST)):
        return
    from pyhanko.sign.timestamps import DummyTimeStamper  # takes a second or two

    from certificates.document.signing import asn1_certificate
    from certificates.log.stamping import stamp_latest

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, AUTHORITY)])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1)).not_valid_after(now() + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.OID_TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    stamper = DummyTimeStamper(asn1_certificate(made), asn1_keys.PrivateKeyInfo.load(private))
    stamp_latest(at=now(), stamper=stamper)
