import multiprocessing
import os
import stat
import time

import pytest

from llm_extract.adapters.courier.journal import (
    CourierBusyError,
    Journal,
    forget,
    head_line,
    lock_journal,
    recover,
    segments,
)
from llm_extract.adapters.courier.lines import answer_line
from llm_extract.asking.protocol import Answer, Fault, LostRequest, Usage


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run-7.journal"


def opened(path, **options) -> tuple[Journal, int]:
    """A journal as a courier has it, and the descriptor with its lock."""
    descriptor = lock_journal(path)
    os.write(descriptor, head_line({"timeout_seconds": 0.1}))
    return Journal(path, **options), descriptor


def write(journal: Journal, *keys: str) -> None:
    journal.append(b"".join(answer_line(Answer(key, "text " * 20)) for key in keys), keys)


def keys_in(path) -> list[str]:
    return [answer.key for answer in recover(path, patience_seconds=0)]


def test_answers_are_read_back_in_order(path):
    journal, lock = opened(path)
    write(journal, "a", "b")
    write(journal, "c")
    os.close(lock)
    assert keys_in(path) == ["a", "b", "c"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    forget(path)
    assert not path.exists()


def test_where_there_is_no_journal_there_is_nothing(path):
    assert keys_in(path) == []
    forget(path)
    assert not path.exists()


def attempt(number: int) -> LostRequest:
    return LostRequest(f"{number:064}", Fault.CONNECTION, 100, 20)


def test_a_request_without_its_answer_is_lost_and_says_what_it_may_have_cost(path):
    journal, lock = opened(path)
    for number, key in enumerate("abc"):
        journal.sending(key, attempt(number))
    write(journal, "b")
    journal.refused("c")  # and would have been sent again later
    os.close(lock)
    answered, lost = recover(path, patience_seconds=0)
    assert (answered.key, answered.lost) == ("b", ())
    assert (lost.key, lost.fault, lost.lost) == ("a", Fault.CONNECTION, (attempt(0),))
    assert list(recover(path, patience_seconds=0)) == [answered, lost]  # told again, it is the same request


def test_an_answer_that_counts_no_tokens_says_what_it_took_at_most(path):
    journal, lock = opened(path)
    for number, key in enumerate("ab"):
        journal.sending(key, attempt(number))
    write(journal, "a")
    journal.append(answer_line(Answer("b", "text", usage=Usage(7, 3))), ["b"])
    os.close(lock)
    assert [answer.most for answer in recover(path, patience_seconds=0)] == [(100, 20), None]


def test_a_request_that_was_made_again_and_answered_leaves_the_first_one_lost(path):
    journal, lock = opened(path)
    journal.sending("a", attempt(1))
    journal.sending("a", attempt(2))
    write(journal, "a")
    os.close(lock)
    assert [answer.lost for answer in recover(path, patience_seconds=0)] == [(), (attempt(1),)]


def test_a_segment_with_a_request_on_its_way_stays_until_that_is_answered(path):
    journal, lock = opened(path, segment_bytes=300)
    journal.sending("slow", attempt(1))
    write(journal, "a", "b")
    write(journal, "c", "d")
    write(journal, "e", "f")
    journal.stored(6)
    assert path.stat().st_size > 0
    write(journal, "slow")
    journal.stored(7)
    assert path.stat().st_size == 0
    os.close(lock)


def test_torn_line_is_passed_over(path):
    journal, lock = opened(path)
    write(journal, "a", "b")
    os.close(lock)
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        assert keys_in(path) in ([], ["a"])
    path.write_bytes(whole[:-30] + b"\n" + answer_line(Answer("c", "")) + b"\0\0")
    assert keys_in(path) == ["a", "c"]


def test_living_courier_is_waited_for_and_named_when_it_takes_too_long(path):
    _, lock = opened(path)
    with pytest.raises(CourierBusyError, match=r"run-7\.journal"):
        list(recover(path, patience_seconds=0.2))
    with pytest.raises(CourierBusyError):
        forget(path)
    with pytest.raises(CourierBusyError):
        lock_journal(path)
    os.close(lock)
    assert keys_in(path) == []


def _hold(path, ready, seconds):
    journal, _ = opened(path)
    ready.set()
    time.sleep(seconds)
    write(journal, "late")


def test_answers_of_a_courier_that_is_still_at_work_are_waited_for(path):
    spawning = multiprocessing.get_context("fork")
    ready = spawning.Event()
    courier = spawning.Process(target=_hold, args=(path, ready, 0.4))
    courier.start()
    assert ready.wait(10)
    assert [answer.key for answer in recover(path)] == ["late"]
    courier.join()


def test_full_segments_go_once_their_answers_are_stored(path):
    journal, lock = opened(path, segment_bytes=100)
    for key in "abcdef":
        write(journal, key)
    assert len(segments(path)) == 6
    journal.stored(1)
    assert path.stat().st_size == 0  # the first file carries the lock, so it stays
    journal.stored(4)
    os.close(lock)
    assert keys_in(path) == ["e", "f"]
    forget(path)
    assert segments(path) == []


def test_next_courier_leaves_what_the_last_one_wrote(path):
    first, lock = opened(path, segment_bytes=100)
    write(first, "a")
    os.close(lock)
    lock = lock_journal(path)
    second = Journal(path, segment_bytes=100)
    for key in "bcd":
        write(second, key)
    second.stored(3)
    os.close(lock)
    assert keys_in(path) == ["a", "d"]


def test_failed_writing_leaves_no_half_line(path, monkeypatch):
    journal, lock = opened(path)
    write(journal, "a")
    real = os.write

    def half(descriptor, data):
        if len(data) < 60:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:50])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space"):
        write(journal, "b")
    monkeypatch.undo()
    write(journal, "c")
    os.close(lock)
    assert path.read_bytes().count(b"\n") == 3
    assert keys_in(path) == ["a", "c"]


def test_forgotten_journal_is_not_locked_by_somebody_who_waited_for_it(path, monkeypatch):
    """Between opening and locking, another worker removed the file: the lock must be on the one that is there."""
    import fcntl

    real, calls = fcntl.flock, []

    def flock(descriptor, how):
        calls.append(descriptor)
        if len(calls) == 1:
            path.unlink()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    lock = lock_journal(path)
    assert os.fstat(lock).st_ino == path.stat().st_ino
    os.close(lock)
