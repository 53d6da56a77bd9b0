"""A TCP connection that outlives everything that served it: what a half-open socket is."""

from __future__ import annotations

import os
import socket
import struct
from typing import Protocol

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for 0 s. Closing the socket then sends RST instead of FIN."""


class HasFileno(Protocol):
    """What an event loop shows of a transport's socket."""

    def fileno(self) -> int:
        """Return the file descriptor."""


class HeldConnection:
    """Keeps the kernel's side of a connection, which takes bytes and acknowledges, no more.

    The descriptor is a second one of the same connection: a transport that closes its own sends
    nothing to the client, neither a close frame nor TLS's goodbye nor FIN, whatever the event loop.
    """

    def __init__(self, transport_socket: HasFileno) -> None:
        self._socket = socket.socket(fileno=os.dup(transport_socket.fileno()))

    def drop(self) -> None:
        """Close the connection without any goodbye of a layer above TCP."""
        self._socket.close()

    def reset(self) -> None:
        """Close it with RST."""
        reset_on_close(self._socket)
        self._socket.close()


def reset_on_close(raw: socket.socket) -> None:
    """Let closing this socket send RST instead of FIN."""
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
