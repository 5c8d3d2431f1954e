import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certificates.keystore import public_did_document
from certificates.log.tree import proof_bundle
from certificates.models import Certificate
from certificates.numbers import normalise_number


class Command(BaseCommand):
    help = "Writes credential.json, did.json, status.json and log-proof.json of a certificate as served, for other software."

    def add_arguments(self, parser) -> None:
        parser.add_argument("number")
        parser.add_argument("folder", type=Path)

    def handle(self, *, number: str, folder: Path, **options) -> None:
        wanted = normalise_number(number)
        certificate = Certificate.objects.prepared().filter(number=wanted).first()
        if certificate is None:
            raise CommandError(f"There is no issued certificate {number}.")
        folder.mkdir(parents=True, exist_ok=True)
        issued = certificate.credentials.select_related("status_list").order_by("number").last()
        files = {
            "credential.json": issued.credential,
            "did.json": json.dumps(public_did_document(), ensure_ascii=False),
            "status.json": issued.status_list.credential,
        }
        if bundle := proof_bundle(issued):
            files["log-proof.json"] = json.dumps(bundle, indent=2)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
            self.stdout.write(str(folder / name))
