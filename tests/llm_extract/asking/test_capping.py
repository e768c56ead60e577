"""Caps: never passed, whatever comes back; nothing reserved is lost; what is free is given back."""

from collections import Counter
from decimal import Decimal
from secrets import token_hex
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_extract.asking.capping import CappedModel
from llm_extract.asking.protocol import Answer, Fault, LostRequest, Question, RefusedRequest, Turn, Usage
from llm_extract.trust.costs import Cap, Caps, Ledger, Price, Spent, cost, reserve_for

PRICE = Price(Decimal(10), Decimal(30))


def question(number: int) -> Question:
    return Question(f"{number:064d}", "system", (Turn("user", "report " * 20),), {}, "findings", 100)


def lost(one: Question, fault: Fault = Fault.CONNECTION) -> Answer:
    """Sent and never heard of again."""
    return Answer(one.key, "", fault, lost=(LostRequest(token_hex(32), fault, 1, 1),))


WORST = reserve_for(question(0), PRICE)


class Answering:
    """Answers what it is given, ``ahead`` questions at a time, with a usage or a fault for each."""

    name = "answering"

    def __init__(self, outcome=lambda question: Answer(question.key, "{}", usage=Usage(50, 10)), ahead=3) -> None:
        self.outcome, self.ahead = outcome, ahead
        self.asked: Counter[str] = Counter()

    def ask(self, questions):
        source = iter(questions)
        waiting = []
        while True:
            while len(waiting) < self.ahead and (one := next(source, None)) is not None:
                self.asked[one.key] += 1
                waiting.append(one)
            if not waiting:
                return
            yield self.outcome(waiting.pop(0))

    def close(self):
        pass


def ask(caps, n=10, inner=None, spent=None):
    inner = inner or Answering()
    ledger = Ledger(caps, spent or Spent())
    answers = list(CappedModel(inner, ledger, Lock(), PRICE).ask(question(number) for number in range(n)))
    return inner, ledger, answers


def test_without_a_cap_all_are_asked():
    inner, ledger, answers = ask(Caps())
    assert len(inner.asked) == len(answers) == 10
    assert ledger.spent.calls == 10
    assert not ledger.reserved


def test_calls_stop_at_the_cap_and_the_next_is_said_to_be_over():
    inner, _, answers = ask(Caps(calls=4))
    assert len(inner.asked) == 4
    assert [one.fault for one in answers].count(Fault.OVER_CAP) == 1


def test_questions_wait_for_reservations_instead_of_ending_early():
    # Two worst cases fit at a time, yet the real usage is small: all ten are answered, never more than two at once.
    _, ledger, answers = ask(Caps(money=WORST.money * 2 + Decimal("0.0115")), n=10)
    assert not [one for one in answers if one.fault]
    assert ledger.spent.calls == 10


def test_a_resumed_run_counts_what_it_spent_before():
    inner, _, _ = ask(Caps(calls=4), spent=Spent(calls=3))
    assert len(inner.asked) == 1


def test_unknown_usage_books_the_reservation():
    inner = Answering(lambda one: Answer(one.key, "{}"))
    _, ledger, _ = ask(Caps(), n=2, inner=inner)
    assert ledger.spent.money == WORST.money * 2
    assert not ledger.spent.is_exact


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.CONNECTION, Fault.AUTH_REFUSED, Fault.SERVER_ERROR])
def test_what_was_never_answered_costs_nothing(fault):
    _, ledger, _ = ask(Caps(), n=2, inner=Answering(lambda one: Answer(one.key, "", fault)))
    assert ledger.spent == Spent()
    assert not ledger.reserved


def test_a_timeout_may_have_been_paid_for():
    _, ledger, (answer,) = ask(Caps(), n=1, inner=Answering(lambda one: lost(one, Fault.TIMEOUT)))
    assert ledger.spent.money == WORST.money
    assert len(answer.lost) == 1


