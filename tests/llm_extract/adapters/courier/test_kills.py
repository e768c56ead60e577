"""A worker killed at random points loses no answer that was paid for, and asks nothing that was answered."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fakes.llm_replies import said
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import GOOD
from tests.llm_extract.adapters.courier.worker import stored_keys

ROOT = Path(__file__).resolve().parents[4]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT]


def start(server: LlmServer, folder: Path, total: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.llm_extract.adapters.courier.worker", server.base_url, folder, str(total)]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)


def assert_nothing_asked_after_its_answer(server: LlmServer) -> None:
    answered: set[str] = set()
    for chat in server.chats:
        assert chat.digest not in answered, "a question was asked again after its answer was written"
        if chat.is_answered:
            answered.add(chat.digest)


def wait_for_a_point(
    server: LlmServer, worker: subprocess.Popen, chance: random.Random, share: int, *, early: bool
) -> bool:
    """Lets the worker come to a random point: while it starts, or after some questions. Whether it was at work there."""
    if early:
        time.sleep(chance.uniform(0.0, 1.5))
        return False
    seen = len(server.chats) + chance.randint(1, share)
    until = time.monotonic() + 30
    while len(server.chats) < seen and worker.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, 0.1))
    return worker.poll() is None


@pytest.mark.parametrize(("kills", "total"), [(2, 120), pytest.param(20, 1200, marks=pytest.mark.slow)])
def test_killed_workers_lose_nothing_and_pay_nothing_twice(tmp_path, kills, total):
    chance = random.Random(kills)
    killed_at_work = 0
    with LlmServer(said(GOOD), delay_seconds=0.05) as server:
        for number in range(kills):
            worker = start(server, tmp_path, total)
            early = number > 0 and chance.random() < 0.2
            killed_at_work += wait_for_a_point(server, worker, chance, total // kills, early=early)
            # The worker's whole group, as a terminal or a service manager does it.
            os.killpg(worker.pid, SIGNALS[number % len(SIGNALS)])
            worker.wait(10)
        last = start(server, tmp_path, total)
        assert last.wait(120) == 0
        assert_nothing_asked_after_its_answer(server)
        # The courier saw to it that every request that went out came back: none went out twice.
        assert len(server.chats) == sum(server.answered.values()) == total
        assert server.most_in_flight <= 8
    keys = stored_keys(tmp_path)
    assert len(keys) == len(set(keys)) == total
    assert killed_at_work >= kills / 2
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
