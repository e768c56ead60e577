"""The broker in a folder: whole messages, each taken once, oldest first."""

import threading
from queue import Empty

import pytest
from kombu import Connection

from core.adapters.folder_broker import Transport, transport_options


@pytest.fixture
def connect(tmp_path):
    """Opens a channel on the folder, as another process would."""
    connections = []

    def open_channel():
        connection = Connection("filesystem://", transport=Transport, transport_options=transport_options(tmp_path))
        connections.append(connection)
        return connection.default_channel

    yield open_channel
    for connection in connections:
        connection.release()


def test_messages_come_in_order_and_once(connect):
    sender, receiver = connect(), connect()
    for number in range(5):
        sender._put("jobs", {"n": number})
    assert [receiver._get("jobs")["n"] for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(Empty):
        receiver._get("jobs")


def test_message_of_another_queue_is_left_alone(connect):
    channel = connect()
    channel._put("others", {"n": 1})
    with pytest.raises(Empty):
        channel._get("jobs")
    assert channel._get("others") == {"n": 1}


def test_half_written_message_is_not_seen(connect, tmp_path):
    channel = connect()
    (tmp_path / "messages" / "00000000000000000001_x.jobs.msg.part").write_text('{"n":')
    with pytest.raises(Empty):
        channel._get("jobs")


def test_message_waits_for_a_worker_that_starts_later(connect):
    connect()._put("jobs", {"run_id": 7})
    assert connect()._get("jobs") == {"run_id": 7}


def test_folder_is_private(connect, tmp_path):
    connect()
    assert (tmp_path / "messages").stat().st_mode & 0o777 == 0o700


def test_many_workers_take_each_message_once(connect):
    sender, taken = connect(), []
    for number in range(200):
        sender._put("jobs", {"n": number})

    def work(channel) -> None:
        while True:
            try:
                taken.append(channel._get("jobs")["n"])
            except Empty:
                return

    threads = [threading.Thread(target=work, args=[connect()]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(200))
