"""What tests with real sockets share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.redis_server import RedisServer, redis_server


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Let the processes that tests start be interrupted, even if nobody can interrupt the tests.

    What a shell starts with `&` ignores SIGINT, and so do all processes that it starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test's own, which forgets everything when it is started again."""
    with redis_server(tmp_path) as server:
        yield server
