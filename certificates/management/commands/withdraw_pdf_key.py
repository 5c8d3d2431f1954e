from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import is_naive, make_aware, now

from accounts.models import User
from certificates.fresh_pdfs import not_to_be_relied_on
from certificates.models import PdfSigner, PdfSignerWithdrawal
from certificates.permissions import user_is_officer
from lms.lib.errors import WrongState


class Command(BaseCommand):
    help = (
        "Withdraws the key that signs PDFs, which others may have had since a date. PDFs that a time stamp shows to be older "
        "still hold; the other certificates that stand get a fresh PDF by a job. See docs/credentials.md, the PDF's signature."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("fingerprint", help="of its certificate, or how it begins; see /.well-known/pdf-signers.json")
        parser.add_argument("--as-of", required=True, help="since when others may have had it: 2026-11-28 or 2026-11-28T06:00")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--by", required=True, help="e-mail address of the officer who decided it")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *, fingerprint: str, as_of: str, reason: str, by: str, dry_run: bool, **options) -> None:
        wanted = "sha256:" + fingerprint.strip().lower().removeprefix("sha256:").replace(":", "")
        found = list(PdfSigner.objects.filter(fingerprint__startswith=wanted)[:2])
        officer = User.objects.filter(email__iexact=by).first()
        if len(found) != 1 or len(wanted) < len("sha256:") + 8:
            raise CommandError(f"There is no one certificate {fingerprint}; at least eight digits of it are wanted.")
        if officer is None or not user_is_officer(officer):
            raise CommandError(f"{by} is not a certification officer.")
        if not reason.strip():
            raise CommandError("A reason is wanted.")
        try:
            moment = datetime.fromisoformat(as_of)
        except ValueError as error:
            raise CommandError(f"{as_of} is not a date.") from error
        moment = make_aware(moment) if is_naive(moment) else moment
        (signer,) = found
        if dry_run:
            afresh = len(list(not_to_be_relied_on([PdfSignerWithdrawal(signer=signer, as_of=moment)])))
            self.stdout.write(f"would get a fresh PDF: {afresh}; nothing was changed")
            return
        try:
            withdrawal = signer.withdraw(as_of=moment, reason=reason, by=officer, at=now())
        except WrongState as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"withdrawn: {signer.fingerprint}, as of {moment.isoformat()}")
        afresh = len(list(not_to_be_relied_on([withdrawal])))
        self.stdout.write(f"to get a fresh PDF: {afresh}; the worker does it, see /jobs/")
        if not signer.self_made:
            self.stdout.write("Nothing is issued until LMS_PDF_SIGNER names another certificate.")
