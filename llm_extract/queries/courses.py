"""A patient's findings through all their studies, from the newest extraction of each."""

from dataclasses import dataclass
from datetime import date

from accounts.models import User
from benchmarks.models import Taxonomy
from cases.models import Study
from llm_extract.findings import Change, Grounding, Laterality, ReportFinding, Severity, Status, Temporality
from llm_extract.guards.guarding import heard
from llm_extract.models import Finding
from llm_extract.queries import newest_sets
from llm_extract.reporting.timeline import DatedFindings, Point, Timeline, build_timeline


def finding_of(row: Finding, text: str) -> ReportFinding:
    """The row as the finding it was made of; ``text`` is its report's."""
    return ReportFinding(
        observation=row.observation,
        name=row.name,
        status=Status(row.status),
        start=row.start,
        end=row.end,
        evidence=text[row.start : row.end],
        section=row.section,
        certainty_words=row.certainty or None,
        location=row.location or None,
        laterality=Laterality(row.laterality) if row.laterality else None,
        severity=Severity(row.severity) if row.severity else None,
        change=Change(row.change) if row.change else None,
        temporality=Temporality(row.temporality),
        is_device=row.is_device,
        size=row.size or None,
        grounding=Grounding(row.grounding),
    )


@dataclass(frozen=True)
class Course:
    """One observation through the patient's studies: what each says of it, None where it says nothing."""

    name: str
    points: tuple[Point | None, ...]


@dataclass(frozen=True)
class PatientTimeline:
    """The patient's studies in order of date as (id, study_id, day), and the course of what any of them found or suspected."""

    studies: tuple[tuple[int, str, date | None], ...]
    courses: tuple[Course, ...]
    messages: tuple[str, ...]


def patient_timeline(user: User, study: Study, taxonomy: Taxonomy) -> PatientTimeline | None:
    """The course of every observation over the patient's studies that the person may see; None with fewer than two."""
    studies = Study.objects.visible_to(user).filter(patient=study.patient_id)
    sets = (
        newest_sets(taxonomy, studies)
        .filter(extraction__isnull=False)
        .select_related("study", "extraction__report")
        .prefetch_related("extraction__findings")
    )
    dated, ids = [], {}
    for one in sets:
        if one.extraction is None:
            continue
        text = one.extraction.report.text
        findings = heard([finding_of(row, text) for row in one.extraction.findings.all()], text)
        dated.append(DatedFindings(one.study.study_id, one.study.study_date, findings))
        ids[one.study.study_id] = one.study_id
    return _laid_out(build_timeline(dated), ids) if len(dated) > 1 else None


def _laid_out(timeline: Timeline, ids: dict[str, int]) -> PatientTimeline:
    """As a table: a row per observation that is present or uncertain somewhere, a column per study."""
    courses = []
    for course in timeline.courses:
        points = {point.study_id: point for point in course.points}
        if any(point.status != Status.ABSENT for point in course.points):
            courses.append(Course(course.name, tuple(points.get(study_id) for study_id, _ in timeline.studies)))
    return PatientTimeline(
        tuple((ids[study_id], study_id, day) for study_id, day in timeline.studies),
        tuple(courses),
        tuple(point.message for _, point in timeline.contradictions),
    )
