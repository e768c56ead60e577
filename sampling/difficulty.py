"""How hard a study is likely to be for a reader: a weighted sum of named parts, never one opaque number.

Parts and weights follow what predicts disagreement among readers: the number of findings above all (identical label
sets among three readers in 85, 42, 21, 13 and 1 % of studies with 0, 1, 2, 3 and 4 or more labels), then hedged wording.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

WEIGHTS = {"findings": 0.4, "hedges": 0.25, "doubt": 0.2, "rarity": 0.15}


@dataclass(frozen=True)
class DifficultyParts:
    """Each part from 0 (easy) to 1 (hard)."""

    findings: float
    hedges: float
    doubt: float
    rarity: float = 0.0

    @property
    def score(self) -> float:
        """The weighted sum, 0 to 1."""
        return sum(self.weighted.values())

    @property
    def weighted(self) -> dict[str, float]:
        """What each part adds to the score, by name."""
        return {name: WEIGHTS[name] * value for name, value in asdict(self).items()}


def difficulty(
    *,
    statuses: tuple[str, ...],
    confidences: tuple[float, ...],
    pipeline_doubt: float | None = None,
    rarity: float = 0.0,
) -> DifficultyParts:
    """Parts for one study from its suggestions that are not absent: their statuses and, where known, confidences.

    ``findings`` grows with their number up to four, ``hedges`` is the share that is uncertain. ``doubt`` is the
    pipeline's own where it knows one (a model asked several times, a second opinion, missing evidence; a study without
    a standing label may have it too), else one minus the lowest confidence. ``rarity`` is that of its rarest label.
    """
    doubt = 1 - min(confidences, default=1.0) if pipeline_doubt is None else pipeline_doubt
    if not statuses:
        return DifficultyParts(findings=0.0, hedges=0.0, doubt=pipeline_doubt or 0.0)
    return DifficultyParts(
        findings=min(len(statuses), 4) / 4,
        hedges=sum(status == "uncertain" for status in statuses) / len(statuses),
        doubt=doubt,
        rarity=rarity,
    )


def rarity_of(labels: Iterable[str], rarity: Mapping[str, float]) -> float:
    """The rarity of the rarest of the labels; 0 where there is none."""
    return max((rarity.get(label, 1.0) for label in labels), default=0.0)
