"""How the synthetic readers judge: each has a habit, sees the planted truth with errors, and answers the suggestion."""

import hashlib
from dataclasses import dataclass

SECOND_THOUGHTS = 0.5  # how often a label is looked at afresh when the case comes again


@dataclass(frozen=True)
class Habit:
    """A reader's habit: the chance to miss a label that is there, to see one that is not, and to let small things pass."""

    miss: float
    invent: float
    lenience: float


@dataclass(frozen=True)
class Opinion:
    """A verdict with what the reader would add to the suggested labels and strike from them."""

    verdict: str
    added: tuple[str, ...]
    struck: tuple[str, ...]


def habit_of(reader: str, seed: int) -> Habit:
    """The reader's habit, the same for the same name and seed."""
    return Habit(
        miss=0.04 + 0.10 * chance(seed, reader, "miss"),
        invent=0.003 + 0.012 * chance(seed, reader, "invent"),
        lenience=0.3 + 0.5 * chance(seed, reader, "lenience"),
    )


def seen_labels(
    *, reader: str, study: str, truth: frozenset[str], labels: tuple[str, ...], seed: int, is_again: bool = False
) -> frozenset[str]:
    """The labels that the reader sees, given those that are there; the second time now and then others."""
    habit = habit_of(reader, seed)

    def luck(label: str) -> float:
        forgets = is_again and chance(seed, reader, study, label, "forgets") < SECOND_THOUGHTS
        return chance(seed, reader, study, label, *(["again"] if forgets else []))

    return frozenset(label for label in labels if luck(label) < (1 - habit.miss if label in truth else habit.invent))


def opinion(*, reader: str, study: str, seen: frozenset[str], suggested: frozenset[str], seed: int) -> Opinion:
    """What the reader says of the suggested labels, given the labels that the reader sees."""
    habit = habit_of(reader, seed)
    added, struck = tuple(sorted(seen - suggested)), tuple(sorted(suggested - seen))
    changes = len(added) + len(struck)
    if not changes or (changes == 1 and chance(seed, reader, study, "lenience") < habit.lenience / 2):
        return Opinion("agree_all", (), ())
    kept = len(suggested & seen)
    return Opinion("agree_mostly" if changes == 1 or kept > changes else "disagree", added, struck)


def chance(*parts: object) -> float:
    """A number from 0 to 1 fixed by the parts alone, so that the order of reading never matters."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
