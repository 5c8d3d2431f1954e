from django.core.management.base import BaseCommand
from django.utils.timezone import now

from certificates.issuing import sign_status_list
from certificates.keystore import rotate
from certificates.models import StatusList


class Command(BaseCommand):
    help = "Retires the active signing key and makes the next one. What the old key signed stays valid."

    def handle(self, **options) -> None:
        key = rotate(at=now())
        for status_list in StatusList.objects.all():
            sign_status_list(status_list, at=now())
        self.stdout.write(f"active key: {key}")
