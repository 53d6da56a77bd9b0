"""What the session store in Redis does that no other one has to: instances, faults, counters."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from actors.ports import Fenced, Forgotten, Kept, StoreUnavailable, Totals
from bench.redis_server import RedisServer
from gateway.cluster.shared import SharedRedis
from gateway.cluster.store import DAY_MS, LIVE_MS, Day
from gateway.telemetry import session_lines
from tests.support.a_log import Log, restored_logging
from tests.support.instances import NOON, Instance, instance
from tests.support.moments import seconds_pass
from tests.support.relay import Relay

DAY_S = 86_400


@pytest.fixture
async def one(redis: RedisServer) -> AsyncGenerator[Instance, None]:
    async with instance(redis.url, "one") as opened:
        yield opened


@pytest.fixture
async def two(redis: RedisServer) -> AsyncGenerator[Instance, None]:
    async with instance(redis.url, "two") as opened:
        yield opened


async def keys_of(one: Instance) -> dict[str, int]:
    """Return every key with the milliseconds after which it expires, negative for never."""
    keys = [key.decode() for key in await one.redis.call("KEYS", "*")]
    return {key: await one.redis.call("PTTL", key) for key in keys}


async def begun(one: Instance, *steps: bytes) -> None:
    """Begin ala's session s1, which t1 resumes."""
    await one.store.create("s1", "ala", "t1", b"begun")
    for step in steps:
        await one.store.append("s1", step)


# Several instances.


async def test_what_one_instance_parked_another_goes_on_with(one: Instance, two: Instance) -> None:
    await begun(one, b"one")
    await one.store.park("s1", None)
    assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"begun", (b"one",))
    await two.store.append("s1", b"two")
    await two.store.park("s1", None)
    assert await one.store.resume("ala", "t2", "t3") == Kept("s1", b"begun", (b"one", b"two"))
    assert one.store.view().live == 1
    assert two.store.view().live == 0


async def test_an_owner_that_was_replaced_changes_nothing(one: Instance, two: Instance) -> None:
    for write in ("append", "save", "park", "park as kept", "settle", "drop"):
        await begun(one, b"one")
        assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"begun", (b"one",))
        calls = {
            "append": lambda: one.store.append("s1", b"two"),
            "save": lambda: one.store.save("s1", b"later"),
            "park": lambda: one.store.park("s1", b"later"),
            "park as kept": lambda: one.store.park("s1", None),
            "settle": lambda: one.store.settle("s1"),
            "drop": lambda: one.store.drop("s1"),
        }
        with pytest.raises(Fenced):
            await calls[write]()
        assert one.store.view().live == 0
        await two.store.append("s1", b"three")
        await two.store.park("s1", None)
        assert await two.store.resume("ala", "t2", "t3") == Kept("s1", b"begun", (b"one", b"three"))
        await two.store.drop("s1")


async def test_who_was_replaced_once_is_told_each_time(one: Instance, two: Instance) -> None:
    await begun(one)
    await two.store.resume("ala", "t1", "t2")
    for _ in range(2):
        with pytest.raises(Fenced):
            await one.store.append("s1", b"one")


async def test_the_owner_is_asked_to_park_before_its_session_is_taken(
    one: Instance, two: Instance
) -> None:
    asked: list[tuple[str, str, str]] = []

    async def hand_over(owner: str, user_id: str, session_id: str) -> None:
        asked.append((owner, user_id, session_id))
        await one.store.park(session_id, b"parked for two")

    two.store.hand_over = hand_over
    await begun(one, b"one")
    assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"parked for two", ())
    assert asked == [("one", "ala", "s1")]
    assert two.observer.noted("session_taken_over") == [{"owner": "one"}]


async def test_an_owner_that_does_not_answer_loses_its_session(
    one: Instance, two: Instance
) -> None:
    async def hand_over(_owner: str, _user_id: str, _session_id: str) -> None:
        """Wait for nobody."""

    two.store.hand_over = hand_over
    await begun(one, b"one")
    assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"begun", (b"one",))


