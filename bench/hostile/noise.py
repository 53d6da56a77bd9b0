"""What goes on around the cases: knocking without a token, and sockets that hold on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from bench.hostile.case import an_address, somebody
from bench.hostile.moves import V2, upgrade
from bench.hostile.service import target
from bench.hostile.talk import text
from bench.hostile.wire import Wire, dial

_KNOCKS_APART_S: Final = 0.02
_SILENT: Final = 100
_BABBLERS: Final = 5
_BABBLE_APART_S: Final = 0.05
_PATIENCE_S: Final = 5.0


class Noise:
    """Attackers that are too simple for a case."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._knocks = self._cut_off = self._said = 0

    def view(self) -> dict[str, int]:
        """Return what was done."""
        return {
            "handshakes without a token": self._knocks,
            "sockets that say nothing": _SILENT,
            "of them cut off": self._cut_off,
            "messages of those who babble": self._said,
        }

    def parts(self) -> list[Coroutine[Any, Any, None]]:
        """Return what to run until cancelled."""
        silent = [self._hold() for _ in range(_SILENT)]
        return [self._knock(), *silent, *(self._babble() for _ in range(_BABBLERS))]

    async def _knock(self) -> None:
        while True:
            wire = await dial(self._port, source=an_address())
            await wire.send(upgrade(target(self._port), f"/ws/{somebody()}", offered=V2))
            await wire.answer(within_s=_PATIENCE_S)
            wire.reset()
            self._knocks += 1
            await asyncio.sleep(_KNOCKS_APART_S)

    async def _hold(self) -> None:
        """Begin a request and never end it; come back when cut off."""
        while True:
            wire = await dial(self._port, source=an_address())
            try:
                await wire.send(b"GET /ws/anna HTTP/1.1\r\nHost: ")
                while not wire.ended:
                    await asyncio.sleep(1)
                self._cut_off += 1
            finally:
                wire.reset()

    async def _babble(self) -> None:
        """Connect with a token and send pings, as fast as is still allowed."""
        while True:
            user = somebody()
            wire = await dial(self._port, source=an_address())
            try:
                attacked = target(self._port)
                bearer = attacked.token(user)
                await wire.send(upgrade(attacked, f"/ws/{user}", bearer=bearer))
                await wire.answer(within_s=_PATIENCE_S)
                await self._ping(wire)
            finally:
                wire.reset()

    async def _ping(self, wire: Wire) -> None:
        while not wire.ended:
            await wire.send(text({"type": "ping"}))
            wire.received.clear()
            self._said += 1
            await asyncio.sleep(_BABBLE_APART_S)
