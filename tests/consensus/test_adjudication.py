"""Adjudication: only open labels, by a reader who never had the study, and nobody else's."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cases.queries import may_view_study
from consensus.actions import (
    AdjudicationRefusedError,
    deal_adjudications,
    record_adjudication,
    withdraw_adjudication,
)
from consensus.models import Adjudication, Decision
from consensus.outcomes import Adjudicated, ReadVerdict, Rule, StudyReads, decide, open_labels
from consensus.queries import outcomes_of_round
from core.errors import NotAllowedError
from core.models import Event
from labeling.actions import (
    ControlArms,
    ReadingRules,
    cannot_judge,
    deal_in_reader,
    deal_waiting,
    hand_over,
    import_reads,
    open_round,
    record_read,
    take_cases,
    withdraw_read,
)
from labeling.actions.dealing import RoundRefusedError
from labeling.actions.hand_over import NobodyTakesOverError
from labeling.adapters.csv_files import read_reads
from labeling.models import ReadingRound, RoundReader, Slot
from labeling.verdicts import LabelChange
from sampling.models import SampledStudy, SamplingRun
from tests.factories import make_user
from tests.labeling.conftest import make_sample, make_world

RULE = Rule()


def reads(*verdicts: ReadVerdict, suggested=("a", "b"), **parts) -> StudyReads:
    return StudyReads(frozenset(suggested), verdicts, 3, **parts)


SPLIT = (
    ReadVerdict("r1", "agree_all", read_id=1),
    ReadVerdict("r2", "agree_mostly", struck=frozenset("a"), read_id=2),
    ReadVerdict("r3", "disagree", struck=frozenset("a"), added=frozenset("c"), read_id=3),
)


def test_only_split_labels_are_open() -> None:
    assert open_labels(reads(*SPLIT)) == {"a", "c"}


def test_a_bare_disagreement_opens_what_was_suggested() -> None:
    bare = (ReadVerdict("r1", "disagree"), ReadVerdict("r2", "disagree"), ReadVerdict("r3", "agree_all"))
    assert open_labels(reads(*bare)) == {"a", "b"}


def test_adjudicated_study_is_accepted_with_unanimous_and_found_labels() -> None:
    decided = Adjudicated({"a": False, "c": True}, 9)
    outcome = decide(reads(*SPLIT, adjudicated=decided), RULE)
    assert (outcome.state, outcome.labels, outcome.adjudication) == ("accepted", {"b", "c"}, 9)
    assert outcome.rests_on == (1, 2, 3)
    states = {state.label: state.agreement for state in outcome.label_states}
    assert states == {"a": "adjudicated", "b": "unanimous", "c": "adjudicated"}


def test_half_an_adjudication_decides_nothing() -> None:
    outcome = decide(reads(*SPLIT, adjudicated=Adjudicated({"a": True}, 9)), RULE)
    assert (outcome.state, outcome.adjudication) == ("needs_adjudication", None)


def test_a_study_that_the_rule_accepts_is_not_touched() -> None:
    agreed = (ReadVerdict("r1", "agree_all"), ReadVerdict("r2", "agree_all"), SPLIT[2])
    outcome = decide(reads(*agreed, adjudicated=Adjudicated({"a": False, "c": True}, 9)), RULE)
    assert (outcome.labels, outcome.adjudication) == ({"a", "b"}, None)


@pytest.fixture
def split(db):
    """Two studies; readers are split on the pneumothorax of the first. Two readers of the round, one who is not in it."""
    world = make_world(n_studies=2, n_readers=2)
    struck = (LabelChange("pneumothorax", "struck"),)
    now = timezone.now()
    record_read(slot=world.slot(0, 0), verdict="agree_all", by=world.readers[0], now=now)
    record_read(slot=world.slot(1, 0), verdict="agree_mostly", corrections=struck, by=world.readers[1], now=now)
    return world


def dealt(split, reader=None) -> Adjudication:
    reader = reader or make_user(username="third")
    deal_adjudications(round_=split.round, by=None, now=timezone.now())
    return Adjudication.objects.get(adjudicator=reader)


def test_split_study_is_dealt_once_to_one_who_never_had_it(split):
    found = dealt(split)
    assert (found.round_study.study, found.labels) == (split.studies[0], ["pneumothorax"])
    assert deal_adjudications(round_=split.round, by=None, now=timezone.now()).dealt == 0
    assert Event.objects.filter(verb="adjudication.dealt").count() == 2


def test_nobody_left_is_told(split):
    result = deal_adjudications(round_=split.round, by=None, now=timezone.now())
    assert (result.dealt, result.left) == (0, 1)


def test_a_study_whose_readers_end_at_the_same_labels_has_nothing_to_adjudicate_and_the_page_says_so(db, client):
    world = make_world(n_studies=1, n_readers=2)
    struck = (LabelChange("pneumothorax", "struck"),)
    for place, reader in enumerate(world.readers):
        record_read(
            slot=world.slot(place, 0), verdict="agree_mostly", corrections=struck, by=reader, now=timezone.now()
        )
    assert outcomes_of_round(world.round)[0].outcome.state == "needs_adjudication"
    make_user(username="third")
    client.force_login(make_user("curator"))
    page = client.post(reverse("consensus:adjudication_deal", args=[world.round.pk]), follow=True).content.decode()
    assert "0 studies dealt to adjudicators. Of 1 no label is open" in page


def test_database_refuses_an_adjudicator_who_read_the_study(split):
    round_study = split.slot(0, 0).round_study
    with pytest.raises(IntegrityError, match="adjudicator_never_read_the_study"), transaction.atomic():
        Adjudication.objects.create(round_study=round_study, adjudicator=split.readers[0], labels=[], read_ids=[])


def test_decision_makes_the_study_eligible_and_stands(split):
    found = dealt(split)
    record_adjudication(adjudication=found, decisions={"pneumothorax": True}, by=found.adjudicator, now=timezone.now())
    outcome = outcomes_of_round(split.round)[0].outcome
    assert (outcome.state, outcome.labels) == ("accepted", {"pleural_effusion", "pneumothorax"})
    assert outcome.adjudication == found.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.update(is_present=False)
    with pytest.raises(AdjudicationRefusedError, match="decided already"):
        record_adjudication(
            adjudication=found, decisions={"pneumothorax": False}, by=found.adjudicator, now=timezone.now()
        )


@pytest.mark.parametrize(
    ("decisions", "words"),
    [
        ({}, "pneumothorax is not decided yet"),
        ({"pneumothorax": True, "cardiomegaly": True}, "cardiomegaly is not open"),
    ],
)
def test_every_open_label_and_no_other_is_decided(split, decisions, words):
    found = dealt(split)
    with pytest.raises(AdjudicationRefusedError, match=words):
        record_adjudication(adjudication=found, decisions=decisions, by=found.adjudicator, now=timezone.now())


def test_withdrawn_adjudication_counts_no_more_and_is_dealt_anew(split):
    found = dealt(split)
    record_adjudication(adjudication=found, decisions={"pneumothorax": True}, by=found.adjudicator, now=timezone.now())
    withdraw_adjudication(adjudication=found, by=None, now=timezone.now())
    assert outcomes_of_round(split.round)[0].outcome.state == "needs_adjudication"
    assert deal_adjudications(round_=split.round, by=None, now=timezone.now()).dealt == 1


def test_only_curators_deal(split):
    with pytest.raises(NotAllowedError, match="dealt and withdrawn by curators"):
        deal_adjudications(round_=split.round, by=split.readers[0], now=timezone.now())


def test_adjudicator_sees_pictures_and_open_labels_alone(split, client):
    found = dealt(split)
    assert may_view_study(found.adjudicator, split.studies[0].pk)
    assert not may_view_study(found.adjudicator, split.studies[1].pk)
    client.force_login(found.adjudicator)
    assert "1" in client.get(reverse("consensus:adjudication_list")).content.decode()
    page = client.get(reverse("consensus:adjudication", args=[found.pk])).content.decode()
    assert "Pneumothorax" in page
    assert "Pleural effusion" not in page
    assert "reads hold it" not in page
    # As words: the page's random tokens may hold two such letters.
    assert not any(re.search(rf"\b{reader.username}\b", page) for reader in split.readers)


def test_reads_are_counted_where_the_benchmark_shows_them(split, client):
    split.benchmark.settings["consensus"]["show_reads"] = True
    split.benchmark.save()
    split.round.refresh_from_db()
    found = dealt(split)
    client.force_login(found.adjudicator)
    assert "1 of 2 reads hold it" in client.get(reverse("consensus:adjudication", args=[found.pk])).content.decode()


def test_form_stores_the_decision_and_refuses_a_half_one(split, client):
    found = dealt(split)
    client.force_login(found.adjudicator)
    address = reverse("consensus:adjudication", args=[found.pk])
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"pneumothorax": "absent"}).status_code == 302
    assert Decision.objects.get().is_present is False


def test_somebody_elses_adjudication_is_not_found(split, client):
    found = dealt(split)
    client.force_login(split.readers[0])
    assert client.get(reverse("consensus:adjudication", args=[found.pk])).status_code == 404
    with pytest.raises(NotAllowedError):
        record_adjudication(
            adjudication=found, decisions={"pneumothorax": True}, by=split.readers[0], now=timezone.now()
        )


def test_queue_deals_lists_exports_and_withdraws(split, client):
    make_user(username="third")
    client.force_login(make_user("curator"))
    queue = reverse("consensus:adjudication_queue", args=[split.round.pk])
    assert client.post(reverse("consensus:adjudication_deal", args=[split.round.pk])).url == queue
    found = Adjudication.objects.get()
    page = client.get(queue + "?sort=-study").content.decode()
    assert "CXR1" in page
    assert client.get(queue + "?csv=1").content.decode().splitlines()[1] == "CXR1,north,pending,third,pneumothorax,"
    client.post(reverse("consensus:adjudication_withdraw", args=[found.pk]))
    found.refresh_from_db()
    assert found.state == "withdrawn"


def test_what_if_shows_every_rule_by_label_and_by_findings(split, client):
    client.force_login(make_user("curator"))
    address = reverse("consensus:what_if", args=[split.round.pk])
    page = client.get(address).content.decode()
    assert "Survival by number of findings" in page
    assert "each label decided by more than half" in page.lower()
    text = client.get(address + "?csv").content.decode()
    assert "at_least-2-agree_all/v1,findings,2,0,2,0" in text
    table = client.get(address + "?table=findings&sort=-findings:1").content.decode().splitlines()
    assert table[0].startswith("Findings,Studies,Rule 1,")
    assert 'aria-sort="ascending"' in client.get(address + "?sort=rules:2").content.decode()


def test_outcomes_sort_on_the_page_and_in_the_file(split, client):
    client.force_login(make_user("curator"))
    address = reverse("consensus:outcome_list", args=[split.round.pk])
    page = client.get(address + "?sort=-study").content.decode()
    assert 'aria-sort="descending"' in page
    assert page.index("CXR2") < page.index("CXR1<")
    rows = client.get(address + "?sort=-splits&csv=1").content.decode().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["CXR1", "CXR2"]
    rows = client.get(address + "?sort=splits&csv=1").content.decode().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["CXR2", "CXR1"]


def test_readers_have_no_queue_and_no_what_if(split, client):
    client.force_login(split.readers[0])
    for name in ("adjudication_queue", "what_if"):
        assert client.get(reverse(f"consensus:{name}", args=[split.round.pk])).status_code == 403


@pytest.fixture
def judged(split) -> Adjudication:
    """The first study of the round, adjudicated by a reader who is not in it."""
    return dealt(split)


def sample_with(judged: Adjudication, n: int = 1) -> SamplingRun:
    """A sample of the adjudicated study and ``n`` others."""
    benchmark = judged.round_study.round.benchmark
    run, study = make_sample(benchmark, n), judged.round_study.study
    SampledStudy.objects.create(
        run=run,
        study=study,
        patient=study.patient,
        suggestion_set=judged.round_study.suggestion_set,
        rank=n + 1,
        reasons=[],
    )
    return run


def second_round(judged: Adjudication, **fields) -> ReadingRound:
    """A round of the adjudicated study and others, opened with its adjudicator among four readers."""
    parts = {
        "sampling_run": sample_with(judged),
        "reads_per_study": 3,
        "readers": [judged.adjudicator, *(make_user() for _ in range(3))],
    }
    return open_round(
        benchmark=judged.round_study.round.benchmark,
        by=None,
        now=timezone.now(),
        **{**parts, **fields},
    )


def theirs(judged: Adjudication):
    return Slot.objects.filter(round_study__study=judged.round_study.study_id, reader=judged.adjudicator)


def test_database_refuses_a_slot_dealt_or_moved_to_the_adjudicator(judged):
    slot = Slot.objects.filter(round_study=judged.round_study).first()
    with pytest.raises(IntegrityError, match="slot_is_not_the_adjudicators"), transaction.atomic():
        Slot.objects.create(
            round=slot.round, round_study=slot.round_study, reader=judged.adjudicator, arm="repeat", position=0,
            reads_per_study=slot.reads_per_study, order=9,
        )  # fmt: skip
    other = Slot.objects.filter(round=slot.round).exclude(round_study=judged.round_study).first()
    moved = Slot.objects.filter(pk=other.pk).update(reader=judged.adjudicator)
    assert moved == 1
    with pytest.raises(IntegrityError, match="slot_is_not_the_adjudicators"), transaction.atomic():
        Slot.objects.filter(round_study=judged.round_study).update(reader=judged.adjudicator)


@pytest.mark.parametrize("fields", [{}, {"exclude_own_site": True}])
def test_a_new_round_deals_the_study_to_others(judged, fields):
    round_ = second_round(judged, **fields)
    assert not theirs(judged).exists()
    assert Slot.objects.filter(round=round_, reader=judged.adjudicator).exists()


def test_control_arms_of_a_new_round_keep_to_it(judged):
    """So many extra reads that the adjudicator's share could not be dealt without the study, were it not barred."""
    readers = [judged.adjudicator, *(make_user() for _ in range(4))]
    arms = ControlArms(hide_suggestions_fraction=1.0)
    round_ = second_round(judged, sampling_run=sample_with(judged, 9), readers=readers, reads_per_study=2, arms=arms)
    assert round_.slots.controls().count() == 20
    assert not theirs(judged).exists()


