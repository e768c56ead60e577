"""The web application, as gunicorn finds it."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from config.bootstrap import prepare_database
from config.logs import hide_uids_of_the_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

prepare_database(["wsgi", "serve"])
application = get_wsgi_application()

# A thread that has its answer from PostgreSQL waits this long for one that computes, at each statement again: with the
# five milliseconds that Python begins with, a verdict of 17 statements beside another reader's page takes twice its time.
sys.setswitchinterval(0.001)

hide_uids_of_the_server()
