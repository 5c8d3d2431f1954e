from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certificates.models import Certificate
from certificates.numbers import normalise_number
from certificates.package import files_of


class Command(BaseCommand):
    help = "Writes the package of a certificate, as its holder downloads it, into a folder: for other software, and for drills."

    def add_arguments(self, parser) -> None:
        parser.add_argument("number")
        parser.add_argument("folder", type=Path)

    def handle(self, *, number: str, folder: Path, **options) -> None:
        wanted = normalise_number(number)
        certificate = Certificate.objects.prepared().filter(number=wanted).first()
        if certificate is None:
            raise CommandError(f"There is no issued certificate {number}.")
        folder.mkdir(parents=True, exist_ok=True)
        issued = certificate.credentials.select_related("status_list", "key").order_by("number").last()
        for name, content in files_of(certificate, issued).items():
            (folder / name).write_bytes(content)
            self.stdout.write(str(folder / name))
