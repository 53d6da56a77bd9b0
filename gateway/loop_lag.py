"""How late the event loop is: whatever blocks it makes every session's speech wait."""

from __future__ import annotations

import asyncio
from typing import Final

from actors.tally import Histogram

_EVERY_S: Final = 0.25


async def watch_loop(lag: Histogram) -> None:
    """Observe how late a timer is, four times a second, until cancelled."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + _EVERY_S
        await asyncio.sleep(_EVERY_S)
        lag.observe(max(0.0, clock() - due))
