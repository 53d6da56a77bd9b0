"""Task 2: one Gemini link from its opening to its end, and everything Gemini says on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from actors.commands import OpenLink
from actors.link_slot import LinkSlot
from actors.mailbox import Mailbox
from actors.ports import GeminiConnector, GeminiLink, LinkClosed
from actors.signal import Signal
from schemas.gemini import GeminiMessage
from schemas.messages import Event, GeminiSaid, LinkEnded, LinkOpened

HandleNow: TypeAlias = Callable[[Sequence[Event]], int]
"""Deals with events at once, and returns how many: those behind them have to wait in the inbox."""


class GeminiReader:
    """Owns a link: the link's life is the life of one `run`.

    It waits for the supervisor's inbox only, which is emptied whatever the phone does, so that
    the link's pings are always answered.
    """

    __slots__ = ("_connector", "_inbox", "_slot")

    def __init__(self, connector: GeminiConnector, slot: LinkSlot, inbox: Mailbox[Event]) -> None:
        self._connector = connector
        self._slot = slot
        self._inbox = inbox

    async def run(
        self,
        order: OpenLink,
        older: Collection[Signal],
        handle_now: HandleNow,
    ) -> None:
        """Open a link and read it until it ends; `LinkEnded` is then the last message put.

        Cancelling closes the link and puts nothing.

        Args:
            order: says which link.
            older: set when older runs are over: Gemini refuses to resume a session whose older
                socket is still open. They are not the tasks themselves: one that was cancelled
                keeps what its frames knew, and each would keep the one before it.
            handle_now: deals with as much of what Gemini says as has not to wait.
        """
        for run_over in older:
            await run_over.wait()
        await asyncio.sleep(order.delay_s)
        try:
            async with self._connector.connect(order.request) as link:
                await self._inbox.put(LinkOpened(link=order.link))
                await self._read(link, order.link, handle_now)
        except LinkClosed as exc:
            ended = LinkEnded(
                link=order.link, code=exc.code, reason=exc.reason, closed_by=exc.closed_by
            )
            await self._inbox.put(ended)

    async def _read(self, link: GeminiLink, number: int, handle_now: HandleNow) -> None:
        self._slot.fill(link)
        try:
            while True:
                message: GeminiMessage | None = await link.receive()
                said: list[Event] = []
                while message is not None:
                    said.append(GeminiSaid(link=number, message=message))
                    message = link.receive_now()
                for event in said[handle_now(said) :]:
                    await self._inbox.put(event)
        finally:
            self._slot.empty(link)
