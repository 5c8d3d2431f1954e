"""The product's settings with a counter of queries in front and limits that never refuse. For measuring only."""

from lms.settings import *  # noqa: F403
from lms.settings import MIDDLEWARE

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.middleware.QueryCountMiddleware", *MIDDLEWARE]
RATE_LIMIT_FACTOR = 10**9  # every request is counted, as in production; none is refused
