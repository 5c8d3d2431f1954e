import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

application = get_wsgi_application()

from lms.checks import refuse_to_start  # noqa: E402  (settings come first)

refuse_to_start()

from django.urls import get_resolver  # noqa: E402

get_resolver().url_patterns  # noqa: B018  (reads every address now: a quarter of a second that the first person would wait)

from certificates.lookups import get_journal  # noqa: E402

if journal := get_journal():
    journal.start()  # with what ended processes left

# What is loaded by now stays: looking through it again and again for what can go took a tenth of a page's time.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)

# A thread that comes back from the database or the network takes Python's lock from one that computes after a millisecond instead
# of five: a quick page waits less for the others of its process (a third more of them a second), a long one takes no longer.
sys.setswitchinterval(0.001)
