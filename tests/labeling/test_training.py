"""Training cases: made by curators, read first, answered after each verdict, and never counted."""

import io

import pytest
from django.core.management import call_command
from django.db import IntegrityError, InternalError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from cases import visibility
from consensus.queries import outcomes_of_round
from core.errors import NotAllowedError
from labeling.actions import (
    Training,
    TrainingRefusedError,
    add_training_case,
    create_training_set,
    import_training_cases,
    open_round,
    record_read,
    remove_training_case,
)
from labeling.actions.dealing import RoundRefusedError
from labeling.actions.training import ImportedAnswers
from labeling.models import Arm, ReadingRound, Slot, TrainingCase, TrainingSet
from labeling.queries import progress, read_rows, rounds_with_counts, training_results, training_state
from labeling.training import compare, is_passed
from labeling.verdicts import LabelChange
from tests import factories
from tests.labeling.conftest import make_sample

NOW = timezone.now()
pytestmark = pytest.mark.django_db
labels = st.frozensets(st.sampled_from("abcd"))


# ---- The comparison --------------------------------------------------------------------------------------------------


@given(labels, labels)
def test_a_comparison_accounts_for_every_label_once(answer, given_labels):
    found = compare(answer, given_labels)
    assert found.both | found.missed == answer
    assert found.both | found.beyond == given_labels
    assert not (found.both & found.missed | found.both & found.beyond | found.missed & found.beyond)
    assert found.is_right == (answer == given_labels)


@pytest.mark.parametrize(
    ("results", "mark", "passed"),
    [
        ([True, False], None, True),
        ([True, None], None, False),
        ([True, False], 50, True),
        ([True, False], 51, False),
        ([True, True, False], 66, True),
        ([True, True, False], 67, False),
        ([], 100, True),
    ],
)
def test_a_pass_mark_is_a_share_of_all_cases(results, mark, passed):
    assert is_passed(results, mark) is passed


# ---- Making a set ----------------------------------------------------------------------------------------------------


@pytest.fixture
def benchmark(db):
    return factories.make_benchmark()


def worked_study(benchmark, study_id="T1", suggested=("pleural_effusion",)):
    study = factories.make_study(benchmark, study_id=study_id, report="Small effusion.")
    factories.make_suggestions(study, benchmark, suggested)
    return study


@pytest.fixture
def training_set(benchmark) -> TrainingSet:
    """T1 is as suggested; T2 lacks a cardiomegaly."""
    made = create_training_set(benchmark=benchmark, name="Calibration", by=None, now=NOW)
    for name, answer in (("T1", ["pleural_effusion"]), ("T2", ["pleural_effusion", "cardiomegaly"])):
        add_training_case(
            training_set=made,
            study=worked_study(benchmark, name),
            answer=answer,
            explanation=f"Because of {name}.",
            by=None,
            now=NOW,
        )
    return made


def open_training_round(training_set: TrainingSet, n_readers=3, **training) -> ReadingRound:
    make_sample(training_set.benchmark, 4)
    readers = [factories.make_user(username=f"r{n}") for n in range(n_readers)]
    return open_round(
        benchmark=training_set.benchmark,
        readers=readers,
        reads_per_study=2,
        training=Training(training_set, **training),
        by=None,
        now=NOW,
    )


def test_a_set_is_made_once_and_only_by_curators(benchmark):
    made = create_training_set(benchmark=benchmark, name=" Calibration ", by=None, now=NOW)
    assert create_training_set(benchmark=benchmark, name="Calibration", by=None, now=NOW) == made
    with pytest.raises(NotAllowedError):
        create_training_set(benchmark=benchmark, name="Mine", by=factories.make_user(), now=NOW)
    with pytest.raises(TrainingRefusedError, match="no name"):
        create_training_set(benchmark=benchmark, name=" ", by=None, now=NOW)


def test_answers_are_kept_in_the_order_of_the_labels(training_set):
    assert [case.answer for case in training_set.cases.all()] == [
        ["pleural_effusion"],
        ["pleural_effusion", "cardiomegaly"],
    ]


def test_a_case_is_refused_by_name(benchmark, training_set, monkeypatch):
    def add(study, answer=()):
        return add_training_case(training_set=training_set, study=study, answer=answer, by=None, now=NOW)

    with pytest.raises(TrainingRefusedError, match="no label 'nodule'"):
        add(worked_study(benchmark, "T3"), ["nodule"])
    with pytest.raises(TrainingRefusedError, match="has no suggestions"):
        add(factories.make_study(benchmark, study_id="T4"))
    with pytest.raises(TrainingRefusedError, match="another answer"):
        add(training_set.cases.first().study)
    sealed = worked_study(benchmark, "T5")
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk" if prefix else "pk": sealed.pk})])
    with pytest.raises(TrainingRefusedError, match="no such study"):
        add(sealed)


