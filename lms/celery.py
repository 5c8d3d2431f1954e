"""The Celery app. A message is only a wake-up: the truth of every job is its row (lms/lib/jobs)."""

import os
import signal
import sys
from pathlib import Path

from celery import Celery
from celery.signals import beat_embedded_init, setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

app = Celery("lms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["lms.lib.jobs"])


@app.on_after_configure.connect
def prepare(sender, **kwargs) -> None:
    """Make the folders of the embedded broker, and set beat's schedule."""
    from django.conf import settings

    options = app.conf.broker_transport_options or {}
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(parents=True, exist_ok=True)
    app.conf.beat_schedule = {
        "sweep": {"task": "jobs.sweep", "schedule": float(settings.JOB_SWEEP_SECONDS)},
    }


@setup_logging.connect
def keep_our_logging(**kwargs) -> None:
    """Celery would set up its own handlers; Django's are the ones we want."""


@beat_embedded_init.connect
def go_with_the_worker(**kwargs) -> None:
    """Beat inside a worker is a process of its own: on Linux, let it end when the worker is killed."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@worker_init.connect
def refuse_to_start_misconfigured(**kwargs) -> None:
    """Celery swallows errors of signal handlers, so this one leaves the process."""
    from django.core.exceptions import ImproperlyConfigured

    from lms.checks import refuse_to_start

    try:
        refuse_to_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
