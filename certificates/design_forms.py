"""The form of a draft: words are checked for claims and glyphs, pictures by their content."""

from io import BytesIO

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image

from lms.lib.pictures import without_metadata

from .document.claims import claims_in
from .document.glyphs import code_named, missing_glyphs
from .models import CertificateDesign

MAX_BYTES = 1024 * 1024
MAX_SIDE = 800  # pixels kept: enough for 40 mm on paper
WORDS = ("signatory", "signatory_title", "signatory_title_en", "motto", "motto_en", "footer")


def as_png(data: bytes) -> bytes:
    """Return the picture drawn anew as PNG, no larger than we print it. Raises ValidationError for what is none."""
    if len(data) > MAX_BYTES:
        raise ValidationError(_("The picture is larger than 1 MB."))
    target = BytesIO()
    with Image.open(BytesIO(without_metadata(data)), formats=["PNG", "JPEG", "WEBP", "GIF"]) as picture:
        drawn = picture.convert("RGBA")
    drawn.thumbnail((MAX_SIDE, MAX_SIDE))
    Image.frombytes("RGBA", drawn.size, drawn.tobytes()).save(target, "PNG")
    return target.getvalue()


class DesignForm(forms.ModelForm):
    logo_file = forms.FileField(label=_("Logo"), required=False, help_text=_("PNG, JPEG, WebP or GIF, up to 1 MB."))
    no_logo = forms.BooleanField(label=_("Without a logo"), required=False)
    seal_file = forms.FileField(
        label=_("Picture of the seal"), required=False,
        help_text=_("Only a picture: what counts in law is the electronic signature. Empty: the drawn mark."),
    )  # fmt: skip
    no_seal = forms.BooleanField(label=_("Without a picture of a seal"), required=False)

    class Meta:
        model = CertificateDesign
        fields = ("layout", "colour", *WORDS)

    def clean_logo_file(self) -> bytes:
        return self._picture("logo_file")

    def clean_seal_file(self) -> bytes:
        return self._picture("seal_file")

    def _picture(self, name: str) -> bytes:
        upload = self.cleaned_data[name]
        return as_png(upload.read(MAX_BYTES + 1)) if upload else b""

    def clean(self) -> dict:
        for name in WORDS:
            text = self.cleaned_data.get(name, "")
            for words, reason in claims_in(text):
                said = {"words": words, "reason": reason}
                self.add_error(name, _("“%(words)s” must not stand on a certificate. %(reason)s") % said)
            if missing := missing_glyphs(text):
                said = {"characters": code_named(missing)}
                self.add_error(name, _("Our fonts can't draw: %(characters)s. Write it otherwise.") % said)
        return self.cleaned_data

    def values(self) -> dict:
        """The fields of the design as typed; pictures that were not chosen again stay."""
        data = self.cleaned_data
        said = {name: data[name] for name in self.Meta.fields}
        for name in ("logo", "seal"):
            kept = b"" if data[f"no_{name}"] else bytes(getattr(self.instance, name))
            said[name] = data[f"{name}_file"] or kept
        return said
