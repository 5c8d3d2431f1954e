"""Tables as the models have them, for a process on a database of its own: going through all migrations takes a minute, and
tests/lms/test_migrations.py does it."""

from django.conf import settings
from django.core.management import call_command


class _Straight(dict):
    __contains__, __getitem__ = lambda self, app: True, lambda self, app: None


def make_tables() -> None:
    settings.MIGRATION_MODULES = _Straight()
    call_command("migrate", run_syncdb=True, verbosity=0)
