"""Tests for `gateway.serving_store`: which store there is decides whether there are others."""

from __future__ import annotations

from actors.registry import SessionRegistry
from gateway.cluster.alone import Alone
from gateway.cluster.membership import Membership
from gateway.cluster.store import RedisStore
from gateway.memory_store import MemoryStore
from gateway.serving_store import open_redis, open_store
from gateway.settings import Settings
from tests.support.recording_observer import RecordingObserver


def stay() -> None:
    """Do not go."""


async def test_without_redis_sessions_are_kept_in_memory_and_the_instance_is_alone() -> None:
    settings, observer = Settings.from_environment({}), RecordingObserver()
    redis = open_redis(settings, observer)
    assert redis is None
    store, member = open_store(
        settings, observer, redis, instance="one", registry=SessionRegistry(), leave=stay
    )
    assert isinstance(store, MemoryStore)
    assert isinstance(member, Alone)
    await store.keep()


async def test_with_redis_the_store_asks_the_other_instances_that_there_may_be() -> None:
    settings = Settings.from_environment({"SESSION_STORE": "redis://127.0.0.1:1/0"})
    observer = RecordingObserver()
    redis = open_redis(settings, observer)
    store, member = open_store(
        settings, observer, redis, instance="one", registry=SessionRegistry(), leave=stay
    )
    assert isinstance(store, RedisStore)
    assert isinstance(member, Membership)
    assert store.hand_over is member.hand_over
    assert member.tenure().held
