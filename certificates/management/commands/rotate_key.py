from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.timezone import now

from certificates.issuing import sign_status_list
from certificates.keystore import announce, rotate
from certificates.models import SigningKey, StatusList


class Command(BaseCommand):
    help = (
        "The next step of changing the signing key: announces the next one, and once it was published for "
        "LMS_KEY_OVERLAP_HOURS lets it sign. What the old key signed stays valid. --now does not wait."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--now", action="store_true", help="change at once, announced or not")

    def handle(self, **options) -> None:
        announced = SigningKey.objects.filter(status=SigningKey.Status.NEXT).first()
        if not options["now"]:
            if announced is None:
                key = announce(at=now())
                self.stdout.write(f"announced: {key}; again in {settings.KEY_OVERLAP_HOURS} hours")
                return
            ready = announced.active_from + timedelta(hours=settings.KEY_OVERLAP_HOURS)
            if now() < ready:
                self.stdout.write(f"{announced} is announced; it can sign from {ready:%Y-%m-%d %H:%M} UTC (--now: at once)")
                return
        key = rotate(at=now())
        for status_list in StatusList.objects.all():
            sign_status_list(status_list, at=now())
        self.stdout.write(f"active key: {key}")
