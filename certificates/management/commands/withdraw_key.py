from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import is_naive, make_aware, now

from accounts.models import User
from certificates.keystore import withdraw
from certificates.models import SigningKey
from certificates.permissions import user_is_officer
from certificates.resigning import left_of
from lms.lib.errors import WrongState


class Command(BaseCommand):
    help = (
        "Withdraws a signing key that others may have had since a date. It leaves did.json at once; certificates that the log "
        "has from before that date are signed anew by a job, the others are suspended. See docs/credentials.md, the drill."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("key", help="its id, for example key-2026-1")
        parser.add_argument("--as-of", required=True, help="since when others may have had it: 2026-11-28 or 2026-11-28T06:00")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--by", required=True, help="e-mail address of the officer who decided it")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *, key: str, as_of: str, reason: str, by: str, dry_run: bool, **options) -> None:
        found = SigningKey.objects.filter(key_id=key).first()
        officer = User.objects.filter(email__iexact=by).first()
        if found is None:
            raise CommandError(f"There is no key {key}.")
        if officer is None or not user_is_officer(officer):
            raise CommandError(f"{by} is not a certification officer.")
        try:
            moment = datetime.fromisoformat(as_of)
        except ValueError as error:
            raise CommandError(f"{as_of} is not a date.") from error
        moment = make_aware(moment) if is_naive(moment) else moment
        if dry_run:
            found.withdrawn_as_of = moment
            copies = list(left_of(found))
            recorded = sum(copy.was_recorded for copy in copies)
            self.stdout.write(f"would sign anew: {recorded}; would suspend: {len(copies) - recorded}; nothing was changed")
            return
        try:
            withdraw(found, as_of=moment, reason=reason, by=officer, at=now())
        except WrongState as error:
            raise CommandError(str(error)) from error
        copies = list(left_of(found))
        recorded = sum(copy.was_recorded for copy in copies)
        self.stdout.write(f"withdrawn: {found}, as of {moment.isoformat()}")
        self.stdout.write(f"to sign anew: {recorded}; to suspend: {len(copies) - recorded}; the worker does it, see /jobs/")
