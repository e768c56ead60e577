"""Models' answers as rows: kept in one go, and never a second time or in another form."""

from decimal import Decimal

import pytest

from llm_extract.actions import PipelineChoice, create_extraction_run
from llm_extract.actions.answers import AnswerRows
from llm_extract.asking.protocol import Answer, Fault, LostRequest, Usage
from llm_extract.models import ModelAnswer, Stage
from llm_extract.queries import spending
from llm_extract.trust.costs import Price
from tests.factories import make_benchmark
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.clinical_server import make_backend

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(data_dir):
    benchmark = make_benchmark(body_part="CHEST")
    with LlmServer() as server:
        backend = make_backend(server)
    run = create_extraction_run(benchmark=benchmark, choice=PipelineChoice(extractor="fake"), by=None)
    return AnswerRows(run=run, backend=backend, stage=Stage.EXTRACT, price=None)


def answers(*numbers, text="{}"):
    return [Answer(f"{number:064}", text, usage=Usage(10, 2), seconds=0.5) for number in numbers]


def stored():
    return dict(ModelAnswer.objects.values_list("key", "text"))


def test_answers_come_back_as_they_were_kept(rows):
    kept = answers(1, 2)
    rows.keep(kept)
    assert rows.known([one.key for one in kept]) == {one.key: one for one in kept}


def test_one_that_is_there_stays_as_it_was_and_the_others_are_kept(rows):
    rows.keep(answers(1, 2, text="first"))
    rows.keep(answers(2, 3, text="second"))
    assert stored() == {f"{1:064}": "first", f"{2:064}": "first", f"{3:064}": "second"}


def test_the_same_question_twice_in_one_batch_is_one_row(rows):
    rows.keep([*answers(1, text="a"), *answers(1, text="a")])
    assert stored() == {f"{1:064}": "a"}


def test_what_a_journal_holds_is_stored_only_where_it_is_missing(rows, django_assert_num_queries):
    rows.keep(answers(*range(50)))
    with django_assert_num_queries(1):
        rows.keep_missing(answers(*range(50), text="again"))
    rows.keep_missing(answers(49, 50, text="late"))
    assert stored()[f"{50:064}"] == "late"
    assert stored()[f"{49:064}"] == "{}"


def test_what_was_not_paid_for_is_not_kept(rows):
    rows.keep([Answer(f"{1:064}", "", Fault.BAD_REQUEST), Answer(f"{2:064}", "", Fault.CONNECTION), *answers(3)])
    assert list(stored()) == [f"{3:064}"]


def test_a_lost_request_is_spent_once_however_often_it_is_told(rows):
    key, number = f"{1:064}", "f" * 64
    timeout = Answer(key, "", Fault.TIMEOUT, lost=(LostRequest(number, Fault.TIMEOUT, 100, 50),))
    rows.price = Price(Decimal(10), Decimal(20))
    rows.keep([timeout])
    rows.keep_missing([timeout, *answers(1)])
    assert rows.known([key]).keys() == {key}
    spent = spending(rows.run)
    assert (spent.requests, spent.of_unknown_cost, spent.booked_tokens) == (2, 1, 150 + 12)
    lost = ModelAnswer.objects.get(key=number)
    assert (lost.fault, lost.booked_cost, lost.cost) == ("timeout", Decimal("0.002"), None)


def test_whoever_writes_the_journal_is_told_that_all_is_stored(rows):
    told = []
    rows.stored = lambda: told.append(len(stored()))
    rows.keep(answers(1, 2))
    rows.keep_missing(answers(1, 3))
    assert told == [2, 3]
