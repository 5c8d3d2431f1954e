import sys

from django.core.management.base import BaseCommand

from certificates.log.audit import problems
from certificates.models import LogLeaf, TreeHead


class Command(BaseCommand):
    help = "Recomputes the transparency log from its rows and the register. Exit code 1 when something is wrong."

    def handle(self, **options) -> None:
        bad = 0
        for problem in problems():
            bad += 1
            self.stdout.write(problem)
        self.stdout.write(f"{LogLeaf.objects.count()} entries, {TreeHead.objects.count()} heads, {bad} problems")
        if bad:
            sys.exit(1)
