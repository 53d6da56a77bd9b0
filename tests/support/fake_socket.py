"""A phone's WebSocket in memory, with the phone's end in the test's hand."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from actors.ports import ClientGone, Taker


@dataclass(frozen=True, slots=True)
class Closing:
    """How and when the session closed the socket."""

    code: int
    reason: str
    at: float


class FakeSocket:
    """Satisfies `actors.ports.ClientSocket`."""

    def __init__(self) -> None:
        self.heard: list[dict[str, object]] = []
        self.sounds: list[bytes] = []
        self.closings: list[Closing] = []
        self.closing_takes_s = 0.0
        self.answers_closing = True
        """It answers a close frame before it says anything else."""
        self._frames: deque[str | bytes] = deque()
        self._taker: Taker | None = None
        self._gone: int | None = None
        self._changed = asyncio.Event()
        self._taking = asyncio.Event()
        self._taking.set()

    # The phone's end.

    def sends(self, *frames: str | bytes) -> None:
        """Send frames as they are; they are of one kind, and arrive together."""
        taken = 0
        if self._taker is not None and not self._frames and self._gone is None:
            text = isinstance(frames[0], str)
            payloads = [each.encode() if isinstance(each, str) else each for each in frames]
            taken = self._taker(payloads, text=text)
        self._frames.extend(frames[taken:])
        self._changed.set()

    def says(self, kind: str, **fields: object) -> None:
        """Send a message."""
        self.sends(json.dumps({"type": kind, **fields}))

    def speaks(self, *pcm: bytes) -> None:
        """Send speech, one message for each piece."""
        for piece in pcm:
            self.says("audio_chunk", audio_data=base64.b64encode(piece).decode())

    def leaves(self, code: int = 1001) -> None:
        """Close, or vanish with 1006; what was sent before can still be read."""
        if self._gone is None:
            self._gone = code
        self._changed.set()
        self._taking.set()

    def takes_nothing(self) -> None:
        """Let the session's frames wait."""
        self._taking.clear()

    def takes_again(self) -> None:
        """Take what waits and what comes."""
        self._taking.set()

    def told(self, kind: str) -> list[dict[str, object]]:
        """Return the messages of one type that arrived."""
        return [message for message in self.heard if message["type"] == kind]

    @property
    def statuses(self) -> list[object]:
        """The statuses that arrived."""
        return [message["status"] for message in self.told("status")]

    @property
    def errors(self) -> list[object]:
        """The error texts that arrived."""
        return [message["message"] for message in self.told("error")]

    @property
    def products(self) -> list[object]:
        """The products that arrived."""
        return [message["product"] for message in self.told("product_detected")]

    @property
    def closed(self) -> tuple[int, str] | None:
        """Code and reason with which the session closed the socket, if it did."""
        return (self.closings[0].code, self.closings[0].reason) if self.closings else None

    # The session's end.

    def offer_to(self, taker: Taker | None) -> None:
        """Offer frames when they are sent, unless others wait."""
        self._taker = taker

    async def receive(self) -> str | bytes:
        """Return the next frame, or raise `ClientGone`."""
        while not self._frames:
            if self._gone is not None:
                raise ClientGone(self._gone)
            self._changed.clear()
            await self._changed.wait()
        return self._frames.popleft()

    async def send(self, frame: str | bytes) -> None:
        """Deliver a frame when the phone takes one, or raise `ClientGone`."""
        await self._taking.wait()
        if self._gone is not None or self.closings:
            raise ClientGone(self._gone or self.closings[0].code)
        self._deliver(frame)

    def _deliver(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.sounds.append(frame)
        else:
            self.heard.append(json.loads(frame))

    def send_now(self, frames: Sequence[str | bytes]) -> bool:
        """Deliver frames, unless the phone takes none or has gone."""
        if not self._taking.is_set() or self._gone is not None or self.closings:
            return False
        for frame in frames:
            self._deliver(frame)
        return True

    async def hang_up(self, code: int, reason: str) -> None:
        """Close, and go on receiving until the phone has answered."""
        if self._gone is None and not self.closings:
            self.closings.append(Closing(code, reason, asyncio.get_running_loop().time()))
            if self.answers_closing:
                self.leaves(code)

    async def close(self, code: int, reason: str) -> None:
        """Close, unless it is closed already."""
        if self._gone is None and not self.closings:
            self._gone = code
            self.closings.append(Closing(code, reason, asyncio.get_running_loop().time()))
            self._changed.set()
            self._taking.set()
            await asyncio.sleep(self.closing_takes_s)
