"""What asking a model costs: prices, estimates, and a ledger that reserves before it asks, so that a cap is never passed."""

import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_UP, Decimal
from enum import StrEnum
from typing import Any

from core.intervals import Z95
from llm_extract.asking.protocol import Question, Usage

MILLION = Decimal(1_000_000)
_CENT_OF_A_CENT = Decimal("0.000001")
# The worst a tokenizer of today does: two letters a token in prose; a digit, a mark or a byte of another script may each be one.
LETTERS_PER_TOKEN = 2
_LETTERS = string.ascii_letters.encode() + b" "
_PER_TURN = 16  # a chat format's own tokens around each message
_MOST_SCHEMAS = 64
_SCHEMAS: dict[int, tuple[Mapping[str, Any], int]] = {}


@dataclass(frozen=True, slots=True)
class Price:
    """Money per million tokens. `cached` None: cached input costs what input does. `batch_share` is what a batch pays,
    0.5 for half.
    """

    input: Decimal
    output: Decimal
    cached: Decimal | None = None
    batch_share: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        """Refuse prices below nothing."""
        for name in ("input", "output", "cached", "batch_share"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"The price {name} is {value}; a price is 0 or more.")


FREE = Price(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Caps:
    """What a run may spend at most; None: no cap."""

    money: Decimal | None = None
    tokens: int | None = None
    calls: int | None = None


class Cap(StrEnum):
    """Which cap refused a question."""

    MONEY = "money"
    TOKENS = "tokens"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Reservation:
    """The most one question can use: tokens in and out, and what they cost."""

    input_tokens: int
    output_tokens: int
    money: Decimal

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used. `estimated_calls` of the `calls` came back without usage: their reservation stands, so the cost is
    an upper bound.
    """

    calls: int = 0
    tokens: int = 0
    money: Decimal = Decimal(0)
    estimated_calls: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether every call's usage was told."""
        return self.estimated_calls == 0


def cost(usage: Usage, price: Price, *, is_batch: bool = False) -> Decimal:
    """Return what a usage costs, to the millionth, rounded up; reasoning tokens are output, cached ones part of the input."""
    cached = min(usage.cached_tokens, usage.input_tokens)
    of_cached = price.input if price.cached is None else price.cached
    money = (usage.input_tokens - cached) * price.input + cached * of_cached + usage.output_tokens * price.output
    return _rounded(money / MILLION * (price.batch_share if is_batch else Decimal(1)))


def _rounded(money: Decimal) -> Decimal:
    return money.quantize(_CENT_OF_A_CENT, rounding=ROUND_UP)


def most_tokens(text: str) -> int:
    """Return an upper estimate of a text's tokens without a tokenizer, from its bytes of UTF-8."""
    written = text.encode("utf-8", "surrogatepass")
    others = len(written.translate(None, delete=_LETTERS))
    return math.ceil((len(written) - others) / LETTERS_PER_TOKEN) + others


def reserve_for(question: Question, price: Price, *, is_batch: bool = False) -> Reservation:
    """Return the most a question can use: its text and schema as input, nothing cached, and its whole allowance of output."""
    texts = [question.system, *(turn.content for turn in question.turns)]
    tokens = sum(most_tokens(text) + _PER_TURN for text in texts) + _tokens_of_schema(question.schema)
    money = cost(Usage(tokens, question.max_output_tokens), price, is_batch=is_batch)
    return Reservation(tokens, question.max_output_tokens, money)


def _tokens_of_schema(schema: Mapping[str, Any]) -> int:
    """Return the most a schema's words take; many questions share one schema, known by its identity while it is kept here."""
    known = _SCHEMAS.get(id(schema))
    if known is None:
        if len(_SCHEMAS) >= _MOST_SCHEMAS:
            _SCHEMAS.clear()
        known = _SCHEMAS[id(schema)] = (schema, most_tokens(str(schema)))
    return known[1]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What `n_reports` reports will cost, from a sample: the mean per report, and 1.96 standard errors either side
    (None: one report).
    """

    n_reports: int
    n_sample: int
    money: Decimal
    low: Decimal | None
    high: Decimal | None
    input_tokens: int
    output_tokens: int
    unknown: int


def estimate(
    sample: Sequence[Usage | None], n_reports: int, price: Price, *, is_batch: bool = False
) -> Estimate | None:
    """Return the cost of many reports from the usage of a few; None where the server told none of them.

    One entry per report (the sum of its questions); None where unknown: left out, and counted.
    """
    known = [usage for usage in sample if usage is not None]
    if not known:
        return None
    costs = [cost(usage, price, is_batch=is_batch) for usage in known]
    mean = sum(costs, Decimal(0)) / len(costs)
    low = high = None
    if len(costs) > 1:
        spread = sum(((one - mean) ** 2 for one in costs), Decimal(0)) / (len(costs) - 1)
        error = Decimal(Z95) * (spread / len(costs)).sqrt() * n_reports
        low, high = _rounded(max(Decimal(0), mean * n_reports - error)), _rounded(mean * n_reports + error)
    return Estimate(
        n_reports,
        len(known),
        _rounded(mean * n_reports),
        low,
        high,
        round(sum(usage.input_tokens for usage in known) / len(known) * n_reports),
        round(sum(usage.output_tokens for usage in known) / len(known) * n_reports),
        len(sample) - len(known),
    )


class CapReachedError(Exception):
    """The next question could pass a cap: it is not asked."""

    def __init__(self, cap: Cap, limit: Decimal | int, committed: Decimal | int, wanted: Decimal | int) -> None:
        self.cap, self.limit = cap, limit
        super().__init__(
            f"The cap of {limit} {cap.value} would be passed: {committed} are spent or reserved and the next question may "
            f"use {wanted}; "
            "raise the cap or end the run here."
        )


@dataclass
class Ledger:
    """One run's spending. Reserve before asking, settle after; what is reserved counts as spent until it is settled.

    Keys are the questions' own. A run resumed gives `spent` as it was left. Not for several threads at once.
    """

    caps: Caps
    spent: Spent = field(default_factory=Spent)
    # The refusal that a question was given up for.
    met: CapReachedError | None = None
    _open: dict[str, Reservation] = field(default_factory=dict)
    # Sums of what is open, kept as it changes: a batch reserves thousands, and each would add up all before it.
    _held_tokens: int = 0
    _held_money: Decimal = Decimal(0)

    @property
    def reserved(self) -> tuple[Reservation, ...]:
        """What is asked and not answered yet."""
        return tuple(self._open.values())

    def refusal(self, wanted: Reservation) -> CapReachedError | None:
        """Return why a question may not be asked, or None."""
        money = self.spent.money + self._held_money
        tokens = self.spent.tokens + self._held_tokens
        calls = self.spent.calls + len(self._open)
        for cap, limit, committed, more in (
            (Cap.MONEY, self.caps.money, money, wanted.money),
            (Cap.TOKENS, self.caps.tokens, tokens, wanted.tokens),
            (Cap.CALLS, self.caps.calls, calls, 1),
        ):
            if limit is not None and committed + more > limit:
                return CapReachedError(cap, limit, committed, more)
        return None

    def reserve(self, key: str, wanted: Reservation) -> None:
        """Set a question's worst case aside.

        Raises CapReachedError where it could pass a cap, ValueError where the key is reserved already.
        """
        if key in self._open:
            raise ValueError(f"The question {key[:12]} is reserved already; settle it before it is asked again.")
        refusal = self.refusal(wanted)
        if refusal is not None:
            raise refusal
        self._open[key] = wanted
        self._held_tokens += wanted.tokens
        self._held_money += wanted.money

    def settle(self, key: str, usage: Usage | None, price: Price, *, is_batch: bool = False, refused: int = 0) -> Spent:
        """Book what a question used; with usage unknown its whole reservation stands as spent.

        ``refused`` more requests were made for it, which came to nothing. Raises KeyError where the key was not reserved.
        """
        held = self._taken(key)
        used = held.tokens if usage is None else usage.input_tokens + usage.output_tokens
        money = held.money if usage is None else cost(usage, price, is_batch=is_batch)
        self.spent = Spent(
            self.spent.calls + 1 + refused,
            self.spent.tokens + used,
            self.spent.money + money,
            self.spent.estimated_calls + (usage is None),
        )
        return self.spent

    def release(self, key: str, *, refused: int = 0) -> None:
        """Give a reservation back: the question was never sent, or ``refused`` requests for it came to nothing.

        Those cost nothing and count as requests. Raises KeyError where the key was not reserved.
        """
        self._taken(key)
        self.spent = replace(self.spent, calls=self.spent.calls + refused)

    def _taken(self, key: str) -> Reservation:
        held = self._open.pop(key)
        self._held_tokens -= held.tokens
        self._held_money -= held.money
        return held
