"""Feeding a pipeline: patience with a busy server, an end when going on is hopeless, and no report lost on the way."""

import pytest

from cases.gate.report.version import masking_version
from cases.models import Report
from core.errors import RunStoppedError
from llm_extract.actions import feeding
from llm_extract.actions.feeding import BATCH, Feed, report_texts
from llm_extract.actions.pipelines import OpenPipeline, Patience
from llm_extract.asking.protocol import Fault
from llm_extract.errors import ExtractionRefusedError
from llm_extract.pipeline import Reading
from llm_extract.stages import ReportText
from llm_extract.trust.costs import Caps, Ledger
from tests.factories import make_study


class Handle:
    """What a run's handle keeps of what it is told."""

    def __init__(self):
        self.done, self.said = 0, []

    def advance(self, units=1, **counts):
        self.done += units

    def say(self, message):
        self.said.append(message)

    def pause(self, message):
        raise RunStoppedError(message)


class Faulty:
    """A pipeline that answers each report with the next fault scripted for it, reading ``ahead`` reports at a time."""

    def __init__(self, faults, ahead=2):
        self.faults, self.ahead, self.read_refs = faults, ahead, []

    def read(self, reports):
        source, waiting = iter(reports), []
        while True:
            while len(waiting) < self.ahead and (one := next(source, None)):
                waiting.append(one)
            if not waiting:
                return
            report = waiting.pop(0)
            self.read_refs.append(report.ref)
            scripted = self.faults.get(report.ref, [])
            yield Reading(report, fault=scripted.pop(0) if scripted else None)


def feed(faults, n=6, **pipeline):
    handle, stored = Handle(), []

    def store(batch):
        stored.extend(batch)
        handle.advance(len(batch))

    opened = OpenPipeline(Faulty(faults, **pipeline), Ledger(Caps()), Patience(), "USD")
    return handle, stored, Feed(handle, opened, store), iter([ReportText(ref, "x") for ref in range(n)])


@pytest.fixture(autouse=True)
def naps(monkeypatch):
    """Seconds asked to sleep; none is slept."""
    slept = []
    monkeypatch.setattr(Feed, "_sleep", lambda self, seconds: slept.append(seconds))
    return slept


def test_all_are_read_once():
    _, stored, fed, reports = feed({})
    fed.run(reports)
    assert [one.report.ref for one in stored] == list(range(6))


def test_a_busy_server_is_waited_for_and_its_report_comes_again(naps):
    _, stored, fed, reports = feed({1: [Fault.RATE_LIMITED, Fault.RATE_LIMITED]})
    fed.opened.patience.asked(300)
    fed.run(reports)
    assert sorted(one.report.ref for one in stored) == list(range(6))
    assert not [one for one in stored if one.fault]
    assert naps == [300, 60.0]


def test_a_server_that_only_asks_to_wait_pauses_the_run(naps):
    _, stored, fed, reports = feed({ref: [Fault.RATE_LIMITED] * 99 for ref in range(6)})
    with pytest.raises(RunStoppedError, match="kept asking to wait"):
        fed.run(reports)
    assert not stored
    assert len(naps) == feeding.WAITS_WITHOUT_PROGRESS


def test_a_cap_pauses_and_is_no_failure():
    _, stored, fed, reports = feed({2: [Fault.OVER_CAP]})
    with pytest.raises(RunStoppedError, match="before its cap"):
        fed.run(reports)
    assert not [one for one in stored if one.fault]
    assert fed.opened.pipeline.read_refs[:3] == [0, 1, 2]
    assert 5 not in fed.opened.pipeline.read_refs


@pytest.mark.parametrize("fault", [Fault.QUOTA_EXHAUSTED, Fault.AUTH_REFUSED])
def test_the_hopeless_fails_with_a_next_step(fault):
    _, stored, fed, reports = feed({1: [fault]})
    with pytest.raises(ExtractionRefusedError, match="resume"):
        fed.run(reports)
    assert not [one for one in stored if one.fault]


def test_a_failed_report_is_stored_as_failed_and_the_rest_goes_on():
    _, stored, fed, reports = feed({1: [Fault.REFUSED]})
    fed.run(reports)
    assert {one.report.ref: one.fault for one in stored if one.fault} == {1: Fault.REFUSED}
    assert len(stored) == 6


def test_many_lost_in_a_row_pause_the_run(monkeypatch):
    monkeypatch.setattr(feeding, "LOST_IN_A_ROW", 3)
    _, stored, fed, reports = feed({ref: [Fault.CONNECTION] for ref in range(20)}, n=20)
    with pytest.raises(RunStoppedError, match="3 reports in a row"):
        fed.run(reports)
    assert len(stored) < 20


def test_some_lost_among_good_ones_do_not(monkeypatch):
    monkeypatch.setattr(feeding, "LOST_IN_A_ROW", 2)
    _, stored, fed, reports = feed({ref: [Fault.TIMEOUT] for ref in (0, 2, 4)})
    fed.run(reports)
    assert len(stored) == 6


def test_texts_come_page_by_page_and_say_whether_todays_masking_has_seen_them(db, settings):
    settings.MAX_REPORT_CHARACTERS = 9
    reports = [make_study(report=f"Film {n} of many.").report for n in range(BATCH + 2)]
    Report.objects.filter(pk=reports[1].pk).update(masked_by=masking_version())
    Report.objects.filter(pk=reports[2].pk).update(masked_by="0" * 16)
    texts = list(report_texts([report.pk for report in reports]))
    assert [one.ref for one in texts] == [report.pk for report in reports]
    assert [one.is_masked for one in texts[:4]] == [False, True, False, False]
    assert texts[1].text == "Film 1 of"
