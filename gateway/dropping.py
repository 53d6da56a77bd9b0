"""Getting rid of connections whose peer takes nothing, with what was written to them.

`transport.close()` waits for ever until the kernel has taken everything, and the kernel, which has
room for some megabytes, tries for minutes more to be rid of them (`FIN-WAIT-1`).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Final

_NO_LINGER: Final = struct.pack("ii", 1, 0)
_GIVES_UP: Final[int | None] = getattr(socket, "TCP_USER_TIMEOUT", None)
"""Linux has it."""


def drop(transport: asyncio.Transport) -> None:
    """Abort the connection; with a reset if more was written than the kernel had room for.

    The peer loses nothing by that: what comes last, such as a close frame, is gone either way.
    """
    if transport.get_write_buffer_size():
        _set(transport, socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def give_up_after(transport: asyncio.Transport, seconds: float) -> None:
    """Let the kernel forget what it has of a connection once its peer takes none for so long.

    The connection may be closed, but not be lost yet.
    """
    if _GIVES_UP is not None:
        _set(transport, socket.IPPROTO_TCP, _GIVES_UP, int(seconds * 1_000))


def _set(transport: asyncio.Transport, level: int, option: int, value: int | bytes) -> None:
    """Set an option, if that can be had: uvloop needs a descriptor more for it."""
    kernels: socket.socket = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        kernels.setsockopt(level, option, value)
