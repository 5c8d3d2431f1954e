from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from certificates.pdf_keys import announce_signer
from lms.lib.errors import WrongState


class Command(BaseCommand):
    help = (
        "Announces what signs PDFs next: its certificate is published at once and signs LMS_KEY_OVERLAP_HOURS later. "
        "What the one before it signed stays good. --file is for a bought certificate (PKCS #12 or PEM)."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--file", default="", help="what LMS_PDF_SIGNER names next; same passphrase")

    def handle(self, *, file: str, **options) -> None:
        try:
            row = announce_signer(file, settings.PDF_SIGNER_PASSPHRASE, at=now())
        except (WrongState, ValueError, TypeError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"announced: {row} {row.fingerprint}; signs from {row.first_used_at:%Y-%m-%d %H:%M} UTC")
        if file:
            self.stdout.write("Set LMS_PDF_SIGNER to the file at that moment; until then the present one signs.")
        elif settings.PDF_SIGNER:
            self.stdout.write("It signs only once LMS_PDF_SIGNER is empty: a bought certificate is set.")
