"""The web application, as gunicorn finds it."""

import os

from django.core.wsgi import get_wsgi_application

from config.bootstrap import prepare_database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

prepare_database(["wsgi", "serve"])
application = get_wsgi_application()
