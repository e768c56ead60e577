from itertools import count, islice

import pytest

from llm_extract.asking.protocol import HOPELESS, TRANSIENT, UNSENT, Fault, Question, Turn
from llm_extract.asking.remembering import NOT_KEPT, RememberingModel
from tests.llm_extract.scripted_models import MemoryStore, ScriptedModel, failing


def question(number):
    return Question(f"{number:064}", "system", (Turn("user", str(number)),), {}, "findings", 10)


def echo(**more):
    return ScriptedModel(lambda asked: asked.turns[0].content, **more)


def answers(model, numbers):
    return [int(answer.text) for answer in model.ask(question(number) for number in numbers)]


def test_what_was_answered_is_never_asked_again():
    store, model = MemoryStore(), echo(at_once=7)
    remembering = RememberingModel(model, store)
    assert sorted(answers(remembering, range(100))) == list(range(100))
    assert sorted(answers(remembering, range(50, 150))) == list(range(50, 150))
    assert len(model.asked) == 150
    assert max(store.lookups) <= 64


@pytest.mark.parametrize("at_once", [1, 3, 40])
def test_the_same_question_in_flight_is_asked_once_and_answered_to_each(at_once):
    model = echo(at_once=at_once)
    numbers = [1, 1, 2, 1, 2, 3] * 5
    assert sorted(answers(RememberingModel(model, MemoryStore()), numbers)) == sorted(numbers)
    assert len(model.asked) == 3


@pytest.mark.timeout(30)
def test_a_question_that_comes_without_end_is_handed_on_as_there_is_room():
    """A pool of like reports asks one question over and over; whoever asks has to get the first answers meanwhile."""
    model = RememberingModel(echo(at_once=3), MemoryStore())
    taken = count()
    same = (question(next(taken) * 0) for _ in count())
    assert [answer.text for answer in islice(model.ask(same), 3)] == ["0"] * 3
    assert next(taken) < 2000


def test_an_answer_is_kept_before_it_is_passed_on():
    store = MemoryStore()
    for answer in RememberingModel(echo(at_once=5), store).ask(question(number) for number in range(40)):
        assert answer.key in store.answers


def test_a_fast_models_answers_are_kept_together_a_slow_ones_one_by_one():
    fast, slow = MemoryStore(), MemoryStore()
    answers(RememberingModel(echo(), fast, keep_seconds=10, keep_size=8, clock=lambda: 0.0), range(40))
    assert fast.keepings[1:] == [8, 8, 8, 8, 7]
    ticking = count()
    answers(RememberingModel(echo(), slow, keep_seconds=0.5, clock=lambda: float(next(ticking))), range(5))
    assert slow.keepings == [1] * 5


def test_what_came_in_is_kept_though_nobody_takes_it():
    store, model = MemoryStore(), echo()
    stream = RememberingModel(model, store, keep_seconds=1000, keep_size=8, clock=lambda: 0.0).ask(
        question(number) for number in range(20)
    )
    assert len(list(islice(stream, 2))) == 2
    stream.close()
    assert len(store.answers) == len(model.asked)


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_of_the_way_is_not_kept(fault):
    store = MemoryStore()
    remembering = RememberingModel(failing(fault), store)
    assert [answer.fault for answer in remembering.ask([question(1)])] == [fault]
    assert (len(store.answers) == 0) is (fault in NOT_KEPT)
    assert NOT_KEPT == TRANSIENT | HOPELESS | UNSENT


def test_known_answers_do_not_pile_up():
    store = MemoryStore()
    answers(RememberingModel(echo(), store), range(5000))
    taken = []

    def questions():
        for number in [9999, *range(5000)]:
            taken.append(number)
            yield question(number)

    most = 0
    for place, _ in enumerate(RememberingModel(echo(), store).ask(questions())):
        most = max(most, len(taken) - place)
    assert most < 400


def test_questions_are_taken_a_few_ahead_at_most():
    taken = []

    def questions():
        for number in count():
            taken.append(number)
            yield question(number)

    list(islice(RememberingModel(echo(), MemoryStore()).ask(questions()), 3))
    assert len(taken) <= 64 + 64


def test_a_model_that_stops_early_ends_the_stream():
    class Tired(ScriptedModel):
        def ask(self, questions):
            yield from super().ask(islice(questions, 2))

    tired = Tired(lambda asked: asked.turns[0].content)
    assert answers(RememberingModel(tired, MemoryStore()), range(50)) == [0, 1]


def test_it_is_the_model_it_wraps():
    model = echo(name="gpt")
    remembering = RememberingModel(model, MemoryStore())
    remembering.close()
    assert (remembering.name, model.is_closed) == ("gpt", True)
