"""The times on a page are those of the clock beside it."""

import pytest

from tests.core.test_middleware import world

__all__ = ["world"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_browser_in_tokyo_sees_times_of_tokyo(new_context, log_in, world):
    context = new_context(timezone_id="Asia/Tokyo")
    context.new_page().goto("/account/login/")
    log_in(context, world.readers[0])
    page = context.new_page()
    page.goto("/reading/")
    assert page.get_by_text("1 Jan 2021 05:15").count() > 0
