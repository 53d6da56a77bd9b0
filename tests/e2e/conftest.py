"""What tests with real sockets share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.redis_server import RedisServer, redis_server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test's own, which forgets everything when it is started again."""
    with redis_server(tmp_path) as server:
        yield server
