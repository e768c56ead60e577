"""A model that is never asked: it lends its name where only a version is wanted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from llm_extract.asking.protocol import Answer, Choice, Question


@dataclass(frozen=True)
class UnaskedModel:
    """See Model. Asking it is a mistake of the program."""

    name: str

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """Never to be called."""
        raise NotImplementedError("This model only has a name.")

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True)
class UnaskedDecider:
    """See Decider. Asking it is a mistake of the program."""

    def decide(self, choices: Iterable[Choice]) -> Iterator[tuple[Choice, Mapping[str, float]]]:
        """Never to be called."""
        raise NotImplementedError("This decider is only there for a version.")
