"""Secrets that the product makes itself: once, whole, and readable by their owner alone."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import settings as product_settings


@pytest.fixture
def empty_data_dir(tmp_path, monkeypatch):
    monkeypatch.setattr(product_settings, "DATA_DIR", tmp_path / "data")
    monkeypatch.delenv("PSEUDONYM_KEY", raising=False)
    return tmp_path / "data"


def test_a_pseudonym_key_is_made_once_and_kept(empty_data_dir):
    key = product_settings._pseudonym_key()
    assert len(key) >= 32
    assert product_settings._pseudonym_key() == key
    path = empty_data_dir / "pseudonym_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in empty_data_dir.iterdir()] == ["pseudonym_key"]


def test_processes_that_start_together_read_the_same_key(empty_data_dir):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: product_settings._pseudonym_key(), range(40)))) == 1


def test_a_key_of_the_environment_is_used_and_a_short_one_refused(empty_data_dir, monkeypatch):
    monkeypatch.setenv("PSEUDONYM_KEY", "e" * 40)
    assert product_settings._pseudonym_key() == "e" * 40
    assert not empty_data_dir.exists()
    monkeypatch.setenv("PSEUDONYM_KEY", "short")
    with pytest.raises(ImproperlyConfigured, match="PSEUDONYM_KEY has 5 characters; give at least 32"):
        product_settings._pseudonym_key()
