from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from certificates.offline import NoKeys
from certificates.offline import folder as make


class Command(BaseCommand):
    help = "Writes the offline verifier, a page that checks certificates without this site, with the issuer's keys of today."

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder: Path, **options) -> None:
        try:
            files = make(at=now())
        except NoKeys as error:
            raise CommandError("The issuer has no key yet; it is made with the first certificate.") from error
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.stdout.write(str(folder / "index.html"))