async def test_a_session_that_was_taken_by_a_third_meanwhile_is_asked_for_there(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    asked: list[str] = []
    async with instance(redis.url, "three") as three:

        async def hand_over(owner: str, _user_id: str, _session_id: str) -> None:
            asked.append(owner)
            if owner == "one":
                await three.store.resume("ala", "t1", "t3")

        two.store.hand_over = hand_over
        await begun(one)
        assert await two.store.resume("ala", "t1", "t2") is not None
        assert asked == ["one", "three"]
        with pytest.raises(Fenced):
            await three.store.append("s1", b"one")


async def test_a_session_that_never_stops_changing_hands_can_be_asked_for_again(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    names = iter("abcdef")

    async def hand_over(_owner: str, _user_id: str, _session_id: str) -> None:
        async with instance(redis.url, next(names)) as another:
            await another.store.resume("ala", "t1", "t3")

    two.store.hand_over = hand_over
    await begun(one)
    with pytest.raises(StoreUnavailable):
        await two.store.resume("ala", "t1", "t2")


async def test_an_instance_that_forgot_its_session_takes_it(
    one: Instance, redis: RedisServer
) -> None:
    await begun(one, b"one")
    async with instance(redis.url, "one") as again:
        assert await again.store.resume("ala", "t1", "t2") == Kept("s1", b"begun", (b"one",))


async def test_an_older_connection_here_that_has_not_found_out_does_not_get_the_new_fence(
    one: Instance, two: Instance
) -> None:
    await begun(one)
    await two.store.resume("ala", "t1", "t2")
    await two.store.park("s1", b"from two")
    with pytest.raises(StoreUnavailable):
        await one.store.resume("ala", "t2", "t3")
    with pytest.raises(Fenced):
        await one.store.append("s1", b"from the older connection")
    assert await one.store.resume("ala", "t2", "t3") == Kept("s1", b"from two", ())


# Keys.


async def test_every_key_expires_and_is_the_users(one: Instance) -> None:
    await begun(one, b"one")
    live = await keys_of(one)
    assert set(live) == {
        "gw:{ala}:s:s1",
        "gw:{ala}:s:s1:steps",
        "gw:{ala}:t:t1",
        "gw:{ala}:day:2026-09-21",
    }
    assert all(0 < ttl <= LIVE_MS for key, ttl in live.items() if ":day:" not in key)
    assert LIVE_MS < live["gw:{ala}:day:2026-09-21"] <= DAY_MS
    await one.store.park("s1", None)
    parked = await keys_of(one)
    assert set(parked) == {*live, "gw:{ala}:parked"}
    assert all(0 < ttl <= 600_000 for key, ttl in parked.items() if ":day:" not in key)


async def test_a_session_that_is_written_lives_on_as_a_whole(one: Instance) -> None:
    await begun(one, b"one")
    for key in await keys_of(one):
        await one.redis.call("PEXPIRE", key, 60_000)
    await one.store.append("s1", b"two")
    keys = await keys_of(one)
    assert all(ttl > LIVE_MS - 60_000 for key, ttl in keys.items() if ":day:" not in key)


async def test_what_is_parked_for_less_shortens_nothing(one: Instance, redis: RedisServer) -> None:
    await begun(one)
    await one.store.park("s1", None)
    async with instance(redis.url, "brief", window_s=60) as brief:
        await brief.store.create("s2", "ala", "t8", b"another")
        await brief.store.park("s2", None)
    assert (await keys_of(one))["gw:{ala}:parked"] > 500_000


async def test_nothing_is_left_of_a_session_that_was_dropped(one: Instance) -> None:
    await begun(one, b"one")
    await one.store.park("s1", None)
    await one.store.resume("ala", "t1", "t2")
    await one.store.drop("s1")
    assert [key for key in await keys_of(one) if ":day:" not in key] == []


async def test_a_product_is_one_command(one: Instance, redis: RedisServer) -> None:
    await begun(one, b"one")
    before = redis.info("commandstats")["cmdstat_evalsha"]
    for _ in range(10):
        await one.store.append("s1", b"two")
    after = redis.info("commandstats")["cmdstat_evalsha"]
    calls = [int(stats.split(",")[0].removeprefix("calls=")) for stats in (before, after)]
    assert calls[1] - calls[0] == 10


# What a user has come to on a day.


async def test_a_day_is_counted_once_however_often_a_session_is_stored(
    one: Instance, two: Instance
) -> None:
    assert await one.store.day("ala") == Day()
    await begun(one)
    assert await one.store.day("ala") == Day(sessions=1)
    await one.store.save("s1", b"saved", Totals(products=3, audio_ms=5_000))
    await one.store.save("s1", b"saved", Totals(products=3, audio_ms=5_000))
    await one.store.park("s1", b"parked", Totals(products=4, audio_ms=7_500))
    await two.store.resume("ala", "t1", "t2")
    await two.store.park("s1", b"parked", Totals(products=4, audio_ms=7_500))
    await two.store.create("s2", "ala", "t9", b"another")
    assert await two.store.day("ala") == Day(sessions=2, products=4, audio_ms=7_500)
    assert await two.store.day("ola") == Day()


async def test_a_session_counts_on_the_day_on_which_it_is_stored(redis: RedisServer) -> None:
    at = [NOON]
    async with instance(redis.url, wall_clock=lambda: at[0]) as one:
        await begun(one)
        await one.store.save("s1", b"saved", Totals(products=3))
        at[0] += DAY_S
        await one.store.park("s1", b"parked", Totals(products=5))
        assert await one.store.day("ala") == Day(products=2)
        at[0] -= DAY_S
        assert await one.store.day("ala") == Day(sessions=1, products=3)


# A Redis that forgets.


async def test_a_live_session_survives_that_redis_is_emptied(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    await begun(one, b"one")
    redis.flush()
    with pytest.raises(Forgotten):
        await one.store.append("s1", b"two")
    with pytest.raises(Forgotten):
        await one.store.append("s1", b"two")
    await one.store.save("s1", b"whole")
    await one.store.append("s1", b"three")
    await one.store.park("s1", None)
    assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"whole", (b"three",))


async def test_what_redis_forgot_is_parked_whole(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    await begun(one, b"one")
    redis.flush()
    await one.store.settle("s1")
    await one.store.park("s1", b"whole")
    assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"whole", ())
    redis.flush()
    await two.store.park("s1", None)
    assert await one.store.resume("ala", "t2", "t3") is None


async def test_a_session_that_lost_a_step_is_stored_whole(one: Instance) -> None:
    await begun(one, b"one", b"two")
    await one.redis.call("DEL", "gw:{ala}:s:s1:steps")
    with pytest.raises(Forgotten):
        await one.store.append("s1", b"three")


async def test_what_an_older_owner_stores_after_a_flush_gives_way_to_the_newer_one(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    await begun(one)
    await two.store.resume("ala", "t1", "t2")
    redis.flush()
    await one.store.save("s1", b"of old")
    with pytest.raises(Forgotten):
        await two.store.append("s1", b"one")
    await two.store.save("s1", b"of the owner")
    with pytest.raises(Fenced):
        await one.store.append("s1", b"one")
    await two.store.park("s1", None)
    assert await one.store.resume("ala", "t2", "t3") == Kept("s1", b"of the owner", ())


# A Redis that is away.


async def test_a_redis_that_is_away_is_told_of_once_and_costs_no_time(
    one: Instance, redis: RedisServer
) -> None:
    await begun(one)
    redis.stop()
    await one.finds_redis_away()
    for _ in range(100):
        with pytest.raises(StoreUnavailable):
            await one.store.save("s1", b"later")
    view = one.store.view()
    assert (view.kind, view.available) == ("redis", False)
    assert view.problem is not None
    redis.start()
    await one.finds_redis_back()
    assert len(one.observer.noted("redis_away")) == 1
    assert len(one.observer.noted("redis_back")) == 1


async def test_a_redis_that_a_session_finds_away_is_away_for_all() -> None:
    with restored_logging():
        log = Log("INFO")
        redis = SharedRedis("redis://127.0.0.1:1", log.observer)
        with session_lines(session_id="s-1", user_id="anna"), pytest.raises(StoreUnavailable):
            await redis.call("PING")
        (line,) = log.lines
    assert line["message"] == "redis_away"
    assert not line.keys() & {"session_id", "user_id"}


async def test_a_session_that_is_left_meanwhile_is_stored_when_redis_is_back(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    await begun(one, b"one")
    redis.stop()
    await one.store.park("s1", b"parked", Totals(products=2))
    assert (one.store.view().owed, one.store.view().live) == (1, 0)
    assert one.store.view().parked_bytes == len(b"parked")
    redis.start()
    await one.finds_redis_back()
    assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"parked", ())
    assert await one.store.day("ala") == Day(sessions=1, products=2)


async def test_a_session_that_redis_never_had_is_stored_when_it_is_back(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    redis.stop()
    with pytest.raises(StoreUnavailable):
        await one.store.create("s1", "ala", "t1", b"begun")
    await one.store.park("s1", b"parked")
    redis.start()
    await one.finds_redis_back()
    assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"parked", ())


async def test_a_session_that_is_left_meanwhile_can_be_resumed_here(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    await begun(one, b"one")
    redis.stop()
    await one.store.park("s1", b"parked")
    with pytest.raises(StoreUnavailable):
        await two.store.resume("ala", "t1", "t9")
    with pytest.raises(StoreUnavailable):
        await one.store.resume("ola", "t1", "t2")
    assert await one.store.resume("ala", "t1", "t2") == Kept("s1", b"parked", ())
    assert (one.store.view().owed, one.store.view().live) == (0, 1)
    with pytest.raises(Forgotten):
        await one.store.append("s1", b"two")
    redis.start()
    await one.finds_redis_back()
    await one.store.save("s1", b"whole")
    await one.store.append("s1", b"three")
    await one.store.park("s1", None)
    await two.finds_redis_back()
    assert await two.store.resume("ala", "t2", "t9") == Kept("s1", b"whole", (b"three",))


async def test_what_is_owed_is_paid_before_it_is_resumed(redis: RedisServer) -> None:
    async with instance(redis.url) as one:
        await begun(one)
        redis.stop()
        await one.store.park("s1", b"parked")
        redis.start()
        await one.until(lambda: one.redis.available)
        assert await one.store.resume("ala", "t1", "t2") == Kept("s1", b"parked", ())
        await one.store.append("s1", b"one")


async def test_a_session_that_is_dropped_meanwhile_cannot_be_resumed_afterwards(
    one: Instance, redis: RedisServer
) -> None:
    await begun(one)
    redis.pause()
    with pytest.raises(StoreUnavailable):
        await one.store.drop("s1")
    assert await one.store.resume("ala", "t1", "t2") is None
    redis.go_on()
    await one.finds_redis_back()
    assert await one.store.resume("ala", "t1", "t2") is None


async def test_what_is_owed_expires_and_so_does_what_was_paid(redis: RedisServer) -> None:
    async with instance(redis.url, window_s=0.2) as one:
        await begun(one)
        redis.stop()
        await one.store.park("s1", b"parked")
        await one.until(lambda: not one.store.view().owed)
        redis.start()
        await one.until(lambda: one.redis.available)
        assert await one.store.resume("ala", "t1", "t2") is None


async def test_what_is_owed_is_bounded(redis: RedisServer) -> None:
    async with instance(redis.url, most_owed=2) as one:
        for at in range(3):
            await one.store.create(f"s{at}", f"user{at}", "t", b"begun")
        redis.stop()
        for at in range(3):
            await one.store.park(f"s{at}", b"parked")
        assert one.store.view().owed == 2
        redis.start()
        await one.finds_redis_back()
        kept = [await one.store.resume(f"user{at}", "t", "t2") for at in range(3)]
        assert kept == [None, Kept("s1", b"parked", ()), Kept("s2", b"parked", ())]


async def test_a_session_that_broke_meanwhile_is_owed_nothing(
    one: Instance, redis: RedisServer
) -> None:
    await begun(one)
    redis.stop()
    with pytest.raises(StoreUnavailable):
        await one.store.park("s1", None)
    assert (one.store.view().owed, one.store.view().live) == (0, 0)


async def test_what_is_owed_of_a_session_that_another_has_by_now_is_forgotten(
    two: Instance, redis: RedisServer
) -> None:
    async with Relay.to(redis.url) as relay, instance(relay.url.replace("ws", "redis")) as one:
        await begun(one)
        relay.cut()
        await one.store.park("s1", b"parked")
        assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"begun", ())
        relay.mend()
        await one.finds_redis_back()
        assert one.observer.noted("owed_session_fenced") == [{}]
        await two.store.append("s1", b"one")


async def test_a_redis_that_stands_still_is_away_until_it_goes_on(
    one: Instance, redis: RedisServer
) -> None:
    await begun(one, b"one")
    redis.pause()
    with pytest.raises(StoreUnavailable):
        await one.store.append("s1", b"two")
    redis.go_on()
    await one.finds_redis_back()
    # It may have been carried out after all.
    with pytest.raises(Forgotten):
        await one.store.append("s1", b"three")
    await one.store.save("s1", b"whole")
    await one.store.park("s1", None)
    assert await one.store.resume("ala", "t1", "t2") == Kept("s1", b"whole", ())


async def test_a_redis_that_takes_no_writes_is_away_until_it_does(
    one: Instance, two: Instance
) -> None:
    await begun(one)
    await two.redis.call("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreUnavailable):
        await one.store.append("s1", b"one")
    with pytest.raises(StoreUnavailable):
        await two.store.create("s2", "ola", "t1", b"begun")
    assert one.redis.problem == "Redis: OutOfMemoryError"
    await seconds_pass(0.2)
    assert one.observer.noted("redis_back") == []
    async with instance(one.url, "three") as three:
        await three.redis.call("CONFIG", "SET", "maxmemory", "0")
    await one.finds_redis_back()
    await one.store.save("s1", b"whole")


async def test_a_redis_that_was_started_again_and_forgot_has_live_sessions_again(
    one: Instance, two: Instance, redis: RedisServer
) -> None:
    await begun(one, b"one")
    redis.restart()
    with pytest.raises(Forgotten):
        await one.store.append("s1", b"two")
    await one.store.save("s1", b"whole")
    assert await two.store.resume("ala", "t1", "t2") == Kept("s1", b"whole", ())
