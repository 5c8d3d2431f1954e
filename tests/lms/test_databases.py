"""How connections to PostgreSQL are kept: what the URL says stays, and is not said for it."""

import pytest

from lms.databases import KEPT, postgresql

URL = {"ENGINE": "django.db.backends.postgresql", "NAME": "lms", "OPTIONS": {"sslmode": "require"}}


@pytest.mark.parametrize(
    ("pool", "prepared", "testing", "seconds", "options"),
    [
        (0, True, False, KEPT, {"prepare_threshold"}), (0, False, False, KEPT, set()),
        (8, True, False, 0, {"prepare_threshold", "pool"}), (8, True, True, 0, {"prepare_threshold"}),
        (0, True, True, 0, {"prepare_threshold"}),
    ],
)  # fmt: skip
def test_how_long_and_with_what(pool, prepared, testing, seconds, options):
    made = postgresql(URL, pool=pool, prepared=prepared, testing=testing)
    assert made["CONN_MAX_AGE"] == seconds and set(made["OPTIONS"]) == {"sslmode", *options}
    assert made["NAME"] == "lms" and URL["OPTIONS"] == {"sslmode": "require"}


def test_the_url_may_say_how_long():
    assert postgresql({**URL, "CONN_MAX_AGE": 5}, pool=0, prepared=True, testing=False)["CONN_MAX_AGE"] == 5


def test_a_url_without_options():
    assert postgresql({"NAME": "lms"}, pool=8, prepared=False, testing=False)["OPTIONS"]["pool"]["max_size"] == 8
