"""How connections to PostgreSQL are kept. Imported by settings: nothing of Django here."""

from typing import Any

KEPT = 600  # seconds


def postgresql(found: dict[str, Any], *, pool: int, prepared: bool, testing: bool) -> dict[str, Any]:
    """Return Django's settings of the database whose URL says `found`.

    pool: most connections of a process, which its threads share; 0: each thread keeps its own, which spares it a tenth of a
    quick page. prepared: `lms.lib.prepared` has statements prepared; never those that came so many times by themselves.
    """
    options: dict[str, Any] = {**found.get("OPTIONS", {})}
    if prepared:
        options["prepare_threshold"] = 1_000_000_000
    if pool and not testing:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10}
    return {
        "CONN_MAX_AGE": 0 if testing or pool else KEPT, **found, "OPTIONS": options,
        "TEST": {"CHARSET": "UTF8", "TEMPLATE": "template0"},  # whatever the server's own locale
    }  # fmt: skip
