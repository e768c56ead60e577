"""Consensus rules: what three reads make of a study, whatever their order."""

import csv
from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.outcomes import ReadVerdict, Rule, StudyReads, decide, label_states, what_if

SUGGESTED = frozenset({"effusion", "nodule"})
ALL_RULES = [
    Rule(),
    Rule(at_least=3),
    Rule(verdict="agree_mostly"),
    Rule("identical_corrected"),
    Rule("majority_per_label"),
    Rule("unanimous"),
]
REAL_READS = Path(__file__).parents[3] / "shared/data/readers_nih_google/derived_votes_810x3.csv"


def read(reader: str, verdict: str = "agree_all", add: Iterable[str] = (), strike: Iterable[str] = ()) -> ReadVerdict:
    return ReadVerdict(reader, verdict, frozenset(add), frozenset(strike), ord(reader[0]))


def study(*reads: ReadVerdict, k: int = 3, suggested: frozenset[str] = SUGGESTED) -> StudyReads:
    return StudyReads(suggested, reads, k)


MOSTLY = read("m", "agree_mostly", strike=["nodule"])
MOSTLY_TOO = read("n", "agree_mostly", strike=["nodule"])
AGAINST = read("x", "disagree", add=["fracture"], strike=["nodule", "effusion"])
A, B, C = read("a"), read("b"), read("c")


@pytest.mark.parametrize(
    ("reads", "state"),
    [
        ((), "incomplete"),
        ((A,), "incomplete"),
        ((A, B), "accepted"),
        ((A, B, C), "accepted"),
        ((A, B, AGAINST), "accepted"),
        ((A, AGAINST), "incomplete"),
        ((A, MOSTLY, AGAINST), "needs_adjudication"),
        ((MOSTLY, MOSTLY_TOO, AGAINST), "needs_adjudication"),
        ((read("x", "disagree"), read("y", "disagree"), read("z", "disagree")), "rejected"),
    ],
)
def test_two_agree_all_make_a_study_eligible(reads: tuple[ReadVerdict, ...], state: str) -> None:
    outcome = decide(study(*reads), Rule())
    assert outcome.state == state
    assert outcome.labels == (SUGGESTED if state == "accepted" else None)


@pytest.mark.parametrize(
    ("rule", "reads", "labels"),
    [
        (Rule(at_least=3), (A, B, MOSTLY), None),
        (Rule(at_least=3), (A, B, C), SUGGESTED),
        (Rule(verdict="agree_mostly"), (A, B, MOSTLY), SUGGESTED),
        (Rule(verdict="agree_mostly"), (MOSTLY, MOSTLY_TOO, AGAINST), {"effusion"}),
        (Rule(verdict="agree_mostly"), (A, MOSTLY, AGAINST), None),
        (Rule("identical_corrected"), (MOSTLY, MOSTLY_TOO, A), {"effusion"}),
        (Rule("identical_corrected"), (A, B, AGAINST), SUGGESTED),
        (Rule("identical_corrected"), (A, MOSTLY, AGAINST), None),
        (Rule("majority_per_label"), (A, MOSTLY, AGAINST), {"effusion"}),
        (Rule("majority_per_label"), (A, MOSTLY), None),
        (Rule("unanimous"), (A, B, C), SUGGESTED),
        (Rule("unanimous"), (A, B, MOSTLY), None),
        (Rule("unanimous"), (A, B), None),
    ],
)
def test_rules_decide_on_these_labels(rule: Rule, reads: tuple[ReadVerdict, ...], labels: set[str] | None) -> None:
    assert decide(study(*reads), rule).labels == (None if labels is None else frozenset(labels))


def test_tie_of_an_even_number_of_reads_needs_adjudication() -> None:
    outcome = decide(study(A, MOSTLY, k=2), Rule("majority_per_label"))
    assert outcome.state == "needs_adjudication"
    assert {state.label: state.agreement for state in outcome.label_states} == {
        "effusion": "unanimous",
        "nodule": "tie",
    }


def test_two_equally_frequent_label_sets_need_adjudication() -> None:
    assert decide(study(A, B, MOSTLY, MOSTLY_TOO, k=4), Rule("identical_corrected")).state == "needs_adjudication"


def test_missing_read_that_could_make_a_tie_keeps_the_study_open() -> None:
    assert decide(study(A, B, MOSTLY, k=4), Rule("identical_corrected")).state == "incomplete"


verdicts = st.sampled_from(["agree_mostly", "disagree"])
corrected = st.builds(
    ReadVerdict,
    reader=st.sampled_from("abcdefgh"),
    verdict=verdicts,
    added=st.frozensets(st.sampled_from(["fracture", "edema"])),
    struck=st.frozensets(st.sampled_from(sorted(SUGGESTED))),
    read_id=st.integers(1, 1000),
)
plain = st.builds(ReadVerdict, reader=st.sampled_from("abcdefgh"), verdict=st.just("agree_all"))
some_reads = st.lists(st.one_of(plain, corrected), max_size=4, unique_by=lambda found: found.reader)


@given(reads=some_reads, rule=st.sampled_from(ALL_RULES))
def test_order_of_reads_never_matters(reads: list[ReadVerdict], rule: Rule) -> None:
    outcomes = {decide(study(*turned), rule) for turned in permutations(reads)}
    assert len(outcomes) == 1


