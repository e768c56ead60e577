"""Feeding reports to a pipeline: batches for the store, patience with a busy server, and an end before a cap."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from cases.gate.report.version import masking_version
from cases.models import Report
from core.actions import RunHandle
from llm_extract.actions.pipelines import OpenPipeline
from llm_extract.asking.protocol import HOPELESS, TRANSIENT, Fault
from llm_extract.errors import ExtractionRefusedError
from llm_extract.models.runs import AT_ITS_CAP
from llm_extract.pipeline import Reading
from llm_extract.stages import ReportText

BATCH = 200
# A batch is stored when it is full or this old, so that a slow model's page moves and a kill loses little work.
BATCH_SECONDS = 2.0
# So many reports in a row lost on the way (no answer at all), and the run waits for a person instead of burning through.
LOST_IN_A_ROW = 25
WAITS_WITHOUT_PROGRESS = 5
LONGEST_WAIT = 3600.0
Store = Callable[[Sequence[Reading]], None]


def report_texts(reports: Sequence[int]) -> Iterator[ReportText]:
    """The texts of some reports, by their primary keys, taken from the database as the pipeline has room for them."""
    version = masking_version()
    for start in range(0, len(reports), BATCH):
        page = Report.objects.filter(pk__in=list(reports[start : start + BATCH])).order_by("pk")
        for pk, text, masked_by in page.values_list("pk", "text", "masked_by"):
            yield ReportText(pk, text[: settings.MAX_REPORT_CHARACTERS], is_masked=masked_by == version)


@dataclass
class Feed:
    """One run's reports on their way through the pipeline. ``store`` gets readings in batches, failed ones among them."""

    handle: RunHandle
    opened: OpenPipeline
    store: Store
    _again: deque[ReportText] = field(default_factory=deque)
    _waiting: list[ReportText] = field(default_factory=list)
    _stopped_by: Reading | None = None
    _lost_in_a_row: int = 0

    def run(self, reports: Iterator[ReportText]) -> None:
        """Reads all reports, waiting where the server asks to.

        Pauses the run before a cap is passed or when the server is out of reach; raises ExtractionRefusedError when
        going on is hopeless (no quota, no valid key). Either way what was read is stored.
        """
        waits = 0
        while True:
            stored = self.handle.done
            self._pass(reports)
            if self._stopped_by or not self._waiting:
                break
            waits = 0 if self.handle.done > stored else waits + 1
            if waits > WAITS_WITHOUT_PROGRESS:
                break
            self._again.extend(self._waiting)
            self._waiting.clear()
            self._sleep(min(LONGEST_WAIT, self.opened.patience.due()))
        self._end()

    def _pass(self, reports: Iterator[ReportText]) -> None:
        batch: list[Reading] = []
        since = time.monotonic()
        for reading in self.opened.pipeline.read(self._texts(reports)):
            if self._is_kept(reading):
                batch.append(reading)
            if len(batch) >= BATCH or (batch and time.monotonic() - since > BATCH_SECONDS):
                self.store(batch)
                batch, since = [], time.monotonic()
        self.store(batch)

    def _texts(self, reports: Iterator[ReportText]) -> Iterator[ReportText]:
        """What the pipeline is fed: nothing more once the run stops, or while the server asks to wait."""
        while self._stopped_by is None and not self._waiting:
            report = self._again.popleft() if self._again else next(reports, None)
            if report is None:
                return
            yield report

    def _is_kept(self, reading: Reading) -> bool:
        """Whether the reading is stored; else its report waits, or was never sent."""
        fault = reading.fault
        self._lost_in_a_row = self._lost_in_a_row + 1 if fault in TRANSIENT else 0
        if fault is Fault.RATE_LIMITED:
            self._waiting.append(reading.report)
            return False
        is_stopping = fault is Fault.OVER_CAP or fault in HOPELESS
        if is_stopping or self._lost_in_a_row >= LOST_IN_A_ROW:
            self._stopped_by = self._stopped_by or reading
        return not is_stopping

    def _sleep(self, seconds: float) -> None:
        """Waits as the server asked, looking now and then whether somebody paused the run."""
        self.handle.say(f"Waiting {round(seconds)} s, as the server asks; it goes on by itself.")
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.handle.advance(0)
            time.sleep(min(5.0, left))
        self.handle.say("")

    def _end(self) -> None:
        stopped = self._stopped_by
        if stopped is None and self._waiting:
            self.handle.pause("The server kept asking to wait, and nothing came of it; resume the run later.")
        if stopped is None:
            return
        if stopped.fault is Fault.OVER_CAP:
            self.handle.pause(f"{self.opened.at_its_cap()} {AT_ITS_CAP}")
        if stopped.fault in HOPELESS:
            raise ExtractionRefusedError(failure_sentence(stopped))
        self.handle.pause(
            f"{LOST_IN_A_ROW} reports in a row got no answer ({stopped.fault}); look at the server, then resume."
        )


def failure_sentence(reading: Reading) -> str:
    """What went wrong with one report and what to do, without a word of the report."""
    return f"{SENTENCES.get(reading.fault or Fault.EMPTY, 'No usable answer came back.')} {reading.detail}".strip()


SENTENCES = {
    Fault.QUOTA_EXHAUSTED: "The account's quota is used up; raise it, then resume the run.",
    Fault.AUTH_REFUSED: "The server refused the key; mend the environment variable the backend names, restart, resume.",
    Fault.BAD_REQUEST: "The server does not accept the question as asked; test the backend's connection again.",
    Fault.TIMEOUT: "No answer within the backend's time limit; raise it, or retry this kind.",
    Fault.CONNECTION: "The connection was lost or refused; retry this kind once the server is back.",
    Fault.SERVER_ERROR: "The server failed; retry this kind later.",
    Fault.TOO_LONG: "The report does not fit the model's context; use a backend with a larger one.",
    Fault.TRUNCATED: "The answer was cut at the token limit; raise the backend's limit, then retry this kind.",
    Fault.CONTENT_FILTERED: "The server's content filter withheld the answer; another backend may read this report.",
    Fault.REFUSED: "The model declined to answer; another backend or prompt may read this report.",
    Fault.EMPTY: "The answer was empty; retry this kind.",
    Fault.INVALID_JSON: "The answer was not JSON; test the backend's structured mode, or retry this kind.",
    Fault.SCHEMA_VIOLATION: "The answer does not fit the schema; test the backend's structured mode, or retry this kind.",
    Fault.UNGROUNDED: "A quote is not in the report, also after one repair; another backend or prompt may do better.",
    Fault.BLOCKED: "Patient data could not be masked, so the report was not sent; clean the report, or allow it there.",
}
