"""Task 3: speech and answers, from the uplink to whichever Gemini link is open.

It is the link's only writer and outlives it: while there is none, it parks and the uplink fills.
"""

from __future__ import annotations

import asyncio
from typing import assert_never

from actors.link_slot import LinkSlot
from actors.mailbox import Mailbox
from actors.ports import GeminiLink, LinkClosed
from actors.uplink import UplinkMailbox
from schemas.gemini import AudioStreamEnd, ToolResponse
from schemas.messages import AudioEnded, EndOfAudio, Event


class AudioPump:
    """Sends what the uplink holds, in its order."""

    def __init__(self, uplink: UplinkMailbox, slot: LinkSlot, inbox: Mailbox[Event]) -> None:
        self._uplink = uplink
        self._slot = slot
        self._inbox = inbox

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await self._uplink.wait_filled()
            link = await self._slot.wait_filled()
            try:
                await self._send_next(link)
            except LinkClosed:
                # The link's reader sees the same end and reports it; here it is only not used
                # again. The speech is safe: the uplink keeps it until it is confirmed.
                self._slot.empty(link)

    async def _send_next(self, link: GeminiLink) -> None:
        match self._uplink.take(asyncio.get_running_loop().time()):
            case bytes(pcm):
                await link.send_audio(pcm)
            case EndOfAudio():
                await link.send_control(AudioStreamEnd())
                unheard = self._uplink.holds_unheard_speech()
                await self._inbox.put(AudioEnded(unheard_speech=unheard))
            case ToolResponse() | AudioStreamEnd() as message:
                await link.send_control(message)
            case None:
                pass
            case other:
                assert_never(other)
