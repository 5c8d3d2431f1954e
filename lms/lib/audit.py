"""One audit log for everything: Wagtail's log entries, with dotted actions registered in each app's `wagtail_hooks.py`.

Entries are appended only. `organisation` says for whom the deed was done, so that a base reads its own log.
"""

from typing import Any

from django.db import models
from django.dispatch import Signal
from wagtail.log_actions import log as wagtail_log

# instance, action: inside the caller's transaction. Whatever is worth a line in the log is news for whoever keeps something
# derived from it: the search index, pages kept ready.
logged = Signal()


def log(instance: models.Model, action: str, *, by: models.Model | None, organisation: models.Model | None = None,
        **data: Any) -> None:
    """Append one entry about `instance`.

    action: a registered dotted name, such as "certificates.certificate.revoke".
    data: what explains the deed later (reason, counts, versions). Never personal data beyond ids.
    """
    if organisation is not None:
        data["organisation"] = organisation.pk
    wagtail_log(instance=instance, action=action, user=by, data=data or None)
    logged.send(sender=type(instance), instance=instance, action=action)
