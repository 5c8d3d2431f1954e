import sys

from django.core.files.storage import storages
from django.core.management.base import BaseCommand
from django.utils.timezone import now

from certificates.credential.verify import verify_offline
from certificates.keystore import public_did_document
from certificates.models import Award, Certificate
from lms.lib.hashing import file_hash


class Command(BaseCommand):
    help = "Recomputes every award from the recorded facts and checks every issued file. Exit code 1 when one fails."

    def handle(self, **options) -> None:
        bad = 0
        for award in Award.objects.select_related("proposal", "rule__level__syllabus", "enrolment__cohort__edition"):
            for problem in award.problems():
                bad += 1
                self.stdout.write(f"award {award.uuid}: {problem}")
        did = public_did_document()
        for certificate in Certificate.objects.prepared():
            for problem in self.problems_of(certificate, did):
                bad += 1
                self.stdout.write(f"certificate {certificate.number}: {problem}")
        self.stdout.write(f"{Award.objects.count()} awards, {Certificate.objects.count()} certificates, {bad} problems")
        if bad:
            sys.exit(1)

    def problems_of(self, certificate: Certificate, did: dict) -> list[str]:
        found = []
        for issued in certificate.credentials.select_related("status_list", "refusal", "key"):
            report = verify_offline(issued.credential, did, issued.status_list.credential, at=now())
            wanted = "proof" if issued.key.status == "compromised" else "status" if hasattr(issued, "refusal") else "valid"
            if report.verdict != wanted and certificate.state_on(now().date()) != "expired":
                found.append(f"copy {issued.number} reads {report.verdict}, the register {wanted}")
            with storages["private"].open(issued.pdf_name) as file:
                if file_hash(file) != issued.pdf_sha256:
                    found.append("the PDF was changed")
        return found
