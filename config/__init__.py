"""Settings, addresses and entry points; nothing imports it. The Celery application loads first, so that tasks find it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
