from __future__ import annotations

import asyncio

import pytest

from actors.tally import LAG_S, Histogram
from gateway.loop_lag import watch_loop
from tests.support.moments import seconds_pass


async def test_a_loop_that_is_on_time_has_no_lag_and_is_looked_at_four_times_a_second() -> None:
    lag = Histogram(LAG_S)
    task = asyncio.create_task(watch_loop(lag))
    await seconds_pass(10)
    task.cancel()
    await asyncio.wait([task])
    assert sum(lag.buckets) == pytest.approx(40, abs=1)
    assert lag.total == pytest.approx(0, abs=0.01)
