"""What the nightly audit found."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.immutable import AppendOnly


class AuditRun(AppendOnly):
    """One night: when, and every finding (code, subject, detail; certificates/audit.py), at most `KEPT` of them."""

    KEPT = 500

    run_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    findings = models.JSONField(default=list)

    class Meta:
        verbose_name = _("audit of the certificates")
        ordering = ["-run_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.run_at:%Y-%m-%d} {self.count}"

    @classmethod
    def keep(cls, findings: list[dict], *, at: datetime) -> "AuditRun":
        return cls.objects.create(run_at=at, count=len(findings), findings=findings[: cls.KEPT])
