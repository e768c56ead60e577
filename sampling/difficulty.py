"""How hard a study is likely to be for a reader: a weighted sum of named parts, never one opaque number.

Parts and weights follow what predicts disagreement among readers: the number of findings above all (identical label
sets among three readers in 85, 42, 21, 13 and 1 % of studies with 0, 1, 2, 3 and 4 or more labels), then hedged wording.
"""

from dataclasses import dataclass

WEIGHTS = {"findings": 0.5, "hedges": 0.3, "doubt": 0.2}


@dataclass(frozen=True)
class DifficultyParts:
    """Each part from 0 (easy) to 1 (hard)."""

    findings: float
    hedges: float
    doubt: float

    @property
    def score(self) -> float:
        """The weighted sum, 0 to 1."""
        parts = {"findings": self.findings, "hedges": self.hedges, "doubt": self.doubt}
        return sum(weight * parts[name] for name, weight in WEIGHTS.items())


def difficulty(
    *, statuses: tuple[str, ...], confidences: tuple[float, ...], pipeline_doubt: float | None = None
) -> DifficultyParts:
    """Parts for one study from its suggestions that are not absent: their statuses and, where known, confidences.

    ``findings`` grows with their number up to four, ``hedges`` is the share that is uncertain. ``doubt`` is the
    pipeline's own where it knows one (a model asked several times, a second opinion, missing evidence; a study without
    a standing label may have it too), else one minus the lowest confidence.
    """
    doubt = 1 - min(confidences, default=1.0) if pipeline_doubt is None else pipeline_doubt
    if not statuses:
        return DifficultyParts(findings=0.0, hedges=0.0, doubt=pipeline_doubt or 0.0)
    return DifficultyParts(
        findings=min(len(statuses), 4) / 4,
        hedges=sum(status == "uncertain" for status in statuses) / len(statuses),
        doubt=doubt,
    )
