"""A phone's side of the WebSocket: websockets' client, and its errors in our words.

Exception
├── Refused       the gateway answered, and does not want this client
├── Unreachable   no gateway answered
└── SocketClosed  the socket was open and is closed
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final, Literal, Protocol
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
)

from gateway.addresses import split

OPEN_TIMEOUT_S: Final = 10.0
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_ABNORMAL: Final = 1006


class Refused(Exception):
    """The gateway answered the handshake with something else than a WebSocket."""


class Unreachable(Exception):
    """No gateway answered at the address."""


class SocketClosed(Exception):
    """The socket is closed.

    Attributes:
        code: the close code, 1006 when there was no close frame.
        reason: the gateway's text, often empty.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"closed with {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class PhoneSocket(Protocol):
    """An open socket to the gateway."""

    async def send(self, frame: str) -> None:
        """Send one text frame, waiting while the gateway takes nothing, or raise `SocketClosed`."""

    async def receive(self) -> str | bytes:
        """Return the next frame, or raise `SocketClosed`."""


class _Connection:
    """`PhoneSocket` on websockets' client."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, frame: str) -> None:
        try:
            await self._connection.send(frame)
        except ConnectionClosed as exc:
            raise _closed(exc) from exc

    async def receive(self) -> str | bytes:
        try:
            return await self._connection.recv()
        except ConnectionClosed as exc:
            raise _closed(exc) from exc


def address(url: str, user: str) -> str:
    """Return where `user`'s WebSocket is, for a gateway at `url`.

    Raises:
        BadAddress: `url` is not one of ws, wss, http or https, with a host.
    """
    parts = split(url, schemes=_SCHEMES, example="ws://localhost:8000")
    path = parts.path.rstrip("/")
    return f"{_SCHEMES[parts.scheme]}://{parts.netloc}{path}/ws/{quote(user, safe='@~')}"


@contextlib.asynccontextmanager
async def dial(uri: str) -> AsyncIterator[PhoneSocket]:
    """Open a socket to `uri` on entry; close it with 1000 on exit.

    Raises:
        Refused: the gateway answered with an HTTP error; the text holds what it said.
        Unreachable: nothing answered, or something that is no WebSocket server.
    """
    proxy: Literal[True] | None = None if urlsplit(uri).hostname in _LOOPBACK else True
    try:
        connection = await connect(uri, compression=None, open_timeout=OPEN_TIMEOUT_S, proxy=proxy)
    except InvalidStatus as exc:
        raise _refusal(exc) from exc
    except (OSError, InvalidHandshake, InvalidProxy, InvalidURI) as exc:
        raise Unreachable(f"{uri}: {str(exc) or type(exc).__name__}") from exc
    async with connection:
        yield _Connection(connection)


def _refusal(error: InvalidStatus) -> Refused | Unreachable:
    """A proxy in between answers 502 or 504; all else is the gateway's own word."""
    response = error.response
    said = bytes(response.body or b"").decode(errors="replace").strip()
    told = f"HTTP {response.status_code} {response.reason_phrase}: {said}".rstrip(": ")
    return Unreachable(told) if response.status_code in {502, 504} else Refused(told)


def _closed(error: ConnectionClosed) -> SocketClosed:
    return SocketClosed(
        error.rcvd.code if error.rcvd else _ABNORMAL, error.rcvd.reason if error.rcvd else ""
    )
