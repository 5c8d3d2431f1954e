import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

application = get_wsgi_application()

from lms.checks import refuse_to_start  # noqa: E402  (settings come first)

refuse_to_start()
