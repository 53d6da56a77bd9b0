"""Waiting in virtual time."""

from __future__ import annotations

import asyncio


async def a_moment() -> None:
    """Return when everybody else waits: virtual time only passes then."""
    await asyncio.sleep(0.001)


async def seconds_pass(seconds: float) -> None:
    """Let virtual time pass."""
    await asyncio.sleep(seconds)


def now() -> float:
    """Return the loop's time."""
    return asyncio.get_running_loop().time()
