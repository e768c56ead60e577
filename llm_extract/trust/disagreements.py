"""Which labels of which studies a backend, or one of two, has otherwise than the gold set: the rows to look at side by side."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from llm_extract.findings import Status
from llm_extract.trust.scoring import Counting, Statuses

Study = TypeVar("Study", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Disagreement(Generic[Study]):
    """One label of one study. `said` holds each backend's status by its name, None where it suggests nothing."""

    study: Study
    label: str
    gold: Status
    said: Mapping[str, Status | None]
    wrong: tuple[str, ...]


def disagreements(
    gold: Mapping[Study, Statuses],
    backends: Mapping[str, Mapping[Study, Statuses]],
    labels: Sequence[str],
    counting: Counting,
) -> Iterator[Disagreement[Study]]:
    """Yield every judged label that at least one backend has wrong, in the order of the gold set and of `labels`.

    Right and wrong are counted as in `scoring.score`; a backend that has not read the study is neither.
    """
    for study, judged in gold.items():
        reading = {name: suggested[study] for name, suggested in backends.items() if study in suggested}
        for label in labels:
            truth = judged.get(label)
            if truth is None or (counting.lenient and truth is Status.UNCERTAIN):
                continue
            said = {name: statuses.get(label) for name, statuses in reading.items()}
            wrong = tuple(
                name for name, status in said.items() if _holds(status, counting) != (truth is Status.PRESENT)
            )
            if wrong:
                yield Disagreement(study, label, truth, said, wrong)


def _holds(status: Status | None, counting: Counting) -> bool:
    return status is Status.PRESENT or (counting.uncertain_as_present and status is Status.UNCERTAIN)