def test_a_question_whose_connection_was_lost_is_asked_again_beside_what_that_may_have_cost():
    tries = Counter()

    def drops_twice(one):
        tries[one.key] += 1
        return lost(one) if tries[one.key] < 3 else Answer(one.key, "{}", usage=Usage(50, 10))

    _, ledger, answers = ask(Caps(), n=4, inner=Answering(drops_twice))
    assert [(len(one.lost), one.retries, one.fault) for one in answers] == [(2, 2, None)] * 4
    assert (ledger.spent.calls, ledger.spent.estimated_calls) == (12, 8)
    assert ledger.spent.money == WORST.money * 8 + cost(Usage(50, 10), PRICE) * 4


def test_a_cap_stops_before_another_try():
    inner, ledger, answers = ask(Caps(calls=2), n=3, inner=Answering(lost, ahead=1))
    assert sum(inner.asked.values()) == ledger.spent.calls == 2
    assert (answers[-1].fault, len(answers[-1].lost)) == (Fault.OVER_CAP, 2)


def test_a_connection_that_is_always_lost_is_given_up():
    inner, _, (answer,) = ask(Caps(), n=1, inner=Answering(lost))
    assert (answer.fault, len(answer.lost), inner.asked.total()) == (Fault.CONNECTION, 4, 4)


def fails(one: Question) -> Answer:
    """As a server's client answers a question sent for one request: refused, and worth four tries in all."""
    retries = one.sending.retries
    asked_for = 0.0 if retries < 3 else None
    refused = RefusedRequest(token_hex(32), Fault.SERVER_ERROR)
    return Answer(one.key, "", Fault.SERVER_ERROR, retries=retries, refused=(refused,), again_after=asked_for)


def test_requests_that_come_to_nothing_count_against_the_cap_and_are_all_told():
    inner, ledger, answers = ask(Caps(calls=6), n=4, inner=Answering(fails, ahead=2))
    assert inner.asked.total() == ledger.spent.calls == 6
    assert sum(len(one.refused) for one in answers) == 6
    assert answers[-1].fault is Fault.OVER_CAP
    assert (ledger.spent.tokens, ledger.spent.money, ledger.spent.is_exact) == (0, 0, True)
    assert (ledger.met.cap, ledger.met.limit) == (Cap.CALLS, 6)


def test_a_server_that_always_fails_is_given_up_as_without_a_cap():
    inner, _, (answer,) = ask(Caps(calls=9), n=1, inner=Answering(fails))
    assert (answer.fault, answer.retries, len(answer.refused), inner.asked.total()) == (Fault.SERVER_ERROR, 3, 4, 4)


def test_only_a_cap_of_requests_takes_the_tries_from_the_servers_client():
    sent = []
    ask(Caps(money=WORST.money * 9), n=1, inner=Answering(lambda one: sent.append(one) or Answer(one.key, "{}")))
    assert [one.sending for one in sent] == [None]


def test_booked_is_told_once():
    ledger = Ledger(Caps())
    model = CappedModel(Answering(), ledger, Lock(), PRICE)
    (answer,) = model.ask([question(1)])
    assert model.booked(answer.key) == (60, ledger.spent.money)
    assert model.booked(answer.key) is None


@given(
    money=st.integers(0, 30),
    ahead=st.integers(1, 8),
    shares=st.lists(st.floats(0, 1), min_size=12, max_size=12),
)
def test_no_cap_is_ever_passed(money, ahead, shares):
    cap = WORST.money * money / 4

    def outcome(one):
        share = shares[int(one.key)]
        usage = Usage(int(WORST.input_tokens * share), int(WORST.output_tokens * share)) if share > 0.1 else None
        return Answer(one.key, "{}", usage=usage)

    inner, ledger, answers = ask(Caps(money=cap), n=12, inner=Answering(outcome, ahead))
    assert ledger.spent.money <= cap
    assert len(answers) == 12 or answers[-1].fault is Fault.OVER_CAP
    assert max(inner.asked.values(), default=0) <= 1
