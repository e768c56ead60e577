"""A model that is never asked: it lends its name where only a version is wanted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llm_extract.asking.protocol import Answer, Question


@dataclass(frozen=True)
class UnaskedModel:
    """See Model. Asking it is a mistake of the program."""

    name: str

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """Never to be called."""
        raise NotImplementedError("This model only has a name.")

    def close(self) -> None:
        """Nothing to let go of."""
