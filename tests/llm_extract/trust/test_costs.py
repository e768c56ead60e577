"""Prices, estimates, and a ledger that stops before a cap."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.asking.protocol import Question, Turn, Usage
from llm_extract.trust.costs import (
    Cap,
    CapReachedError,
    Caps,
    Ledger,
    Price,
    Reservation,
    cost,
    estimate,
    most_tokens,
    reserve_for,
)

PRICE = Price(input=Decimal("2.50"), output=Decimal(10), cached=Decimal("1.25"), batch_share=Decimal("0.5"))


def test_cost_by_hand():
    # 600k fresh at 2.50, 400k cached at 1.25, 100k out at 10, per million.
    assert cost(Usage(1_000_000, 100_000, cached_tokens=400_000), PRICE) == Decimal("3.00")
    assert cost(Usage(1_000_000, 100_000, cached_tokens=400_000), PRICE, is_batch=True) == Decimal("1.50")
    assert cost(Usage(1_000_000, 0, cached_tokens=1_000_000), Price(Decimal(2), Decimal(8))) == Decimal(2)


def test_cost_rounds_up_never_down():
    assert cost(Usage(1, 0), Price(Decimal("0.10"), Decimal(0))) == Decimal("0.000001")
    assert cost(Usage(0, 0), PRICE) == 0


def test_price_below_nothing_is_refused():
    with pytest.raises(ValueError, match="output is -1"):
        Price(Decimal(1), Decimal(-1))


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("effusion", 4), ("no effusion", 6), ("12345", 5), ("…", 3), ("{}", 2)]
)
def test_tokens_are_estimated_from_above(text, tokens):
    assert most_tokens(text) == tokens


def question(text="No effusion.", most=500):
    return Question("k" * 64, "You read reports.", (Turn("user", text),), {"type": "object"}, "findings", most)


def test_reservation_is_the_worst_case():
    held = reserve_for(question(), PRICE)
    assert held.output_tokens == 500
    assert held.input_tokens > most_tokens("You read reports.") + most_tokens("No effusion.")
    assert held.money == cost(Usage(held.input_tokens, 500), PRICE)
    assert reserve_for(question(), PRICE, is_batch=True).money < held.money
    assert reserve_for(question("long " * 100), PRICE).input_tokens > held.input_tokens


def test_estimate_for_many_reports():
    found = estimate([Usage(1000, 100), Usage(2000, 300), None], 13_735, PRICE)
    # .0035 and .008 a report; the mean times 13,735.
    assert found.money == Decimal("78.976250")
    assert found.n_sample == 2
    assert found.unknown == 1
    assert found.low < found.money < found.high
    assert found.input_tokens == 1500 * 13_735
    assert estimate([Usage(1000, 100)], 10, PRICE).low is None


def test_estimate_without_any_usage_is_unknown_not_zero():
    assert estimate([None, None], 100, PRICE) is None


HALF = Reservation(100, 100, Decimal("0.50"))


def test_ledger_stops_before_the_cap():
    ledger = Ledger(Caps(money=Decimal("1.20")))
    ledger.reserve("a", HALF)
    ledger.reserve("b", HALF)
    with pytest.raises(
        CapReachedError, match=r"cap of 1.20 money would be passed: 1.00 are spent or reserved"
    ) as refused:
        ledger.reserve("c", HALF)
    assert refused.value.cap is Cap.MONEY
    ledger.settle("a", Usage(10, 0), PRICE)
    ledger.reserve("c", HALF)


@pytest.mark.parametrize(("caps", "cap"), [(Caps(tokens=399), Cap.TOKENS), (Caps(calls=1), Cap.CALLS)])
def test_each_cap_holds(caps, cap):
    ledger = Ledger(caps)
    ledger.reserve("a", HALF)
    with pytest.raises(CapReachedError) as refused:
        ledger.reserve("b", HALF)
    assert refused.value.cap is cap


def test_unknown_usage_leaves_the_reservation_spent_and_marked():
    ledger = Ledger(Caps(calls=2))
    ledger.reserve("a", HALF)
    spent = ledger.settle("a", None, PRICE)
    assert (spent.calls, spent.tokens, spent.money, spent.estimated_calls) == (1, 200, Decimal("0.50"), 1)
    assert not spent.is_exact
    ledger.reserve("b", HALF)
    assert ledger.settle("b", Usage(100, 10), PRICE).money == Decimal("0.50") + cost(Usage(100, 10), PRICE)


def test_released_question_costs_nothing_and_a_key_is_reserved_once():
    ledger = Ledger(Caps(calls=1))
    ledger.reserve("a", HALF)
    with pytest.raises(ValueError, match="reserved already"):
        ledger.reserve("a", HALF)
    ledger.release("a")
    assert ledger.spent.calls == 0
    ledger.reserve("b", HALF)
    with pytest.raises(KeyError):
        ledger.settle("a", None, PRICE)


def test_a_question_costs_no_look_at_those_that_are_reserved():
    class Watched(Reservation):
        looks = 0

        @property
        def tokens(self):
            Watched.looks += 1
            return self.input_tokens + self.output_tokens

    ledger = Ledger(Caps(money=Decimal(1_000_000), tokens=10**9, calls=10**6))
    for number in range(500):
        wanted = Watched(100, 100, Decimal("0.50"))
        assert ledger.refusal(wanted) is None
        ledger.reserve(str(number), wanted)
    assert Watched.looks < 500 * 5
    ledger.release("0")
    ledger.settle("1", Usage(10, 0), PRICE)
    assert len(ledger.reserved) == 498
    tight = replace(ledger, caps=Caps(tokens=ledger.spent.tokens + 498 * 200 + 10))
    assert tight.refusal(Reservation(5, 5, Decimal(0))) is None
    assert tight.refusal(Reservation(5, 6, Decimal(0))) is not None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 200), st.booleans(), st.booleans()), max_size=40))
def test_spending_never_passes_the_cap(steps):
    ledger = Ledger(Caps(money=Decimal("0.01"), tokens=3000, calls=12))
    open_keys: list[tuple[str, Reservation]] = []
    for number, (size, most, settles, known) in enumerate(steps):
        wanted = Reservation(size, most, cost(Usage(size, most), PRICE))
        try:
            ledger.reserve(str(number), wanted)
            open_keys.append((str(number), wanted))
        except CapReachedError:
            pass
        if settles and open_keys:
            key, held = open_keys.pop(0)
            ledger.settle(key, Usage(held.input_tokens // 2, held.output_tokens) if known else None, PRICE)
        assert ledger.spent.money + sum(one.money for one in ledger.reserved) <= Decimal("0.01")
        assert ledger.spent.tokens + sum(one.tokens for one in ledger.reserved) <= 3000
        assert ledger.spent.calls + len(ledger.reserved) <= 12