def test_a_file_adds_cases_and_names_its_bad_rows(benchmark, training_set):
    worked_study(benchmark, "T6")
    text = (
        "study_id,labels,explanation\nT6,pneumothorax;cardiomegaly,See the apex.\nT6,,\nT9,,\n"
        "T6,nodule,\nT1,pleural_effusion,Because of T1.\n"
    )

    def load() -> ImportedAnswers:
        return import_training_cases(
            training_set=training_set, file=io.BytesIO(text.encode()), file_name="a.csv", by=None, now=NOW
        )

    done = load()
    assert (done.added, done.unchanged) == (1, 1)
    assert [line for line, _ in done.problems] == [3, 4, 5]
    assert "another answer" in done.problems[0][1]
    assert "no label 'nodule'" in done.problems[2][1]
    assert load().added == 0
    with pytest.raises(TrainingRefusedError, match="no column 'labels'"):
        import_training_cases(
            training_set=training_set, file=io.BytesIO(b"study_id\n"), file_name="b.csv", by=None, now=NOW
        )


def test_the_command_imports_and_tells(benchmark, tmp_path, capsys):
    worked_study(benchmark, "T7")
    path = tmp_path / "answers.csv"
    path.write_text("study_id,labels,explanation\nT7,pleural_effusion,Clear.\n")
    for told in ("1 cases added, 0 unchanged", "0 cases added, 1 unchanged"):
        call_command("import_training", str(path), benchmark="chest", name="From a file")
        assert told in capsys.readouterr().out


def test_a_set_that_a_round_uses_never_changes(training_set):
    open_training_round(training_set)
    case = training_set.cases.first()
    with pytest.raises(TrainingRefusedError, match="used by a round"):
        remove_training_case(case=case, by=None, now=NOW)
    with pytest.raises((IntegrityError, InternalError), match="stays as it is"), transaction.atomic():
        TrainingCase.objects.filter(pk=case.pk).update(explanation="Something else.")


def test_a_case_can_be_taken_out_before(training_set):
    remove_training_case(case=training_set.cases.first(), by=None, now=NOW)
    assert training_set.cases.count() == 1


# ---- A round with training -------------------------------------------------------------------------------------------


def test_training_cases_come_first_for_every_reader_and_count_nowhere(training_set):
    round_ = open_training_round(training_set)
    for member in round_.readers.all():
        mine = round_.slots.filter(reader=member.reader).order_by("order")
        assert [slot.arm for slot in mine[:2]] == [Arm.TRAINING, Arm.TRAINING]
        assert mine.filter(arm=Arm.TRAINING).count() == 2
    assert round_.slots.counting().count() == 8
    assert progress(round_).studies == 4
    assert rounds_with_counts().get(pk=round_.pk).n_studies == 4
    before = outcomes_of_round(round_)
    judge(training_slot(round_, 0))
    assert outcomes_of_round(round_) == before
    assert list(read_rows(round_, user=None)) == []
    assert [row[6] for row in read_rows(round_, user=None, with_controls=True)] == ["training"]


def test_a_study_in_the_sample_cannot_be_a_training_case(benchmark, training_set):
    run = make_sample(benchmark, 4)
    study = run.sampled_studies.first().study
    add_training_case(training_set=training_set, study=study, answer=[], by=None, now=NOW)
    with pytest.raises(RoundRefusedError, match="in the sample too"):
        open_round(
            benchmark=benchmark,
            readers=[factories.make_user() for _ in range(3)],
            training=Training(training_set),
            by=None,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("training", "words"),
    [({"is_required": True}, "choose one"), ({"pass_mark": 50}, "choose one")],
)
def test_rules_without_a_set_are_refused(benchmark, training, words):
    make_sample(benchmark, 4)
    with pytest.raises((RoundRefusedError, IntegrityError), match=f"{words}|round_training_rules_need_a_training_set"):
        open_round(
            benchmark=benchmark,
            readers=[factories.make_user() for _ in range(3)],
            training=Training(None, **training),
            by=None,
            now=NOW,
        )
    assert not ReadingRound.objects.exists()


def test_an_empty_set_is_refused(benchmark):
    empty = create_training_set(benchmark=benchmark, name="Empty", by=None, now=NOW)
    with pytest.raises(RoundRefusedError, match="has no case"):
        open_training_round(empty)


def training_slot(round_: ReadingRound, place: int, reader: int = 0) -> Slot:
    return Slot.objects.get(round=round_, reader__username=f"r{reader}", arm=Arm.TRAINING, order=place + 1)


def judge(slot: Slot, *added: str):
    changes = [LabelChange(key, "added") for key in added]
    verdict = "agree_mostly" if changes else "agree_all"
    return record_read(slot=slot, verdict=verdict, corrections=changes, by=slot.holder, now=NOW)