def test_a_new_round_with_too_few_others_is_refused_by_name(judged):
    with pytest.raises(RoundRefusedError, match="only 2 of 3 may read 1 studies, as third adjudicated them; add 1"):
        second_round(judged, readers=[judged.adjudicator, make_user(), make_user()])
    assert ReadingRound.objects.count() == 1


def test_a_case_that_another_gives_back_never_goes_to_the_adjudicator(judged, split):
    RoundReader.objects.create(round=split.round, reader=judged.adjudicator)
    slot = split.slot(0, 0)
    cannot_judge(slot=slot, reason="image_quality", by=split.readers[0], now=timezone.now())
    waiting = Slot.objects.get(replaces=slot)
    assert waiting.reader is None
    with pytest.raises(NotAllowedError, match="Still nobody can take it"):
        deal_waiting(slot=waiting, by=None, now=timezone.now())


def test_a_reader_who_leaves_hands_nothing_of_it_to_the_adjudicator(judged, split):
    withdraw_read(slot=split.slot(0, 0), by=split.readers[0], now=timezone.now())
    RoundReader.objects.create(round=split.round, reader=judged.adjudicator)
    with pytest.raises(NobodyTakesOverError):
        hand_over(round_=split.round, reader=split.readers[0], by=None, now=timezone.now())
    assert not theirs(judged).exists()


