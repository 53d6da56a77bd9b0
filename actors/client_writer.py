"""The supervisor's send side: what waits in the outbox goes to the phone, one frame at a time.

Most of it does not wait: while the phone takes what it is sent, messages are written to its socket
within the callback that brought them about, and together.

It is a task of its own because the phone may take nothing for seconds, and neither Gemini's
function calls nor an admin's orders wait for a phone.
"""

from __future__ import annotations

import asyncio

from actors.mailbox import Mailbox
from actors.outbox import Outbox
from actors.ports import FOR_GOOD, ClientGone, ClientSocket, Tenure
from schemas.messages import ClientStalled, Event
from schemas.server import ServerMessage


class ClientWriter:
    """Writes until the phone is gone or takes nothing for `timeout_s`."""

    __slots__ = ("_inbox", "_outbox", "_socket", "_tenure", "_timeout_s", "_told")

    def __init__(
        self,
        socket: ClientSocket,
        outbox: Outbox,
        inbox: Mailbox[Event],
        *,
        timeout_s: float,
        tenure: Tenure = FOR_GOOD,
    ) -> None:
        self._socket = socket
        self._outbox = outbox
        self._inbox = inbox
        self._timeout_s = timeout_s
        self._tenure = tenure
        self._told: list[ServerMessage] = []

    def tell(self, message: ServerMessage) -> None:
        """Send a message with the next `flush`."""
        self._told.append(message)

    def flush(self) -> None:
        """Send what was told, now if nothing has to be waited for; never waits, never raises.

        What a session has to say that is no longer this process's is not sent.
        """
        if not self._told:
            return
        told, self._told = self._told, []
        if not self._tenure.held:
            return
        if self._outbox.idle:
            encoded = map(self._outbox.encode, told)
            frames = [frame for frame in encoded if frame is not None]
            if not frames or self._socket.send_now(frames):
                return
        for message in told:
            if not self._outbox.put(message):
                self._inbox.put_now(ClientStalled())

    async def run(self) -> None:
        """Return when nothing can be written any more; the client reader tells of a phone gone."""
        try:
            while True:
                frame = await self._outbox.get()
                if not self._tenure.held:
                    self._outbox.abandon()
                    return
                async with asyncio.timeout(self._timeout_s):
                    await self._socket.send(frame)
                self._outbox.sent()
                # A socket that has room lets nobody else run, however much there is to send.
                await asyncio.sleep(0)
        except ClientGone:
            self._outbox.abandon()
        except TimeoutError:
            self._outbox.abandon()
            self._inbox.put_now(ClientStalled())
