"""Files with damaged bytes cost themselves and nothing else: the decoding processes answer for each, or are replaced."""

import os
import random
import signal
import time
from pathlib import Path

import pydicom
import pytest

from cases.adapters import decoders
from cases.adapters.decoders import DecodingProcesses
from cases.adapters.decoding import Order
from cases.adapters.decoding_process import MEMORY
from cases.contribution import ImageFacts, SourceFile
from perf.intake import mutated_files
from tests.cases.builders import dicom, png, write

MOST_BYTES = 150_000
CHANGED = 150


@pytest.fixture
def fresh():
    """No process is taken over from another test, nor left to one."""
    decoders._waiting.stop()
    yield
    decoders._waiting.stop()


def order(path: Path) -> Order:
    return Order(SourceFile(path.name, str(path)))


def test_changed_bytes_crash_nothing_and_what_is_whole_is_read_as_before(fresh, tmp_path):
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    small = {path.name: path.read_bytes() for path in folder.glob("*.dcm") if path.stat().st_size <= MOST_BYTES}
    write(tmp_path, {**small, "ours.dcm": dicom(), "ours.png": png()})
    good = mutated_files.good_files(tmp_path)
    assert len(good) >= 20
    tally = mutated_files.run(good, count=CHANGED, seed=11)
    assert tally.count == CHANGED
    assert {"read", "unreadable"} <= set(tally.outcomes)
    assert tally.slowest < 60
    assert tally.memory < MEMORY
    assert tally.started
    assert mutated_files.good_files(tmp_path) == good


def test_the_same_seed_makes_the_same_changes_and_each_makes_one():
    content = dicom()
    first, again = random.Random(3), random.Random(3)
    changed = [mutated_files.mutated(content, first) for _ in range(50)]
    assert changed == [mutated_files.mutated(content, again) for _ in range(50)]
    assert sum(one != content for one in changed) >= 45  # a zero may be set where one was
    assert mutated_files.mutated(b"", first) == b""


def test_a_decoder_past_its_time_is_killed_and_replaced(fresh, tmp_path, monkeypatch):
    write(tmp_path, {"a.dcm": dicom()})
    with DecodingProcesses(1) as processes:
        assert isinstance(processes.decode(order(tmp_path / "a.dcm")).result(), ImageFacts)
        (first,) = processes.pids()
        monkeypatch.setattr(decoders, "SECONDS_PER_FILE", 0.3)
        os.kill(first, signal.SIGSTOP)  # as a decoder that goes round in circles
        began = time.monotonic()
        answer = processes.decode(order(tmp_path / "a.dcm")).result()
        assert (answer.kind, time.monotonic() - began < 30) == ("decoder_died", True)
        monkeypatch.setattr(decoders, "SECONDS_PER_FILE", 60.0)
        assert isinstance(processes.decode(order(tmp_path / "a.dcm")).result(), ImageFacts)
        assert processes.pids() != [first]


def test_a_process_that_waited_for_so_long_that_it_ended_blames_no_file(fresh, tmp_path, monkeypatch):
    write(tmp_path, {"a.dcm": dicom()})
    with DecodingProcesses(1) as processes:
        assert isinstance(processes.decode(order(tmp_path / "a.dcm")).result(), ImageFacts)
        os.kill(processes.pids()[0], signal.SIGTERM)  # as it does by itself after a while without work
        processes._all[0].process.wait(30)
        monkeypatch.setattr(decoders, "IDLE_S", 0.0)
        assert isinstance(processes.decode(order(tmp_path / "a.dcm")).result(), ImageFacts)


def test_a_process_that_is_unhurried_lets_other_sessions_go_first_too(fresh, tmp_path):
    """Where Linux shares the processor among sessions, the least haste within one is worth nothing beside another."""
    write(tmp_path, {"a.dcm": dicom()})
    with DecodingProcesses(1, unhurried=True) as processes:
        assert isinstance(processes.decode(order(tmp_path / "a.dcm")).result(), ImageFacts)
        (pid,) = processes.pids()
        assert (os.getpriority(os.PRIO_PROCESS, pid), os.getsid(pid)) == (19, pid)
        group = Path(f"/proc/{pid}/autogroup")
        assert not group.exists() or group.read_text(encoding="ascii").strip().endswith("nice 19")
