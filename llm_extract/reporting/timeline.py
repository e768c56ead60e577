"""A patient's findings over time: each observation's status study by study, and where the reports contradict that sequence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from llm_extract.findings import Change, ReportFinding, Status, Temporality

_STRENGTH = {Status.ABSENT: 0, Status.UNCERTAIN: 1, Status.PRESENT: 2}
_CONTINUING = frozenset({Change.STABLE, Change.WORSE, Change.BETTER, Change.RESOLVED})


@dataclass(frozen=True, slots=True)
class DatedFindings:
    """One study's findings; `day` is None where the study's date is not known."""

    study_id: str
    day: date | None
    findings: tuple[ReportFinding, ...]


class Contradiction(StrEnum):
    """How a stated change and the earlier reports contradict each other."""

    NEW_THOUGH_PRESENT = "new though present before"
    CONTINUING_THOUGH_ABSENT = "continuing though absent before"


@dataclass(frozen=True, slots=True)
class Point:
    """What one study says of an observation. `change` is what the report states against the prior.

    `contradiction` names a conflict with the last earlier study that speaks of the observation, `against` that study.
    """

    study_id: str
    day: date | None
    status: Status
    change: Change | None
    findings: tuple[int, ...]
    contradiction: Contradiction | None = None
    against: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """One observation through a patient's studies, in order; studies that do not speak of it are left out."""

    observation: str
    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A patient's studies in order of date, those without one last, and the course of every observation."""

    studies: tuple[tuple[str, date | None], ...]
    courses: tuple[Course, ...]

    @property
    def contradictions(self) -> tuple[tuple[Course, Point], ...]:
        """Every point that contradicts what came before it."""
        return tuple((course, point) for course in self.courses for point in course.points if point.contradiction)


def build_timeline(studies: Iterable[DatedFindings]) -> Timeline:
    """Return the timeline of one patient.

    Studies of one day keep the order of their identifiers. What is told as history is left out: it says nothing of the
    study's own day. Where a study speaks several times of an observation, present outweighs uncertain and uncertain absent.
    A study without a date has no place in the order, so nothing contradicts it; nor does silence: only a report that denies
    an observation makes it absent.
    """
    ordered = sorted(studies, key=lambda study: (study.day is None, study.day or date.min, study.study_id))
    names: dict[str, str] = {}
    points: dict[str, list[Point]] = {}
    for study in ordered:
        for observation, indexes in _current(study.findings).items():
            names.setdefault(observation, study.findings[indexes[0]].name)
            before = points.setdefault(observation, [])
            before.append(_point(study, names[observation], indexes, before))
    return Timeline(
        tuple((study.study_id, study.day) for study in ordered),
        tuple(Course(observation, names[observation], tuple(points[observation])) for observation in sorted(points)),
    )


def _current(findings: Sequence[ReportFinding]) -> dict[str, list[int]]:
    """Return the indexes of a study's current findings by observation."""
    found: dict[str, list[int]] = {}
    for index, finding in enumerate(findings):
        if finding.temporality is Temporality.CURRENT:
            found.setdefault(finding.observation, []).append(index)
    return found


def _point(study: DatedFindings, name: str, indexes: Sequence[int], before: Sequence[Point]) -> Point:
    """Return what a study says of an observation, held against the last dated study that spoke of it."""
    status = max((study.findings[index].status for index in indexes), key=_STRENGTH.__getitem__)
    resting = tuple(index for index in indexes if study.findings[index].status is status)
    change = next((study.findings[index].change for index in resting if study.findings[index].change), None)
    plain = Point(study.study_id, study.day, status, change, resting)
    earlier = next((point for point in reversed(before) if point.day is not None), None)
    if earlier is None or study.day is None or change is None or earlier.day == study.day:
        return plain
    contradiction = _contradiction(change, earlier.status)
    if contradiction is None:
        return plain
    said = "present" if earlier.status is Status.PRESENT else "absent"
    message = f"{name} is called {change.value}, but study {earlier.study_id} of {earlier.day} says it was {said}."
    return Point(study.study_id, study.day, status, change, resting, contradiction, earlier.study_id, message)


def _contradiction(change: Change, earlier: Status) -> Contradiction | None:
    """Return how a stated change contradicts the earlier status, if it does."""
    if change is Change.NEW and earlier is Status.PRESENT:
        return Contradiction.NEW_THOUGH_PRESENT
    if change in _CONTINUING and earlier is Status.ABSENT:
        return Contradiction.CONTINUING_THOUGH_ABSENT
    return None
