import asyncio

from hypothesis import given
from hypothesis import strategies as st

from llm_extract.adapters.pace import Bucket, Pace


@given(
    st.integers(1, 5000),
    st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 60)), min_size=1, max_size=120),
)
def test_no_minute_sees_more_than_its_allowance(per_minute, spends):
    """Whoever waits as told never uses more than the allowance in any 60 seconds (single spends above it apart)."""
    bucket, now, used = Bucket(per_minute, 0.0), 0.0, []
    for pause, share in spends:
        amount = min(share * per_minute / 60, per_minute / 20)
        now += pause
        used.append((now + bucket.spend(amount, now), amount))
    for start, _ in used:
        within = sum(amount for at, amount in used if start <= at < start + 60)
        assert within <= max(per_minute, 1.0) * 1.0001 + 0.5


def test_spenders_are_served_in_the_order_they_came():
    bucket = Bucket(60, 0.0)
    waits = [bucket.spend(1, 0.0) for _ in range(6)]
    assert waits == sorted(waits)
    assert waits[0] == 0
    assert waits[-1] > 1


def test_what_was_not_used_is_there_for_others():
    bucket = Bucket(6000, 0.0)
    bucket.spend(300, 0.0)
    assert bucket.spend(100, 0.0) > 0
    bucket.give_back(300)
    assert bucket.spend(100, 0.0) == 0


def test_complaints_of_one_wave_halve_once_and_answers_bring_it_back():
    now = [0.0]
    pace = Pace(64, clock=lambda: now[0])
    for _ in range(20):  # all sent before the first complaint was heard
        now[0] += 0.01
        pace.slow_down(0.0, None)
    assert pace.allowed == 32
    now[0] += 1
    pace.slow_down(now[0], None)
    assert pace.allowed == 16
    for _ in range(64 * 64):
        pace.went_well()
    assert pace.allowed == 64


def test_never_fewer_than_one_at_once():
    pace = Pace(2)
    for sent in range(10):
        pace.slow_down(1e9 + sent, None)
    assert pace.allowed == 1


def test_stop_ends_every_wait():
    async def scene() -> list[bool]:
        pace = Pace(1, requests_per_minute=1)
        assert await pace.turn(0)
        waiting = [asyncio.create_task(pace.turn(0)) for _ in range(3)]
        pace.leave()
        await asyncio.sleep(0.01)  # one waits for the minute, two for it
        pace.stop()
        return await asyncio.gather(*waiting)

    assert asyncio.run(asyncio.wait_for(scene(), 5)) == [False, False, False]


def test_a_pause_the_server_asked_for_is_kept_by_all():
    async def scene() -> float:
        pace = Pace(4)
        pace.slow_down(0.0, 0.2)
        started = asyncio.get_running_loop().time()
        await asyncio.gather(pace.turn(0), pace.turn(0))
        return asyncio.get_running_loop().time() - started

    assert asyncio.run(scene()) >= 0.19