def test_where_a_reader_stands(training_set):
    round_ = open_training_round(training_set, is_required=True, pass_mark=100)
    first, second = training_slot(round_, 0), training_slot(round_, 1)
    reader = first.holder
    assert training_state(reader, round_).open_slot == first.pk
    judge(first)
    judge(second)  # misses the cardiomegaly
    state = training_state(reader, round_)
    assert (state.read, state.right, state.is_done, state.open_slot) == (2, 1, False, second.pk)
    judge(second, "cardiomegaly")
    assert training_state(reader, round_).is_done
    mine = next(one for one in training_results(training_set) if one.reader == reader)
    assert (mine.first_right, mine.right, mine.read, mine.total, mine.is_done) == (1, 2, 2, 2, True)


def test_required_training_comes_before_every_other_verdict(training_set):
    from labeling.actions.reads import TrainingFirstError

    round_ = open_training_round(training_set, is_required=True)
    slot = round_.slots.filter(reader__username="r0", arm=Arm.NORMAL).first()
    with pytest.raises(TrainingFirstError, match="training cases first"):
        judge(slot)
    judge(training_slot(round_, 0))
    judge(training_slot(round_, 1))
    assert judge(slot).verdict == "agree_all"


# ---- The pages -------------------------------------------------------------------------------------------------------


def test_after_the_verdict_the_answer_the_difference_and_why(client, training_set):
    round_ = open_training_round(training_set)
    slot = training_slot(round_, 1)
    client.force_login(slot.holder)
    answer = reverse("labeling:answer", args=[slot.pk])
    assert client.get(answer).status_code == 404  # nothing before the verdict
    page = client.get(reverse("labeling:case", args=[slot.pk])).content.decode()
    assert "Because of T2" not in page
    response = client.post(reverse("labeling:case", args=[slot.pk]), {"verdict": "agree_all"}, follow=True)
    text = response.content.decode()
    assert "Because of T2." in text
    assert "you left it out" in text
    assert reverse("labeling:case", args=[training_slot(round_, 0).pk]) in text
    htmx = client.post(
        reverse("labeling:case", args=[slot.pk]),
        {"verdict": "agree_mostly", "added": ["cardiomegaly"]},
        HTTP_HX_REQUEST="true",
    )
    assert htmx.headers["HX-Push-Url"] == answer
    assert "You and the expert see the same" in htmx.content.decode()


def test_nobody_else_sees_an_answer(client, training_set):
    round_ = open_training_round(training_set)
    slot = training_slot(round_, 0)
    judge(slot)
    address = reverse("labeling:answer", args=[slot.pk])
    assert client.get(address).status_code == 302
    client.force_login(training_slot(round_, 0, reader=1).holder)
    assert client.get(address).status_code == 404
    normal = round_.slots.filter(reader=slot.reader, arm=Arm.NORMAL).first()
    record_read(slot=normal, verdict="agree_all", by=slot.holder, now=NOW)
    client.force_login(slot.holder)
    assert client.get(reverse("labeling:answer", args=[normal.pk])).status_code == 404
    assert client.get(address).status_code == 200


def test_a_case_behind_required_training_leads_to_it(client, training_set):
    round_ = open_training_round(training_set, is_required=True)
    first = training_slot(round_, 0)
    client.force_login(first.holder)
    later = round_.slots.filter(reader=first.reader, arm=Arm.NORMAL).first()
    response = client.get(reverse("labeling:case", args=[later.pk]))
    assert response.headers["Location"] == reverse("labeling:case", args=[first.pk])


def test_curators_make_sets_on_pages(client, benchmark):
    client.force_login(factories.make_user("curator"))
    worked_study(benchmark, "T8")
    page = client.get(reverse("labeling:training_list"))
    assert "No training set yet" in page.content.decode()
    made = client.post(reverse("labeling:training_list"), {"benchmark": benchmark.pk, "name": "Pages"})
    training_set = TrainingSet.objects.get()
    address = reverse("labeling:training_detail", args=[training_set.pk])
    assert made.headers["Location"] == address
    assert client.post(address, {"study": "nowhere", "answer": []}).status_code == 422
    client.post(address, {"study": "T8", "answer": ["cardiomegaly"], "explanation": "Broad heart."})
    text = client.get(address).content.decode()
    assert "Broad heart." in text
    client.post(reverse("labeling:training_case_remove", args=[training_set.cases.get().pk]))
    assert not training_set.cases.exists()


def test_curators_see_results_and_readers_none_of_it(client, training_set):
    round_ = open_training_round(training_set)
    judge(training_slot(round_, 0))
    address = reverse("labeling:training_detail", args=[training_set.pk])
    pages = [address, reverse("labeling:training_list")]
    for page in pages:
        assert client.get(page).status_code == 302
    client.force_login(training_slot(round_, 0).holder)
    for page in pages:
        assert client.get(page).status_code == 403
    client.force_login(factories.make_user("curator"))
    text = client.get(address).content.decode()
    assert "100% of 1" in text
    assert "Remove" not in text
