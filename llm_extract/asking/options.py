"""How a model is asked: everything a run chooses beside backend, model and prompt; and the key of a question."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

_MOST_SAMPLES = 20


@dataclass(frozen=True, slots=True)
class AskingOptions:
    """The choices of a run.

    The first reading of a report is asked at `temperature` (None leaves it out, as reasoning models want), further `samples` at
    `sample_temperature`. A report of more than `max_report_characters` is not asked about. `may_see_unmasked` lets the model see
    dates, names and numbers; only for a model on this machine.
    """

    samples: int = 1
    temperature: float | None = 0.0
    sample_temperature: float | None = 0.7
    seed: int | None = None
    max_output_tokens: int = 4096
    max_report_characters: int = 20_000
    may_see_unmasked: bool = False
    repairs: bool = True
    attempt: int = 0  # how often a question whose answer was of no use may be asked anew; a retry of failures raises it

    def __post_init__(self) -> None:
        if not 1 <= self.samples <= _MOST_SAMPLES:
            raise ValueError(f"{self.samples} samples per report are asked for; choose 1 to {_MOST_SAMPLES}.")
        if self.max_output_tokens < 1 or self.max_report_characters < 1:
            raise ValueError("The limits of tokens and characters must be at least 1; raise the one that is not.")

    def temperature_of(self, sample: int) -> float | None:
        """The temperature of the n-th sample of one prompt, from 0."""
        return self.temperature if sample == 0 else self.sample_temperature

    def seed_of(self, sample: int) -> int | None:
        """The seed of the n-th sample."""
        return None if self.seed is None else self.seed + sample

    @property
    def digest(self) -> str:
        """Eight hex digits that change with any choice that changes what an answer means."""
        return digest_of({name: value for name, value in asdict(self).items() if name != "attempt"})[:8]


def digest_of(value: Any) -> str:
    """Return the SHA-256 of plain values, 64 hex digits, independent of the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode("utf-8", "surrogatepass")).hexdigest()
