"""Connects to a host, directly or through the proxy that the environment names."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import Final, TypeAlias, cast

from websockets.exceptions import InvalidProxy, InvalidProxyMessage, InvalidProxyStatus
from websockets.http11 import Response
from websockets.proxy import Proxy, get_proxy, parse_proxy, prepare_connect_request
from websockets.streams import StreamReader
from websockets.uri import WebSocketURI

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_PART: Final = 4_096
_NAMED: Final = "what the environment names"


async def connect_tcp(host: str, port: int) -> socket.socket:
    """Connect to the first of the host's addresses that answers; the socket does not block.

    Raises:
        OSError: the host has no address, or none answers.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return await connect_first((family, address) for family, _, _, _, address in found)


async def connect_first(addresses: Iterable[tuple[int, Address]]) -> socket.socket:
    """Connect to the first address that answers, given with their families.

    Raises:
        OSError: none does; all that was said is in it.
    """
    failures = []
    for family, address in addresses:
        try:
            return await _connect(socket.socket(family, socket.SOCK_STREAM), address)
        except OSError as exc:
            failures.append(exc)
    if len(failures) == 1:
        raise failures[0]
    raise OSError("; ".join(map(str, failures)) or "no address")


async def connect_through_proxy(uri: WebSocketURI) -> socket.socket:
    """Connect to the URI's host by the way that the environment says, as websockets does.

    A proxy is asked for a tunnel (CONNECT), over TLS if its own URL says ``https``.

    Raises:
        OSError: the host or the proxy does not answer.
        WebSocketException: the proxy refuses, or is of a kind that is not supported; its URL,
            which may hold a password, is not told.
    """
    named = get_proxy(uri)
    if named is None:
        return await connect_tcp(uri.host, uri.port)
    try:
        proxy = parse_proxy(named)
    except (InvalidProxy, ValueError):
        raise InvalidProxy(_NAMED, "http://[user:password@]host[:port] is expected") from None
    if proxy.scheme not in ("http", "https"):
        raise InvalidProxy(_NAMED, f"{proxy.scheme} is not supported")
    connected = await connect_tcp(proxy.host, proxy.port)
    try:
        if proxy.scheme == "https":
            connected = await _in_tls(connected, proxy.host)
        await _ask_for_tunnel(connected, proxy, uri)
    except BaseException:  # also when cancelled: no socket is left behind
        connected.close()
        raise
    return connected


async def _connect(unconnected: socket.socket, address: Address) -> socket.socket:
    try:
        unconnected.setblocking(False)  # noqa: FBT003 - no keyword is taken
        await asyncio.get_running_loop().sock_connect(unconnected, address)
        unconnected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:  # as above
        unconnected.close()
        raise
    return unconnected


async def _ask_for_tunnel(connected: socket.socket, proxy: Proxy, uri: WebSocketURI) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connected, prepare_connect_request(proxy, uri))
    reader = StreamReader()
    parser = Response.parse(reader.read_line, reader.read_exact, reader.read_to_eof, proxy=True)
    while True:
        try:
            next(parser)
        except StopIteration as answered:
            response: Response = answered.value
            if response.status_code // 100 != 2:  # noqa: PLR2004 - HTTP's successes
                raise InvalidProxyStatus(response) from None
            return
        except Exception as exc:  # websockets' parser raises what it comes upon
            raise InvalidProxyMessage("did not receive a valid HTTP response from proxy") from exc
        # Behind the answer nothing can follow: in TLS the client speaks first.
        if part := await loop.sock_recv(connected, _PART):
            reader.feed_data(part)
        else:
            reader.feed_eof()


async def _in_tls(connected: socket.socket, host: str) -> socket.socket:
    """Return one end of a pair of sockets; what goes in there leaves `connected` inside TLS.

    OpenSSL cannot read TLS in TLS from a socket. Few proxies want that: it may cost more.
    """
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    ours.setblocking(False)  # noqa: FBT003 - no keyword is taken
    inside, outside = _Side(), _Side()
    inside.other, outside.other = outside, inside
    try:
        await loop.create_connection(lambda: inside, sock=theirs)
        await loop.create_connection(
            lambda: outside, sock=connected, ssl=ssl.create_default_context(), server_hostname=host
        )
    except BaseException:  # as above
        ours.close()
        inside.hang_up()
        raise
    return ours


class _Side(asyncio.Protocol):
    """One side of a bridge: what it receives, the other one sends, at the other one's speed."""

    other: _Side

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are not, as far as isinstance knows.
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.other.transport is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        if self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.transport = None
        self.other.hang_up()

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()
