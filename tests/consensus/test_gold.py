"""Gold made of reads: the readers' majority, closed rounds alone, and never a reader's or a sealed study's."""

import pytest
from django.db.models import Q
from django.utils import timezone

from benchmarks.actions import load_benchmark
from benchmarks.definition import parse_definition
from cases import visibility
from consensus.gold import gold_of_reads, gold_offers_of_reads, majority_labels
from consensus.outcomes import ReadVerdict, StudyReads
from labeling.models import RoundState, Verdict
from llm_extract.gold_sources import gold_offers, take_gold
from tests.factories import make_benchmark, make_round, make_study, make_suggestions, make_user
from tests.site.world import read

LABELS = ["a", "b", "c"]


def study(*reads, suggested=("a",), k=None):
    return StudyReads(frozenset(suggested), reads, k or len(reads))


def one(reader, verdict="agree_all", added=(), struck=()):
    return ReadVerdict(reader, verdict, frozenset(added), frozenset(struck))


@pytest.mark.parametrize(
    ("reads", "judged"),
    [
        (study(one("x"), one("y")), {"a": "present", "b": "absent", "c": "absent"}),
        (study(one("x"), one("y", "disagree", struck="a")), {"a": "uncertain", "b": "absent", "c": "absent"}),
        (
            study(one("x", "agree_mostly", added="b"), one("y", "agree_mostly", added="b"), one("z")),
            {"a": "present", "b": "present", "c": "absent"},
        ),
        # A bare disagreement says that something is wrong, not what: it has no vote, and one reader is too few.
        (study(one("x"), one("y", "disagree")), {}),
        (study(one("x"), one("y"), one("z", "agree_mostly")), {"a": "present", "b": "absent", "c": "absent"}),
        (study(one("x"), k=2), {}),
        (study(one("x"), k=1), {"a": "present", "b": "absent", "c": "absent"}),
        (study(one("x"), one("y"), suggested=()), {"a": "absent", "b": "absent", "c": "absent"}),
    ],
)
def test_each_label_goes_by_the_majority_of_those_who_named_labels(reads, judged):
    assert majority_labels(reads, LABELS) == judged


@pytest.fixture
def closed(db):
    benchmark = make_benchmark()
    studies = [make_study(benchmark, study_id=name) for name in ("R1", "R2")]
    for of in studies:
        make_suggestions(of, benchmark, ["pleural_effusion"])
    readers = [make_user(), make_user()]
    round_ = make_round(benchmark, studies, readers, state=RoundState.CLOSED, closed_at=timezone.now())
    for slot in round_.slots.select_related("round_study__study"):
        added = ("pneumothorax",) if slot.round_study.study.study_id == "R2" else ()
        read(slot, Verdict.AGREE_MOSTLY if added else Verdict.AGREE_ALL, added=added)
    return round_, studies


def test_a_closed_round_is_offered_and_taken(closed):
    round_, (first, second) = closed
    curator = make_user("curator")
    [offer] = gold_offers(round_.benchmark, curator)
    assert offer.key == f"reads:{round_.pk}"
    gold = take_gold(round_.benchmark, curator, offer.key)
    assert gold[first.pk] == {"pleural_effusion": "present", "pneumothorax": "absent", "cardiomegaly": "absent"}
    assert gold[second.pk]["pneumothorax"] == "present"


def test_readers_are_offered_nothing_and_can_take_nothing(closed):
    round_, _ = closed
    reader = make_user()
    assert gold_offers_of_reads(round_.benchmark, reader) == []
    with pytest.raises(KeyError):
        gold_of_reads(round_.benchmark, reader, str(round_.pk))


@pytest.mark.parametrize("role", ["curator", "admin"])
def test_sealed_studies_are_left_out_for_everybody(closed, monkeypatch, role):
    round_, (_, second) = closed
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}study_id": "R1"})])
    gold = gold_of_reads(round_.benchmark, make_user(role), str(round_.pk))
    assert set(gold) == {second.pk}


def test_open_rounds_and_rounds_of_older_labels_are_not_offered(closed):
    round_, studies = closed
    curator = make_user("curator")
    still_open = make_round(round_.benchmark, studies, [make_user()])
    with pytest.raises(KeyError):
        gold_of_reads(round_.benchmark, curator, str(still_open.pk))
    labels = [{"key": "gout", "name": "Gout"}]
    definition = {"slug": "chest", "title": "Chest", "modality": ["CR"], "taxonomy": {"version": "2", "labels": labels}}
    load_benchmark(definition=parse_definition(definition), by=None)
    assert gold_offers_of_reads(round_.benchmark, curator) == []


@pytest.mark.parametrize("key", ["", "x", "999999", "-1"])
def test_what_is_not_offered_cannot_be_taken(closed, key):
    with pytest.raises(KeyError):
        gold_of_reads(closed[0].benchmark, make_user("curator"), key)
