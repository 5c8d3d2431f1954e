from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from certificates.models import ReceiptKey


class Command(BaseCommand):
    help = "Withdraws a key of receipts whose secret got out: nothing it signed counts any more. Change LMS_SECRET_KEY first."

    def add_arguments(self, parser) -> None:
        parser.add_argument("key_id", help="as in the header of a receipt and in /.well-known/receipt-keys.json")

    def handle(self, key_id: str, **options) -> None:
        key = ReceiptKey.objects.filter(key_id=key_id).first()
        if key is None:
            raise CommandError("There is no such key.")
        key.withdraw(at=now())
        self.stdout.write(f"{key_id} is withdrawn.")
