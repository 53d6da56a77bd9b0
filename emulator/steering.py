"""Does to one connection what the control endpoint and scripts ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from emulator import wire
from emulator.actions import Action, GoAway
from emulator.client_socket import ClientGone, ClientSocket, Cut, Ending
from emulator.events import ConversationEvent, Heard
from emulator.record import ConnectionRecord, Utterance
from emulator.wire import Closing

SPEAKING_RATE = 14
"""Characters a second: gives a sentence that was not spoken a length."""
DEADLINE_EXPIRED = Closing(1011, "Deadline expired before operation could complete.")


class Steering:
    """One connection's outside influence."""

    def __init__(
        self,
        client: ClientSocket,
        *,
        end: Callable[[Ending], None],
        tell: Callable[[ConversationEvent], Awaitable[None]],
        record: ConnectionRecord,
    ) -> None:
        """Take what is steered.

        Args:
            client: Its WebSocket.
            end: Ends the connection.
            tell: Tells the conversation that something happened.
            record: Where the sentences are noted that were not spoken.
        """
        self._client = client
        self._end = end
        self._tell = tell
        self._record = record
        self._deadline: asyncio.TimerHandle | None = None
        """When the connection ends after a goAway that was asked for."""
        self._speaks = asyncio.Event()
        self._speaks.set()
        self.generates = True
        """Whether turns come of what is said."""

    async def until_speaking(self) -> None:
        """Wait while the model is mute: what it has to say it says later."""
        await self._speaks.wait()

    def forget_deadline(self) -> None:
        """Let no goAway end a connection that has ended."""
        if self._deadline is not None:
            self._deadline.cancel()

    async def act(self, action: Action) -> None:
        """Do it; raise `ClientGone` if the connection is no longer there for it."""
        if self._client.is_half_open and not action.abort:
            raise ClientGone
        if action.sends:
            await self._send(action)
        elif action.say is not None:
            await self._say(action.say.text)
        else:
            self._disturb(action)

    async def _send(self, action: Action) -> None:
        if action.go_away is not None:
            await self._go_away(action.go_away)
        elif action.send is not None:
            await self._client.send(action.send)
        elif action.send_text is not None:
            await self._client.send_text(action.send_text)
        elif action.send_filler is not None:
            await self._client.send({"filler": "x" * action.send_filler})

    def _disturb(self, action: Action) -> None:
        if action.close is not None:
            self._end(Closing(action.close.code, action.close.reason))
        elif action.abort:
            self._abort()
        elif action.half_open:
            self._client.go_half_open()
            self._end(Cut.HALF_OPEN)
        elif action.stall_reads is not None:
            self._client.stall_reads(action.stall_reads)
        elif action.pong_delay is not None:
            self._client.pongs.delay(action.pong_delay)
        elif action.mute is not None:
            self._mute(action.mute)

    def _abort(self) -> None:
        self._client.abort()
        self._end(Cut.GONE)

    def _mute(self, mute: object) -> None:
        self.generates = mute != "generation"
        if mute is True:
            self._speaks.clear()
        else:
            self._speaks.set()

    async def _go_away(self, asked: str | GoAway) -> None:
        wanted = asked if isinstance(asked, GoAway) else GoAway(asked)
        await self._client.send(wire.go_away(wanted.time_left))
        if wanted.silent:
            self._speaks.clear()
        if wanted.then == "close":
            self._end_in(wanted.seconds, lambda: self._end(DEADLINE_EXPIRED))
        elif wanted.then == "abort":
            self._end_in(wanted.seconds, self._abort)

    def _end_in(self, delay_s: float, end: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + delay_s
        if self._deadline is not None:
            if self._deadline.when() <= deadline:
                return  # told twice, it goes at the earlier time
            self._deadline.cancel()
        self._deadline = loop.call_at(deadline, end)

    async def _say(self, text: str) -> None:
        now = time.time()
        self._record.heard(
            Utterance(text=text, start_ms=None, end_ms=None, ended_at=now, heard_at=now)
        )
        await self._tell(Heard(text, len(text) / SPEAKING_RATE))
