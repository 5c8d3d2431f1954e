from django.conf import settings
from django.core.management.base import BaseCommand

from lms.management.cast import PASSWORD, SHOWN


class Command(BaseCommand):
    help = "Prints the sample site's log-ins."

    def handle(self, **options) -> None:
        if not settings.SAMPLE_SITE:
            self.stdout.write("This is not a sample site; there are no sample log-ins.")
            return
        width = max(len(person.email) for person in SHOWN)
        self.stdout.write(f"Log-ins of the sample site (password of all: {PASSWORD})")
        for person in SHOWN:
            self.stdout.write(f"  {person.email:<{width}}  {person.what} / {person.what_en}")