def test_the_adjudicator_who_is_dealt_in_late_gets_other_studies_only(judged):
    readers = [make_user() for _ in range(3)]
    round_ = second_round(judged, sampling_run=sample_with(judged, 3), readers=readers)
    late = deal_in_reader(round_=round_, reader=judged.adjudicator, by=None, now=timezone.now())
    assert late.moved == 3
    assert not theirs(judged).exists()


def test_in_a_round_open_to_all_the_adjudicator_finds_other_studies_only(judged):
    round_ = second_round(judged, rules=ReadingRules(is_open_to_all=True))
    assert take_cases(reader=judged.adjudicator, round_=round_, now=timezone.now()) == 1
    assert not theirs(judged).exists()


def test_an_imported_read_of_the_adjudicator_is_rejected_by_line(judged, tmp_path):
    file = tmp_path / "reads.csv"
    file.write_text(
        "study_id,reader,verdict,corrections,comment,submitted_at\n"
        "CXR1,third,agree_all,,,\nCXR2,third,agree_all,,,\nCXR1,fourth,agree_all,,,\n"
    )
    benchmark = judged.round_study.round.benchmark
    rows, _ = read_reads(file)
    done = import_reads(benchmark=benchmark, rows=rows, create=True, by=None, now=timezone.now())
    assert [(one.line, one.message.split(",")[0]) for one in done.problems] == [(2, "third adjudicates the study CXR1")]
    assert not theirs(judged).exists()


def test_who_adjudicated_once_is_barred_also_after_it_was_withdrawn(judged):
    withdraw_adjudication(adjudication=judged, by=None, now=timezone.now())
    second_round(judged)
    assert not theirs(judged).exists()
