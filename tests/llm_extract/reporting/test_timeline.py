"""A patient's courses, and where what is said of change contradicts what was said before."""

from datetime import date
from itertools import permutations

import pytest

from llm_extract.findings import Change, ReportFinding, Status, Temporality
from llm_extract.reporting.timeline import Contradiction, DatedFindings, build_timeline

P, A, U = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN


def finding(status, change=None, observation="effusion", temporality=Temporality.CURRENT):
    return ReportFinding(observation, observation.title(), status, 0, 1, "x", change=change, temporality=temporality)


def study(name, day, *findings):
    return DatedFindings(name, day and date(2020, 1, day), findings)


def points(*studies):
    (course,) = build_timeline(studies).courses
    return course.points


def test_studies_run_by_date_and_undated_ones_come_last():
    studies = [study("c", None, finding(P)), study("b", 2, finding(A)), study("a", 9, finding(P)), study("d", 2)]
    for order in permutations(studies):
        timeline = build_timeline(order)
        assert [name for name, _ in timeline.studies] == ["b", "d", "a", "c"]
        assert [point.study_id for point in timeline.courses[0].points] == ["b", "a", "c"]


def test_present_outweighs_uncertain_and_absent_in_one_study():
    (point,) = points(study("a", 1, finding(A), finding(U), finding(P, Change.WORSE)))
    assert (point.status, point.change, point.findings) == (P, Change.WORSE, (2,))


def test_history_says_nothing_of_the_day():
    timeline = build_timeline([study("a", 1, finding(P, temporality=Temporality.HISTORY))])
    assert timeline.courses == ()


@pytest.mark.parametrize(
    ("before", "change", "contradiction"),
    [
        (P, Change.NEW, Contradiction.NEW_THOUGH_PRESENT),
        (A, Change.NEW, None),
        (U, Change.NEW, None),
        (A, Change.STABLE, Contradiction.CONTINUING_THOUGH_ABSENT),
        (A, Change.WORSE, Contradiction.CONTINUING_THOUGH_ABSENT),
        (A, Change.BETTER, Contradiction.CONTINUING_THOUGH_ABSENT),
        (A, Change.RESOLVED, Contradiction.CONTINUING_THOUGH_ABSENT),
        (P, Change.STABLE, None),
        (P, Change.RESOLVED, None),
        (A, None, None),
    ],
)
def test_contradictions(before, change, contradiction):
    status = A if change is Change.RESOLVED else P
    _, point = points(study("a", 1, finding(before)), study("b", 2, finding(status, change)))
    assert point.contradiction is contradiction
    if contradiction:
        assert point.against == "a"
        assert point.message.startswith(f"Effusion is called {change.value}, but study a of 2020-01-01")


def test_only_the_last_study_that_speaks_of_it_counts():
    _, _, _, point = points(
        study("a", 1, finding(P)),
        study("b", 2, finding(A)),
        study("c", 3, finding(A)),
        study("d", 4, finding(P, Change.NEW)),
    )
    assert point.contradiction is None


def test_silence_is_not_absence():
    (point,) = points(study("a", 1), study("b", 2, finding(P, Change.STABLE)))
    assert point.contradiction is None


def test_nothing_contradicts_a_study_without_a_date_nor_one_of_the_same_day():
    assert not build_timeline([study("a", 1, finding(P)), study("b", None, finding(P, Change.NEW))]).contradictions
    assert not build_timeline([study("a", 1, finding(P)), study("b", 1, finding(P, Change.NEW))]).contradictions


def test_contradictions_are_listed_with_their_course():
    timeline = build_timeline(
        [
            study("a", 1, finding(P), finding(A, observation="edema")),
            study("b", 2, finding(P, Change.NEW), finding(P, Change.STABLE, observation="edema")),
        ]
    )
    assert [(course.observation, point.study_id) for course, point in timeline.contradictions] == [
        ("edema", "b"),
        ("effusion", "b"),
    ]
