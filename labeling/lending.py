"""Loans of cases: how long one lasts, how often the page renews it, and what is said when others hold what is left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LEASE = timedelta(minutes=45)
HEARTBEAT = timedelta(minutes=5)
# The case on the screen and the two that the page fetches ahead.
AT_ONCE = 3


@dataclass(frozen=True)
class Held:
    """Cases a reader could take but for others who hold them; ``free_at`` is when the first loan ends."""

    cases: int
    readers: int
    free_at: datetime

    @property
    def words(self) -> str:
        """The first half of the sentence; the page adds the time in the reader's own zone."""
        who = "Another reader holds" if self.readers == 1 else f"{_number(self.readers)} readers hold"
        what = "the last case" if self.cases == 1 else f"the last {self.cases} cases"
        return f"{who} {what}"


def _number(count: int) -> str:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
    return words[count] if count < len(words) else str(count)
