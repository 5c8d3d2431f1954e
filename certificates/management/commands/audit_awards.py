import sys

from django.core.management.base import BaseCommand
from django.utils.timezone import now

from certificates.audit import award_findings
from certificates.models import Award, Certificate


class Command(BaseCommand):
    help = "Recomputes every award from the recorded facts and checks every issued file. Exit code 1 when one fails."

    def handle(self, **options) -> None:
        bad = 0
        for finding in award_findings(at=now()):
            bad += 1
            self.stdout.write(str(finding))
        self.stdout.write(f"{Award.objects.count()} awards, {Certificate.objects.count()} certificates, {bad} problems")
        if bad:
            sys.exit(1)