@given(reads=some_reads.filter(lambda found: len(found) >= 1), rule=st.sampled_from(ALL_RULES))
def test_accepted_stays_accepted_with_the_same_labels_when_the_missing_reads_come(
    reads: list[ReadVerdict], rule: Rule
) -> None:
    early = decide(study(*reads[:-1], k=len(reads)), rule)
    late = decide(study(*reads, k=len(reads)), rule)
    if early.state == "accepted":
        assert (late.state, late.labels) == ("accepted", early.labels)


@given(reads=some_reads, rule=st.sampled_from(ALL_RULES))
def test_labels_are_final_only_when_accepted(reads: list[ReadVerdict], rule: Rule) -> None:
    outcome = decide(study(*reads), rule)
    assert (outcome.labels is not None) == (outcome.state == "accepted")


@given(reads=some_reads.filter(bool))
def test_unanimous_implies_every_milder_rule(reads: list[ReadVerdict]) -> None:
    k = len(reads)
    strict = decide(study(*reads, k=k), Rule("unanimous"))
    if strict.state == "accepted":
        for milder in (Rule("majority_per_label"), Rule("identical_corrected", at_least=min(2, k))):
            assert decide(study(*reads, k=k), milder).labels == strict.labels


def test_label_states_count_votes_of_corrected_labels() -> None:
    states = label_states(SUGGESTED, [A, MOSTLY, AGAINST])
    assert [(s.label, s.votes_for, s.agreement, s.is_present) for s in states] == [
        ("effusion", 2, "majority", True),
        ("fracture", 1, "majority", False),
        ("nodule", 1, "majority", False),
    ]


def test_outcome_names_rule_reads_and_split_labels() -> None:
    outcome = decide(study(MOSTLY, A, B), Rule())
    assert outcome.rule == "at_least-2-agree_all/v1"
    assert outcome.readers == ("a", "b", "m")
    assert outcome.rests_on == (97, 98, 109)
    assert outcome.split_labels == {"nodule"}
    assert outcome.majority_labels == SUGGESTED


def test_normal_study_may_be_accepted_with_no_labels() -> None:
    assert decide(study(A, B, suggested=frozenset()), Rule()).labels == frozenset()


def test_labels_struck_by_all_leave_a_normal_study() -> None:
    both = frozenset(SUGGESTED)
    reads = [ReadVerdict(name, "disagree", struck=both) for name in "abc"]
    outcome = decide(study(*reads), Rule("identical_corrected"))
    assert (outcome.state, outcome.labels) == ("accepted", frozenset())


@pytest.mark.parametrize(
    ("reads", "words"),
    [
        ((A, A), "Reader a has 2 reads"),
        ((read("a", "maybe"),), "Verdict maybe of reader a is not one of disagree, agree_mostly, agree_all"),
        ((read("a", "agree_all", add=["edema"]),), "cannot have corrections"),
        ((read("a", "agree_mostly", add=["nodule"]),), "corrects nodule in a way that does not fit"),
        ((read("a", "disagree", strike=["edema"]),), "corrects edema in a way that does not fit"),
    ],
)
def test_reads_that_contradict_themselves_are_refused_by_name(reads: tuple[ReadVerdict, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decide(study(*reads), Rule())


@pytest.mark.parametrize("rule", [Rule("best_of"), Rule(at_least=0), Rule(verdict="yes")])  # type: ignore[arg-type]
def test_impossible_rules_are_refused(rule: Rule) -> None:
    with pytest.raises(ValueError, match=r"not known|not possible"):
        decide(study(A), rule)


def test_what_if_compares_rules_on_the_same_reads() -> None:
    studies = [study(A, B, C), study(A, MOSTLY, MOSTLY_TOO), study(A)]
    default, corrected_rule = what_if(studies, [Rule(), Rule("identical_corrected")])
    assert (default.accepted, default.needs_adjudication, default.incomplete, default.rejected) == (1, 1, 1, 0)
    assert (corrected_rule.accepted, corrected_rule.labels) == (2, {"effusion": 2, "nodule": 1})


def test_labels_that_readers_added_are_not_among_those_that_survive() -> None:
    alike = tuple(ReadVerdict(name, "agree_mostly", added=frozenset({"hernia"})) for name in ("r1", "r2"))
    (found,) = what_if([StudyReads(frozenset({"effusion"}), alike, 2)], [Rule("identical_corrected")])
    assert (found.labels, found.kept) == ({"effusion": 1, "hernia": 1}, {"effusion": 1})


@pytest.mark.shared_data
@pytest.mark.skipif(not REAL_READS.exists(), reason="needs ../shared/data")
def test_real_reads_of_810_films_give_the_measured_yields() -> None:
    suggested: dict[str, frozenset[str]] = {}
    reads: dict[str, list[ReadVerdict]] = {}
    with REAL_READS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            before = frozenset(filter(None, row["suggested_nlp"].split("|")))
            after = frozenset(filter(None, row["reader_findings"].split("|")))
            suggested[row["image_id"]] = before
            reads.setdefault(row["image_id"], []).append(
                ReadVerdict(row["reader_id"], row["vote"], after - before, before - after)
            )
    films = [StudyReads(suggested[film], tuple(found), 3) for film, found in reads.items()]
    rules = [Rule(), Rule("identical_corrected"), Rule("unanimous")]
    assert [found.accepted for found in what_if(films, rules)] == [205, 357, 146]
    splits = [len(decide(film, Rule()).split_labels) for film in films]
    assert [sum(n == count for n in splits) for count in (0, 1, 2)] == [146, 115, 121]
