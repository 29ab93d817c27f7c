"""The web process's door."""

import os

from django.core.wsgi import get_wsgi_application

from config.celery import app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# Before the processes part: or the first request of each that rings a bell waits half a second for it.
app.finalize()
