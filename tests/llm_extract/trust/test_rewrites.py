"""The rewrites read as English, whatever the draw."""

from random import Random

import pytest

from llm_extract.trust import rewrites
from llm_extract.trust.clauses import Words, read_clause


def clause(sentence: str, target: str, *others: str, is_device: bool = False):
    spans = [(sentence.index(word), sentence.index(word) + len(word)) for word in (target, *others)]
    found = read_clause(sentence, Words(spans[0], tuple(spans[1:]), is_device))
    assert found is not None
    return found


def every(of, found, **options):
    return {of(found, Random(seed), **options) for seed in range(400)}


def test_denial_drops_article_degree_and_change():
    said = every(rewrites.negated, clause("There is a stable small left pleural effusion.", "pleural effusion"))
    assert "There is no left pleural effusion." in said
    assert "No evidence of left pleural effusion." in said
    assert not any("small" in one or "stable" in one or " a " in one for one in said)


def test_plural_takes_are():
    said = every(rewrites.negated, clause("There are small bilateral pleural effusions.", "pleural effusions"))
    assert "There are no pleural effusions." in said
    assert not any(" is " in one for one in said)


def test_seen_keeps_its_place():
    assert every(rewrites.negated, clause("A 3 cm nodule is present within the right hilum.", "nodule")) == {
        "No nodule is present within the right hilum."
    }


def test_predicate_is_denied_doubted_and_told_of_the_past():
    found = clause("The heart is mildly enlarged.", "heart is mildly enlarged")
    assert every(rewrites.negated, found) == {"The heart is not enlarged."}
    assert "The heart may be mildly enlarged." in every(rewrites.hedged, found)
    assert (
        rewrites.of_the_past(found, Random(0), is_device=False)[0] == "The heart was enlarged on the prior examination."
    )


def test_part_of_the_body_is_never_denied_itself():
    found = clause("Stable enlarged heart.", "enlarged heart")
    assert every(rewrites.negated, found) == {"The heart is not enlarged."}
    assert every(rewrites.hedged, found) == {"The heart is possibly enlarged."}


def test_denied_finding_leaves_the_one_beside_it():
    said = every(rewrites.negated, clause("Cardiomegaly with small effusion.", "Cardiomegaly", "effusion"))
    assert "Small effusion without cardiomegaly." in said
    assert "There is small effusion but no cardiomegaly." in said
    assert all("effusion" in one for one in said)


def test_doubt_about_one_of_two_never_reaches_the_other():
    said = every(rewrites.hedged, clause("Cardiomegaly and small effusion.", "Cardiomegaly", "effusion"))
    # The doubted one comes last, or in a sentence of its own.
    assert all(one.lower().index("effusion") < one.lower().index("cardiomegaly") for one in said)


def test_one_thing_of_a_kind_keeps_its_article_in_doubt():
    said = every(rewrites.hedged, clause("There is a large hiatal hernia.", "hiatal hernia"))
    assert "There may be a large hiatal hernia." in said
    assert "There is a possible large hiatal hernia." in said


def test_device_is_removed_and_one_that_stays_has_no_past():
    tube = clause("Gastrostomy tube is noted.", "Gastrostomy tube", is_device=True)
    assert any("removed" in rewrites.of_the_past(tube, Random(seed), is_device=True)[0] for seed in range(5))
    valve = clause("There is a prosthetic valve.", "prosthetic valve", is_device=True)
    assert rewrites.of_the_past(valve, Random(0), is_device=True) == ("", "")


def test_known_finding_may_have_resolved():
    said = every(rewrites.negated, clause("The left effusion is unchanged.", "effusion"))
    assert said == {
        "The left effusion has resolved.",
        "The left effusion is no longer seen.",
        "No left effusion is seen.",
    }


@pytest.mark.parametrize("of", [rewrites.negated, rewrites.hedged])
def test_every_sentence_begins_large_and_ends_once(of):
    for sentence, target in (("mild atelectasis", "atelectasis"), ("There is a nodule.", "nodule")):
        for said in every(of, clause(sentence, target)):
            assert said[0].isupper()
            assert said.endswith(".")
            assert ".." not in said
            assert "  " not in said
