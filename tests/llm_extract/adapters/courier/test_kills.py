"""A worker killed at random points loses no answer that was paid for, and asks nothing that was answered."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fakes.llm_replies import said
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import GOOD
from tests.llm_extract.adapters.courier.worker import stored_keys

ROOT = Path(__file__).resolve().parents[4]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT]


QUICK, SLOW = 0.05, 0.5  # seconds to an answer


def start(server: LlmServer, folder: Path, total: int) -> subprocess.Popen:
    """A worker. Until it is about to ask, answers take long: the courier before it must not use them up meanwhile."""
    server.delay_seconds = SLOW
    mark = _mark(folder)
    mark.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "tests.llm_extract.adapters.courier.worker",
        server.base_url,
        folder,
        str(total),
        mark,
    ]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)


def _mark(folder: Path) -> Path:
    return folder.with_name("at work")


def assert_nothing_asked_after_its_answer(server: LlmServer) -> None:
    answered: set[str] = set()
    for chat in server.chats:
        assert chat.digest not in answered, "a question was asked again after its answer was written"
        if chat.is_answered:
            answered.add(chat.digest)


def _wait_until_gone(worker: subprocess.Popen) -> None:
    """Ctrl-C while modules are still being imported can be swallowed by one of them; then whoever pressed it kills."""
    try:
        worker.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(15)


def wait_for_a_point(
    server: LlmServer, worker: subprocess.Popen, folder: Path, chance: random.Random, share: int, *, early: bool
) -> bool:
    """Lets the worker come to a random point: while it starts, or after some questions. Whether it was at work there."""
    if early:
        time.sleep(chance.uniform(0.0, 1.5))
        return False
    until = time.monotonic() + 30
    while not _mark(folder).exists() and worker.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    server.delay_seconds = QUICK
    seen = len(server.chats) + chance.randint(1, share)
    while len(server.chats) < seen and worker.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, 0.1))
    return worker.poll() is None


@pytest.mark.parametrize(("kills", "total"), [(2, 120), pytest.param(20, 1200, marks=pytest.mark.slow)])
def test_killed_workers_lose_nothing_and_pay_nothing_twice(tmp_path, kills, total):
    chance = random.Random(kills)
    killed_at_work = 0
    folder = tmp_path / "run"
    folder.mkdir()
    with LlmServer(said(GOOD)) as server:
        for number in range(kills):
            worker = start(server, folder, total)
            early = number > 0 and chance.random() < 0.2
            killed_at_work += wait_for_a_point(server, worker, folder, chance, total // kills, early=early)
            # The worker's whole group, as a terminal or a service manager does it.
            with suppress(ProcessLookupError):  # it may be done, and gone, by the time the signal is sent
                os.killpg(worker.pid, SIGNALS[number % len(SIGNALS)])
            _wait_until_gone(worker)
        last = start(server, folder, total)
        server.delay_seconds = QUICK
        assert last.wait(120) == 0
        assert_nothing_asked_after_its_answer(server)
        # The courier saw to it that every request that went out came back: none went out twice.
        assert len(server.chats) == sum(server.answered.values()) == total
        assert server.most_in_flight <= 8
    keys = stored_keys(folder)
    assert len(keys) == len(set(keys)) == total
    assert killed_at_work >= kills / 2
    assert [path.name for path in folder.iterdir()] == ["store"]
