"""Gemini links in memory, with Gemini's end in the test's hand."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from actors.ports import LinkClosed, LinkRequest
from schemas.gemini import (
    ControlMessage,
    FunctionResponse,
    GeminiMessage,
    Remark,
    ToolResponse,
    TypedText,
)

GONE = LinkClosed(1006, "no close frame", closed_by="nobody")


class FakeLink:
    """Satisfies `actors.ports.GeminiLink`."""

    def __init__(self, request: LinkRequest) -> None:
        self.request = request
        self.heard: list[bytes | ControlMessage] = []
        self.opened_at = asyncio.get_running_loop().time()
        self.closed_at: float | None = None
        self._said: deque[GeminiMessage] = deque()
        self._end: LinkClosed | Exception | None = None
        self._changed = asyncio.Event()
        self._taking = asyncio.Event()
        self._taking.set()

    # Gemini's end.

    def says(self, *messages: GeminiMessage) -> None:
        """Send messages."""
        self._said.extend(messages)
        self._changed.set()

    def breaks(self, end: Exception = GONE) -> None:
        """End: what was said before can still be read, then both sides see `end`."""
        self._end = end
        self._changed.set()
        self._taking.set()

    def takes_nothing(self) -> None:
        """Let what is sent wait."""
        self._taking.clear()

    def takes_again(self) -> None:
        """Take what waits and what comes."""
        self._taking.set()

    @property
    def audio(self) -> bytes:
        """All the audio that arrived."""
        return b"".join(item for item in self.heard if isinstance(item, bytes))

    @property
    def answers(self) -> list[FunctionResponse]:
        """All the answers to function calls that arrived, in order."""
        return [
            answer
            for item in self.heard
            if isinstance(item, ToolResponse)
            for answer in item.function_responses
        ]

    @property
    def texts(self) -> list[str]:
        """The typed sentences that arrived."""
        return [item.text for item in self.heard if isinstance(item, TypedText)]

    @property
    def remarks(self) -> list[str]:
        """What it was told without being asked anything."""
        return [item.text for item in self.heard if isinstance(item, Remark)]

    # The session's end.

    async def send_audio(self, pcm: bytes) -> None:
        """Take audio, or raise `LinkClosed`."""
        await self._send(pcm)

    def send_audio_now(self, pcm: bytes) -> bool:
        """Take audio unless it lets it wait, or is closed."""
        gone = self._end is not None or self.closed_at is not None
        if gone or not self._taking.is_set():
            return False
        self._hear(pcm)
        return True

    async def send_control(self, message: ControlMessage) -> None:
        """Take a control message, or raise `LinkClosed`."""
        await self._send(message)

    async def receive(self) -> GeminiMessage:
        """Return what Gemini says next, or raise `LinkClosed`."""
        while not self._said:
            if self._end is not None:
                raise _anew(self._end)
            self._changed.clear()
            await self._changed.wait()
        return self._said.popleft()

    def receive_now(self) -> GeminiMessage | None:
        """Return what Gemini has said already."""
        return self._said.popleft() if self._said else None

    async def _send(self, item: bytes | ControlMessage) -> None:
        await self._taking.wait()
        self._hear(item)

    def _hear(self, item: bytes | ControlMessage) -> None:
        if self._end is not None:
            raise _anew(self._end)
        if self.closed_at is not None:
            raise LinkClosed(1000, "closed here", closed_by="nobody")
        self.heard.append(item)


def _anew(end: LinkClosed | Exception) -> Exception:
    """Return the same end as another exception: one's traceback holds all that it went through."""
    if isinstance(end, LinkClosed):
        return LinkClosed(end.code, end.reason, closed_by=end.closed_by)
    return end


class FakeConnector:
    """Satisfies `actors.ports.GeminiConnector`.

    Attributes:
        links: every link that was opened, in order.
        attempts: when each opening began.
        requested: the handle that each opening brought.
        refusals: raised by the next openings, one each, instead of opening.
        opening_takes_s: how long Gemini takes to accept a setup.
        closing_takes_s: how long a link takes to close.
        openable: what it says of itself.
    """

    def __init__(self) -> None:
        self.links: list[FakeLink] = []
        self.attempts: list[float] = []
        self.requested: list[str | None] = []
        self.refusals: deque[Exception] = deque()
        self.opening_takes_s = 0.0
        self.closing_takes_s = 0.0
        self.openable = True

    @property
    def newest(self) -> FakeLink:
        """The link that was opened last."""
        return self.links[-1]

    @property
    def open_links(self) -> list[FakeLink]:
        """The links that the session has not closed."""
        return [link for link in self.links if link.closed_at is None]

    def link(self, request: LinkRequest) -> FakeLink:
        """Return a link; a Gemini that does more than it is told overrides this."""
        return FakeLink(request)

    def opened(self, link: FakeLink) -> None:
        """Do nothing; a Gemini that speaks first overrides this."""

    @asynccontextmanager
    async def connect(self, request: LinkRequest) -> AsyncGenerator[FakeLink, None]:
        """Open a link on entry, close it on exit."""
        clock = asyncio.get_running_loop().time
        self.attempts.append(clock())
        self.requested.append(request.handle)
        await asyncio.sleep(self.opening_takes_s)
        if self.refusals:
            raise self.refusals.popleft()
        link = self.link(request)
        self.links.append(link)
        self.opened(link)
        try:
            yield link
        finally:
            try:
                await asyncio.sleep(self.closing_takes_s)
            finally:
                link.closed_at = clock()
