from django.core.management.base import BaseCommand
from django.utils import timezone

from certificates.addresses import verify_address
from certificates.models import Certificate


class Command(BaseCommand):
    help = "Prints the numbers of the sample site's certificates: number, state, holder, address for verification."

    def handle(self, **options) -> None:
        today = timezone.localdate()
        for certificate in Certificate.objects.prepared().filter(facts__sample=True).order_by("pk"):
            self.stdout.write(
                f"{certificate.number}\t{certificate.state_on(today)}\t{certificate.holder_name}\t"
                f"{verify_address(certificate)}"
            )
