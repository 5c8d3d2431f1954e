"""The jobs of learner records."""

from django.utils.timezone import now

from lms.lib.jobs import job

from .models import LearnerRecord
from .records import drop_run_out, make


@job("certificates.make_record")
def make_record(handle, record: int) -> None:
    """Sign one learner record. `make` is idempotent, and a record is kept once."""
    make(LearnerRecord.objects.select_related("holder").get(pk=record), at=now())


@job("certificates.drop_records", every=86_400)
def drop_records(handle) -> None:
    drop_run_out(at=now())
