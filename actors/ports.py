"""What actors need from the outside world. Adapters live in `gateway`.

The errors that cross these ports:

Exception
├── ClientGone    the phone left: a session's normal end
└── LinkClosed    the Gemini link is lost, or was not granted; `actors.endings` says what follows
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

import msgspec

from schemas.gemini import ControlMessage, GeminiMessage
from schemas.messages import ClosedBy
from schemas.product import ProductDraft


class ClientGone(Exception):
    """The phone's socket is closed, by whomever.

    Attributes:
        code: the WebSocket close code, 1006 when there was no close frame.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"client gone ({code})")
        self.code = code


class LinkClosed(Exception):
    """The Gemini link is gone, or could not be opened.

    Attributes:
        code: the WebSocket close code, 1006 when there was no close frame, or the HTTP status of
            an upgrade that was refused.
        reason: Google's text; safe to log, never shown to a shopper.
        closed_by: Gemini, we, or nobody: the network.
    """

    def __init__(self, code: int, reason: str, *, closed_by: ClosedBy) -> None:
        super().__init__(f"link closed ({code}): {reason}")
        self.code = code
        self.reason = reason
        self.closed_by = closed_by


class ClientSocket(Protocol):
    """The phone's WebSocket, already accepted."""

    async def receive(self) -> str | bytes:
        """Return the next text or binary frame, or raise `ClientGone`."""

    async def send(self, frame: str) -> None:
        """Send one text frame, waiting while the phone takes nothing, or raise `ClientGone`."""

    async def close(self, code: int, reason: str) -> None:
        """Close with `code`; does nothing when the socket is closed already."""


class LinkRequest(msgspec.Struct, frozen=True):
    """What a Gemini link is opened for.

    Attributes:
        language: BCP 47 tag of what the shopper speaks.
        handle: resumption handle of the session to go on with, if there is one.
        shopping_list: what a fresh session is told that the list holds already; a resumed one
            knows.
    """

    language: str
    handle: str | None = None
    shopping_list: tuple[ProductDraft, ...] = ()


class GeminiLink(Protocol):
    """One open Gemini Live connection whose setup was accepted."""

    async def send_audio(self, pcm: bytes) -> None:
        """Send PCM16 mono 16 kHz, waiting under backpressure, or raise `LinkClosed`."""

    async def send_control(self, message: ControlMessage) -> None:
        """Send one control message, or raise `LinkClosed`."""

    async def receive(self) -> GeminiMessage:
        """Return the next message, or raise `LinkClosed`. One caller at a time."""


class GeminiConnector(Protocol):
    """Opens Gemini links."""

    @property
    def openable(self) -> bool:
        """Whether, as far as is known, a link would be granted now."""

    def connect(self, request: LinkRequest) -> AbstractAsyncContextManager[GeminiLink]:
        """Open a link on entry, close it on exit.

        Entering raises `LinkClosed`. It may wait for its turn as long as it takes, and whoever
        has waited enough cancels it; from then on it takes no longer than the adapter's connect
        timeout. Leaving takes a second at most.
        """


Fact: TypeAlias = str | int | float | bool | None


class Observer(Protocol):
    """Where a session says what happened; never audio, transcript text or keys."""

    def note(self, event: str, /, **facts: Fact) -> None:
        """Something an operator may want to see."""

    def warn(self, event: str, /, **facts: Fact) -> None:
        """Something went wrong that the session survives."""

    def fail(self, event: str, error: BaseException, /, **facts: Fact) -> None:
        """A bug of ours; `error` is logged with its traceback."""
