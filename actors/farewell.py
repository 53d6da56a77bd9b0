"""How a phone's connection ends: the phone gets what it was told, then its socket is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from actors.client_writer import ClientWriter
from actors.commands import CloseClient, HangUp
from actors.outbox import Outbox
from actors.ports import ClientSocket, Observer
from schemas.close_codes import CloseCode

_TAKEN_S: Final = 2.0
"""How long a phone may take for the last messages before its socket is closed."""
_REFUSING: Final = {
    CloseCode.POLICY_VIOLATION: "violations",
    CloseCode.TOO_SLOW: "too_slow",
    CloseCode.IDLE: "idle",
    CloseCode.TOO_OLD: "age",
    CloseCode.SPENT: "budget",
    CloseCode.TOO_FAST: "too_fast",
}
"""Close codes that are refusals, and what they are counted as."""


class Farewell:
    """Takes leave of one phone.

    Attributes:
        order: how its socket is closed; `None` until somebody says.
    """

    __slots__ = ("_hung_up", "_observer", "_outbox", "_refused", "_socket", "_writer", "order")

    def __init__(
        self,
        socket: ClientSocket,
        outbox: Outbox,
        writer: ClientWriter,
        *,
        observer: Observer,
        refused: Callable[[str], None],
    ) -> None:
        self._socket = socket
        self._outbox = outbox
        self._writer = writer
        self._observer = observer
        self._refused = refused
        self.order: CloseClient | None = None
        self._hung_up: str | None = None

    @property
    def reason(self) -> str | None:
        """Why its socket is closed, as the phone is told; `None` if the phone closes it."""
        return self._hung_up if self.order is None else self.order.reason

    async def say(self) -> None:
        """Let the phone take what still waits for it, if its socket is to be closed."""
        if self.order is None:
            return
        if self.order.code in _REFUSING:
            self._refused(_REFUSING[self.order.code])
        await self._taken()

    async def hang_up(self, order: HangUp) -> None:
        """Let the phone take what still waits for it, then send the close frame."""
        await self._taken()
        self._hung_up = order.reason
        await self._socket.hang_up(order.code, order.reason)

    async def close_socket(self, order: CloseClient) -> None:
        """Close the phone's socket."""
        self._writer.flush()
        try:
            async with asyncio.timeout(_TAKEN_S):
                await self._socket.close(order.code, order.reason)
        except TimeoutError:
            self._observer.warn("close_not_taken", code=order.code)

    async def _taken(self) -> None:
        try:
            async with asyncio.timeout(_TAKEN_S):
                await self._outbox.wait_drained()
        except TimeoutError:
            self._observer.warn("messages_not_taken", waiting=self._outbox.view().depth)
