"""The jobs behind an employer's desk: answering lists, erasing them, and the use of keys carried over from the cache."""

from datetime import timedelta

from django.utils.timezone import now

from lms.lib.jobs import job

from .api.callers import calls_on_day
from .list_answers import answer
from .models import ApiKey, ApiUsage, CheckList


@job("certificates.answer_list")
def answer_list(handle, check_list: int):
    """Answer every line; the answers are written in the transaction that ends the job."""
    found = CheckList.objects.filter(status=CheckList.Status.WAITING, deleted_at=None, pk=check_list).first()
    return answer(found, at=now(), beat=handle.beat) if found else None


@job("certificates.erase_lists", every=900)
def erase_lists(handle) -> None:
    CheckList.objects.drop_old(now())


@job("certificates.keep_api_usage", every=600)
def keep_api_usage(handle) -> None:
    """Write down what the cache has counted today and yesterday (UTC). A count never goes down again."""
    at = now()
    days = {ago: (at - timedelta(days=ago)).date() for ago in (0, 1)}
    rows = []
    for key in ApiKey.objects.filter(expires_at__gt=at - timedelta(days=2)):
        rows += [ApiUsage(key=key, day=day, calls=calls_on_day(key.pk, ago=ago)) for ago, day in days.items()]
    before = {(row.key_id, row.day): row.calls for row in ApiUsage.objects.filter(day__in=days.values())}
    changed = [row for row in rows if row.calls > before.get((row.key_id, row.day), 0)]
    ApiUsage.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["key", "day"], update_fields=["calls"], batch_size=500
    )
