"""Run by test_batch_crash.py in processes of its own: `fill N` makes a database with a confirmed list of N people, `work` is a
worker that runs the job of the list until that is done."""

import os
import sys
import time
from datetime import timedelta
from functools import partial

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

import django

django.setup()

from django.utils.timezone import now  # noqa: E402  (apps first)

from certificates import batching  # noqa: E402  (apps first)
from certificates.models import AwardBatch  # noqa: E402  (apps first)
from lms.lib.jobs.models import Job  # noqa: E402  (apps first)
from lms.lib.jobs.runner import run  # noqa: E402  (apps first)
from tests.factories.many import confirmed_batch  # noqa: E402  (apps first)
from tests.straight import make_tables  # noqa: E402  (apps first)


def fill(count: int) -> None:
    make_tables()
    confirmed_batch(count, at=now() - timedelta(hours=2))
    Job.objects.exclude(kind="certificates.issue_batch").delete()


def work() -> None:
    batching.issue_all = partial(batching.issue_all, portion=3)  # many seams to die at
    while not AwardBatch.objects.filter(status=AwardBatch.Status.DONE).exists():
        for job in Job.objects.due(now()).filter(kind="certificates.issue_batch"):
            run(job.pk)
        time.sleep(0.2)


if __name__ == "__main__":
    fill(int(sys.argv[2])) if sys.argv[1] == "fill" else work()
