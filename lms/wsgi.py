import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

application = get_wsgi_application()

from lms.checks import refuse_to_start  # noqa: E402  (settings come first)

refuse_to_start()

# What is loaded by now stays: looking through it again and again for what can go took a tenth of a page's time.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
