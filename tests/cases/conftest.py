"""What tests of this room share."""

import pytest
from hypothesis import settings

from tests.cases.builders import SHARED
from tests.factories import make_benchmark

settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")


@pytest.fixture
def benchmark_(db):
    """A chest benchmark that takes CR and DX."""
    return make_benchmark()


@pytest.fixture
def shared():
    """The folder of real material; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs the real reports and films in ../shared/data")
    return SHARED
