from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from accounts.models import User
from lms.management.seeding import Seeding


class Command(BaseCommand):
    help = "Makes the sample site: organisations, people, a reviewed course, two cohorts, two certificates. Once."

    def handle(self, **options) -> None:
        if not settings.SAMPLE_SITE:
            raise CommandError("Set LMS_SAMPLE_SITE=1: this makes people with known passwords.")
        if User.objects.exists():
            self.stdout.write("There are people already; nothing was changed.")
            return
        Seeding(at=now(), say=self.stdout.write).run()
