"""The public halves of the keys that sign receipts. The private half is derived from the installation's secret."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from lms.lib.audit import log


class ReceiptKey(models.Model):
    """Kept for ever, so that a receipt can be checked after the secret was changed. `key_id`: of its public half."""

    key_id = models.CharField(max_length=43, unique=True)
    public_multibase = models.CharField(max_length=80, unique=True)
    active_from = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("key of receipts")
        ordering = ["active_from", "pk"]

    def __str__(self) -> str:
        return self.key_id

    def withdraw(self, *, at: datetime) -> None:
        """Let nothing that it signed count any more: its secret got out. Once more does nothing."""
        with transaction.atomic():
            if ReceiptKey.objects.filter(pk=self.pk, withdrawn_at=None).update(withdrawn_at=at):
                log(self, "certificates.receipt_key.withdraw", by=None, key=self.key_id)
            self.refresh_from_db()
