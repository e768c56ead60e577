"""The browser of tests/browser, lent to the end-to-end test."""

import pytest

from tests.browser.conftest import (
    chromium,
    expected_complaints,
    live_server,
    log_in,
    new_context,
    pytest_runtest_makereport,
    shipped_files,
    static_root,
)

__all__ = [
    "chromium",
    "expected_complaints",
    "live_server",
    "log_in",
    "new_context",
    "pytest_runtest_makereport",
    "shipped_files",
    "static_root",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.browser)
