"""Run by test_jobs_crash.py in processes of its own: `fill N` makes the tables and N jobs, `work` is a real worker.

Each job's effect is one more row in a plain table without any constraint, so that a doubled effect would show.
"""

import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  (apps first)

from lms.celery import app  # noqa: E402  (apps first)
from lms.lib.jobs import enqueue, job, registry  # noqa: E402  (apps first)
from lms.lib.jobs.models import Job  # noqa: E402  (apps first)

registry.PERIODIC.clear()  # their tables don't exist here
app.conf.task_default_queue = os.environ["CRASH_QUEUE"]


@job("test.crash")
def crash(handle, number: int):
    time.sleep(0.1)

    def effect():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO crash_effect (number) VALUES (%s)", [number])

    return effect


def fill(count: int) -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Job)
        editor.execute("CREATE TABLE crash_effect (number integer NOT NULL)")
    with transaction.atomic():
        for number in range(count):
            enqueue("test.crash", key=f"crash:{number}", number=number)


def work(schedule: str) -> None:
    app.worker_main(
        ["worker", "--beat", "--schedule", schedule, "--pool", "threads", "--concurrency", "4", "--loglevel", "warning",
         "--without-gossip", "--without-mingle", "--without-heartbeat"]
    )  # fmt: skip


if __name__ == "__main__":
    fill(int(sys.argv[2])) if sys.argv[1] == "fill" else work(sys.argv[2])
