"""A phone's side of the WebSocket: websockets' client, and its errors in our words.

Exception
├── Refused       the gateway answered, and does not take this client in
├── Unreachable   no gateway answered
└── SocketClosed  the socket was open and is closed
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final, Literal, Protocol
from urllib.parse import quote, unquote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
)
from websockets.typing import Subprotocol

from gateway.addresses import BadAddress, split
from gateway.talk_wire import SUBPROTOCOL
from schemas.server import Frame

OPEN_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 2.0
"""For the gateway's answer to our close frame; one that is not there any more gives none."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_ABNORMAL: Final = 1006
_EXAMPLE: Final = "ws://localhost:8000"


class Refused(Exception):
    """The gateway answered the handshake with something else than a WebSocket of protocol v2.

    Attributes:
        status: the HTTP status; 101 when it was a WebSocket of something else.
    """

    def __init__(self, status: int, told: str) -> None:
        super().__init__(told)
        self.status = status


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

    async def send(self, frame: Frame) -> None:
        """Send one frame, waiting while the gateway takes nothing, or raise `SocketClosed`."""

    async def receive(self) -> Frame:
        """Return the next frame, or raise `SocketClosed`."""


class _Connection:
    """`PhoneSocket` on websockets' client."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, frame: Frame) -> None:
        try:
            await self._connection.send(frame)
        except ConnectionClosed as exc:
            raise _closed(exc) from exc

    async def receive(self) -> Frame:
        try:
            return await self._connection.recv()
        except ConnectionClosed as exc:
            raise _closed(exc) from exc


def address(url: str, user: str) -> str:
    """Return where `user`'s WebSocket is, for a gateway at `url`.

    Raises:
        BadAddress: `url` is not one of ws, wss, http or https, with a host.
    """
    parts = split(url, schemes=_SCHEMES, example=_EXAMPLE)
    path = parts.path.rstrip("/")
    return f"{_SCHEMES[parts.scheme]}://{parts.netloc}{path}/ws/{quote(user, safe='@~')}"


def place(url: str) -> tuple[str, str | None]:
    """Return where the gateway is, and which user's address `url` is, if it is one's.

    Both are taken that the command line may be given: the gateway's own address, and a user's as
    the gateway prints it at its start, with `/ws/` and the user's id at the end.

    Raises:
        BadAddress: `url` is neither; the text begins with `--url`.
    """
    example = f"{_EXAMPLE} or {_EXAMPLE}/ws/anna"
    try:
        parts = split(url, schemes=_SCHEMES, example=example)
    except BadAddress as exc:
        raise BadAddress(f"--url {exc}") from exc
    if parts.query or parts.fragment:
        raise BadAddress(f"--url: only an address such as {example}; a token goes into --token")
    *base, last = parts.path.rstrip("/").split("/")
    if "ws" not in (*base, last):
        return url, None
    if base[-1] != "ws":
        raise BadAddress(f"--url {url}: not an address such as {example}")
    return parts._replace(path="/".join(base[:-1])).geturl(), unquote(last)


@contextlib.asynccontextmanager
async def dial(uri: str, token: str | None = None) -> AsyncIterator[PhoneSocket]:
    """Open a socket to `uri` on entry; close it with 1000 on exit.

    Args:
        uri: the user's own.
        token: says who the user is, where the gateway asks.

    Raises:
        Refused: the gateway answered with an HTTP error, in which case the text holds what it said,
            or does not speak protocol v2.
        Unreachable: nothing answered, or something that is no WebSocket server.
    """
    proxy: Literal[True] | None = None if urlsplit(uri).hostname in _LOOPBACK else True
    try:
        connection = await connect(
            uri,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers=None if token is None else {"Authorization": f"Bearer {token}"},
            compression=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            proxy=proxy,
        )
    except InvalidStatus as exc:
        raise _refusal(exc) from exc
    except (OSError, InvalidHandshake, InvalidProxy, InvalidURI) as exc:
        raise Unreachable(f"{uri}: {str(exc) or type(exc).__name__}") from exc
    try:
        if connection.subprotocol != SUBPROTOCOL:
            raise Refused(HTTPStatus.SWITCHING_PROTOCOLS, f"{uri}: does not speak {SUBPROTOCOL}")
        yield _Connection(connection)
    finally:
        # As a context, it would close with 1011 when it is left by being cancelled.
        await connection.close()


def _refusal(error: InvalidStatus) -> Refused | Unreachable:
    """A proxy in between answers 502 or 504; all else is the gateway's own word."""
    response = error.response
    said = bytes(response.body or b"").decode(errors="replace").strip()
    told = f"HTTP {response.status_code} {response.reason_phrase}: {said}".rstrip(": ")
    if response.status_code in {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}:
        return Unreachable(told)
    return Refused(response.status_code, told)


def _closed(error: ConnectionClosed) -> SocketClosed:
    return SocketClosed(
        error.rcvd.code if error.rcvd else _ABNORMAL, error.rcvd.reason if error.rcvd else ""
    )
