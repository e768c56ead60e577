"""How a reader's labels of a training case stand against the expert's answer."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Labels that both have, that the reader missed, and that the reader has beyond the answer."""

    both: frozenset[str]
    missed: frozenset[str]
    beyond: frozenset[str]

    @property
    def is_right(self) -> bool:
        return not self.missed and not self.beyond


def compare(answer: frozenset[str], given: frozenset[str]) -> Comparison:
    """The reader's labels against the answer's."""
    return Comparison(answer & given, answer - given, given - answer)


def is_passed(results: Sequence[bool | None], pass_mark: int | None) -> bool:
    """Whether all cases are read (none is None), and at least ``pass_mark`` percent of them are right."""
    if any(result is None for result in results):
        return False
    return pass_mark is None or 100 * sum(map(bool, results)) >= pass_mark * len(results)
