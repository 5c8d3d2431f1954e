import sys

from django.core.management.base import BaseCommand
from django.utils.timezone import now

from certificates.audit import chain_findings
from certificates.models import Certificate


class Command(BaseCommand):
    help = "Holds chains, copies, status lists and published keys against each other. Exit code 1 when something is wrong."

    def handle(self, **options) -> None:
        bad = 0
        for finding in chain_findings(at=now()):
            bad += 1
            self.stdout.write(str(finding))
        self.stdout.write(f"{Certificate.objects.count()} certificates, {bad} problems")
        if bad:
            sys.exit(1)
