"""Registering a witness of the log, and reading the line that one signed."""

import re
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django import forms
from django.utils.translation import gettext_lazy as _

from .credential.proof import multikey, public_key
from .credential.strict import NotStrict, parse
from .log.points import only_its_owner_signs
from .models import ReceiptKey, SigningKey, Witness

MAX_LINE = 16 * 1024
HEX_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
SIGNATURE = re.compile(r"[0-9a-f]{128}", re.ASCII)
ROOT = re.compile(r"[0-9a-f]{64}", re.ASCII)
CODE = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)


class BadLine(ValueError):
    """It is no cosignature. The message names the member."""


def read_line(raw: bytes) -> dict[str, Any]:
    """Return witness, time (a moment), head (size, root, time, signature) and signature of a cosignature. Raises BadLine."""
    try:
        line = parse(raw.decode("utf-8"))
    except (NotStrict, UnicodeDecodeError) as error:
        raise BadLine("json") from error
    if not isinstance(line, dict) or not isinstance(line.get("head"), dict):
        raise BadLine("head")
    head = line["head"]
    for name, value, form in (
        ("witness", line.get("witness"), CODE), ("signature", line.get("signature"), SIGNATURE),
        ("root", head.get("root"), ROOT), ("head signature", head.get("signature"), SIGNATURE),
    ):  # fmt: skip
        if not isinstance(value, str) or not form.fullmatch(value):
            raise BadLine(name)
    size = head.get("size")
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 10**12:
        raise BadLine("size")
    if not isinstance(head.get("time"), str):
        raise BadLine("head time")
    try:
        time = datetime.strptime(line.get("time"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (TypeError, ValueError) as error:
        raise BadLine("time") from error
    return {"witness": line["witness"], "time": time, "head": head, "signature": line["signature"]}


class WitnessForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("As it is shown to everybody: an institution that is not ours.")
    )
    code = forms.CharField(
        label=_("Code"), max_length=40,
        help_text=_("Small letters, digits and hyphens. The witness signs it along; it can't be changed."),
    )  # fmt: skip
    address = forms.URLField(label=_("Web address"), required=False, assume_scheme="https")
    key = forms.CharField(
        label=_("Public key"), max_length=80,
        help_text=_("Ed25519, as the witness's script prints it (z6Mk…), or 64 hexadecimal digits. Compare it by telephone."),
    )  # fmt: skip

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if not CODE.fullmatch(code):
            raise forms.ValidationError(_("Only small letters, digits and hyphens."))
        if Witness.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is a witness with this code already."))
        return code

    def clean_key(self) -> str:
        text = self.cleaned_data["key"].strip()
        try:
            is_hex = HEX_KEY.fullmatch(text)
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text)) if is_hex else public_key(text)
        except ValueError as error:
            raise forms.ValidationError(_("This is no public Ed25519 key. Copy the whole line of the script.")) from error
        if not only_its_owner_signs(key.public_bytes_raw()):
            raise forms.ValidationError(_("Anybody could sign for this key. Ask the witness to make one with the script."))
        found = multikey(key)
        if any(model.objects.filter(public_multibase=found).exists() for model in (SigningKey, ReceiptKey)):
            raise forms.ValidationError(_("This is a key of ours; a witness is somebody else."))
        if Witness.objects.filter(public_multibase=found).exists():
            raise forms.ValidationError(_("There is a witness with this key already."))
        return found


class EndWitnessForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("It is public.")
    )


class CosignatureForm(forms.Form):
    """A line that came by mail or on a stick, when the witness could not hand it in."""

    line = forms.CharField(
        label=_("Cosignature"), widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}), max_length=MAX_LINE,
        help_text=_("The content of cosignature.json, as the witness's script wrote it."),
    )  # fmt: skip

    def clean_line(self) -> dict[str, Any]:
        try:
            return read_line(self.cleaned_data["line"].encode())
        except BadLine as error:
            raise forms.ValidationError(_("This is no cosignature.")) from error
