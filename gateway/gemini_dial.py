"""Opens WebSocket connections over TLS: address, proxy, certificate, handshake, redirects."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from websockets.exceptions import InvalidStatus, InvalidURI, SecurityError
from websockets.uri import WebSocketURI, parse_uri

from gateway.gemini_socket import GeminiSocket
from gateway.tcp import connect_tcp, connect_through_proxy
from gateway.tls_stream import open_tls
from gateway.wake_ups import UNSPACED, WakeUps
from gateway.websocket_frames import masks

_MOST_REDIRECTS: Final = 10
_REDIRECTS: Final = frozenset({300, 301, 302, 303, 307, 308})
_CREDENTIALS: Final = ("authorization", "cookie", "proxy-authorization", "x-goog-api-key")


class Dialler:
    """Opens connections that trust the same certificates.

    Args:
        context: says which.
        proxied: whether they go through the proxy that the environment names, if it does.
        wake_ups: are to heed what comes.
    """

    def __init__(
        self, context: ssl.SSLContext, *, proxied: bool, wake_ups: WakeUps = UNSPACED
    ) -> None:
        self._context = context
        self._wake_ups = wake_ups
        self._connect = connect_through_proxy if proxied else _connect_directly
        self._masks = masks()

    async def dial(self, address: str, headers: Mapping[str, str]) -> GeminiSocket:
        """Return an open connection to `address`, or to where that one redirects to.

        Cancelling leaves nothing open.

        Raises:
            OSError: the host does not answer or is not to be trusted.
            WebSocketException: it does not agree to a WebSocket.
        """
        for _ in range(_MOST_REDIRECTS):
            uri = parse_uri(address)
            if not uri.secure:
                raise InvalidURI(address, "scheme isn't wss")
            try:
                return await self._open(uri, headers)
            except InvalidStatus as refused:
                target = redirect_of(address, refused)
            headers = headers_at(target, headers, instead_of=address)
            address = target
        raise SecurityError(f"more than {_MOST_REDIRECTS} redirects")

    async def _open(self, uri: WebSocketURI, headers: Mapping[str, str]) -> GeminiSocket:
        connected = await self._connect(uri)
        stream = await open_tls(connected, self._context, uri.host, self._wake_ups)
        socket = GeminiSocket(uri, stream, self._masks)
        await socket.handshake(headers)
        return socket


def redirect_of(address: str, refused: InvalidStatus) -> str:
    """Return where the response leads; raise it when it leads nowhere."""
    response = refused.response
    if response.status_code not in _REDIRECTS or "Location" not in response.headers:
        raise refused
    return urljoin(address, response.headers["Location"])


def headers_at(target: str, headers: Mapping[str, str], *, instead_of: str) -> Mapping[str, str]:
    """Return the headers for `target`: credentials are not for another origin."""
    there, here = parse_uri(target), parse_uri(instead_of)
    if (there.secure, there.host, there.port) == (here.secure, here.host, here.port):
        return headers
    return {name: value for name, value in headers.items() if name.lower() not in _CREDENTIALS}


async def _connect_directly(uri: WebSocketURI) -> socket.socket:
    return await connect_tcp(uri.host, uri.port)
