"""What every test gets: a real PostgreSQL that is never the product's own, files in a temporary folder, no broker."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as product_settings
from django.test import TransactionTestCase

from core.adapters.embedded_postgres import EmbeddedPostgres
from tests.emptying import empty_tables
from tests.skips import pytest_collectreport, pytest_runtest_logreport, pytest_sessionfinish, pytest_terminal_summary

__all__ = ["pytest_collectreport", "pytest_runtest_logreport", "pytest_sessionfinish", "pytest_terminal_summary"]

TEST_DATA_DIR = Path(product_settings.DATA_DIR) / "test"
_numbers = itertools.count()


def _use_test_settings() -> None:
    """Before any connection is made. Commands that a test starts as processes read the environment instead."""
    database = product_settings.DATABASES["default"]
    if not os.environ.get("DATABASE_URL"):
        database.update(EmbeddedPostgres(TEST_DATA_DIR).database_settings())
    # A test's database need not survive a power cut: no commit waits for the disk.
    database["OPTIONS"] = {**database.get("OPTIONS", {}), "options": "-c synchronous_commit=off"}
    # Two checkouts that test on one server do not meet when each names a database of its own.
    suffix = os.environ.get("TEST_DB_SUFFIX") or database["NAME"].removeprefix("postgres")
    database.setdefault("TEST", {})["NAME"] = "_".join(filter(None, ["test_countersign", suffix]))
    product_settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    product_settings.STATIC_ROOT = ""  # nothing is collected: files come from where they are written
    product_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    product_settings.CELERY_BROKER_URL = "memory://"  # a message goes nowhere: tests call tasks themselves
    product_settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}


_use_test_settings()
# A busy machine is no bug: properties have no deadline. CI tries the same examples each time, so that it judges the change
# and not the dice; whoever runs the tests by hand tries new ones.
hypothesis.settings.register_profile(
    "countersign",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("countersign")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are marked by their place, and come last because they are the slowest; who asks a database, too."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """The database server of the tests runs before the first test asks it."""
    if not os.environ.get("DATABASE_URL"):
        EmbeddedPostgres(TEST_DATA_DIR, durable=False).ensure_running()


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    """After a test that commits, only the tables with rows are emptied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path_factory) -> Path:
    """An empty DATA_DIR of the test's own; nothing a test writes lies in the product's folders."""
    folder = tmp_path_factory.getbasetemp() / f"data-{next(_numbers)}"
    uploads = folder / "uploads"
    uploads.mkdir(parents=True)
    settings.DATA_DIR = folder
    settings.MEDIA_ROOT = folder / "files"
    settings.FILE_UPLOAD_TEMP_DIR = uploads
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder / "files"},
        }
    }
    return folder
