"""Where gold can come from besides a file: later rooms of the house say what they have (reads, once they are in)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # apps.py files import this module before models can be loaded
    from accounts.models import User
    from benchmarks.models import Benchmark

GoldByStudy = Mapping[int, Mapping[str, str]]
"""Study id → label key → status (present, absent or uncertain)."""


@dataclass(frozen=True)
class GoldOffer:
    """Gold that could be taken: a key to ask for it by, and words for a person."""

    key: str
    title: str


@dataclass(frozen=True)
class GoldSource:
    """A room's gold: what it offers for a benchmark to a person, and the labels behind one offer."""

    offers: "Callable[[Benchmark, User], list[GoldOffer]]"
    take: "Callable[[Benchmark, User, str], GoldByStudy]"


_sources: dict[str, GoldSource] = {}


def register_gold_source(name: str, source: GoldSource) -> None:
    """Adds a room's gold; ``name`` goes before its offers' keys ("reads:12")."""
    _sources[name] = source


def gold_offers(benchmark: "Benchmark", user: "User") -> list[GoldOffer]:
    """All that the rooms offer this person for a benchmark."""
    return [
        GoldOffer(f"{name}:{offer.key}", offer.title)
        for name, source in _sources.items()
        for offer in source.offers(benchmark, user)
    ]


def take_gold(benchmark: "Benchmark", user: "User", key: str) -> GoldByStudy:
    """The labels behind an offer. Raises KeyError for an offer that nobody makes."""
    name, _, rest = key.partition(":")
    return _sources[name].take(benchmark, user, rest)
