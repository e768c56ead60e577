"""Side by side: which labels which backend has otherwise than the gold set."""

from llm_extract.findings import Status
from llm_extract.trust.disagreements import disagreements
from llm_extract.trust.scoring import Counting, score

P, A, U = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN
GOLD = {"a": {"x": P, "y": A}, "b": {"x": U}, "c": {"x": A}}
FIRST = {"a": {"x": P, "y": P}, "b": {"x": P}, "c": {}}
SECOND = {"a": {"x": U, "y": A}, "c": {"x": U}}


def found(counting=Counting()):  # noqa: B008 - frozen
    return [
        (one.study, one.label, one.wrong)
        for one in disagreements(GOLD, {"one": FIRST, "two": SECOND}, ["x", "y"], counting)
    ]


def test_every_wrong_label_is_named_with_who_has_it_wrong():
    assert found() == [("a", "y", ("one",)), ("b", "x", ("one",)), ("c", "x", ("two",))]


def test_unclear_gold_is_left_out_when_lenient():
    assert ("b", "x", ("one",)) not in found(Counting(lenient=True))


def test_uncertain_counts_as_the_caller_says():
    assert found(Counting(uncertain_as_present=False))[0] == ("a", "x", ("two",))


def test_what_was_said_is_kept_and_silence_is_none():
    (last,) = [one for one in disagreements(GOLD, {"one": FIRST, "two": SECOND}, ["x"], Counting()) if one.study == "c"]
    assert last.said == {"one": None, "two": U}


def test_as_many_as_the_scores_count():
    scores = score(GOLD, FIRST, ["x", "y"], Counting(resamples=10))
    counted = sum(label.fp + label.fn for label in scores.labels)
    assert len(list(disagreements(GOLD, {"one": FIRST}, ["x", "y"], Counting()))) == counted
