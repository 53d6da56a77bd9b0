"""A TLS connection driven without an event loop's transport: the loop only says when to try.

uvloop's TLS takes each byte through two memory BIOs and several Python calls, and keeps the buffers
for it; here OpenSSL reads and writes the socket itself (docs/performance.md has the figures).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from socket import socket
from typing import Final, Protocol

from actors.signal import Signal
from gateway.wake_ups import UNSPACED, WakeUps

_RECORD: Final = 16_384
"""Bytes of the largest TLS record: OpenSSL gives out one at most for each call."""
_RECORDS_A_TURN: Final = 16
"""So many are read before other connections get their turn."""


class Receiver(Protocol):
    """Takes what a stream brings. Both are called from the event loop and must not raise."""

    def received(self, data: bytes) -> None:
        """Take bytes in the order in which they came."""

    def ended(self) -> None:
        """Take note that the connection is gone; called once, and nothing is called after it."""


class TlsStream:
    """An open TLS connection: bytes in to a receiver, bytes out through a buffer if need be.

    The stream ends when the peer ends it, with or without TLS's own farewell, when reading or
    writing fails, and with `close` and `abort`. Not for several threads.

    It relies on two things that OpenSSL's documentation says of SSL_write and CPython sets up:
    a write that would block is tried again with the same bytes, which may have moved in memory
    (SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) and may have others after them.

    Attributes:
        full: something waits to be written.
    """

    __slots__ = (
        "_failed",
        "_fd",
        "_loop",
        "_reading",
        "_receiver",
        "_tls",
        "_unsent",
        "_wake_ups",
        "_writing",
        "_written",
        "full",
    )

    def __init__(self, tls: ssl.SSLSocket, wake_ups: WakeUps = UNSPACED) -> None:
        self._tls = tls
        self._wake_ups = wake_ups
        self._fd = tls.fileno()
        self._loop = asyncio.get_running_loop()
        self._receiver: Receiver | None = None
        self._unsent: bytearray | None = None
        self.full = False
        self._written = Signal()
        self._reading = False
        self._writing = False
        self._failed = False

    def start(self, receiver: Receiver) -> None:
        """Give all that comes to `receiver`, from the loop's next turn on."""
        self._receiver = receiver
        self.resume()

    def pause(self) -> None:
        """Read no more, so that the peer will have to wait; an end is then not seen either."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._fd)
            self._wake_ups.forget(self._fd)

    def resume(self) -> None:
        """Read again, unless the stream has ended."""
        if self._receiver is not None and not self._reading:
            self._reading = True
            self._loop.add_reader(self._fd, self._readable)
            self._wake_ups.watch(self._fd)
            # Who waits for the end of a connection that cannot be written to?
            if self._failed:
                self._loop.call_soon(self._readable)

    def write(self, data: bytes) -> None:
        """Write `data`, which is not empty; what the socket does not take now is kept for later.

        It never raises. When the connection turns out to be broken, what it has still brought is
        read first: the peer may have said why it closed.
        """
        if self._unsent is not None:
            self._unsent += data
            return
        try:
            sent = self._tls.send(data)
        except OSError as exc:
            self._keep(data)
            self._not_written(exc)
            return
        if sent != len(data):
            self._keep(data[sent:])
            self._write_when_ready()

    async def drain(self) -> None:
        """Return when nothing waits to be written any more, or the stream has ended."""
        if self._unsent is not None and self._receiver is not None:
            await self._written.wait()

    def close(self) -> None:
        """End the connection in TLS's own way; what still waits to be written is lost."""
        if self._receiver is not None:
            # It says farewell, and would like to hear one: that is not waited for.
            with contextlib.suppress(OSError, ValueError):
                self._tls.unwrap()
            self._end()

    def abort(self) -> None:
        """End the connection at once."""
        if self._receiver is not None:
            self._end()

    def _readable(self) -> None:
        # It goes on until there is nothing more. To stop after a short read would save a call,
        # but of a connection that was reset uvloop tells once only.
        for _ in range(_RECORDS_A_TURN):
            receiver = self._receiver
            if receiver is None or not self._reading:
                return
            try:
                data = self._tls.recv(_RECORD)
            except ssl.SSLWantReadError:
                self._all_read()
                return
            except ssl.SSLWantWriteError:
                self._write_when_ready()
                return
            except OSError:
                data = b""
            if not data:
                self._end()
                return
            self._wake_ups.hurry()
            receiver.received(data)
        self._loop.call_soon(self._readable)

    def _all_read(self) -> None:
        if self._failed:
            self._end()
        elif self._unsent is not None and not self._writing:
            self._flush()

    def _writable(self) -> None:
        self._loop.remove_writer(self._fd)
        self._writing = False
        self._flush()
        # A read, too, may have waited for this.
        self._readable()

    def _flush(self) -> None:
        unsent = self._unsent
        if unsent is None or self._failed:
            return
        try:
            while unsent:
                del unsent[: self._tls.send(unsent)]
        except OSError as exc:
            self._not_written(exc)
            return
        self._unsent = None
        self.full = False
        self._written.pulse()

    def _keep(self, data: bytes) -> None:
        self._unsent = bytearray(data)
        self.full = True

    def _not_written(self, exc: OSError) -> None:
        match exc:
            case ssl.SSLWantWriteError():
                self._write_when_ready()
            case ssl.SSLWantReadError():
                # Tried again after the next read.
                pass
            case _:
                self._failed = True
                self._loop.call_soon(self._readable)

    def _write_when_ready(self) -> None:
        if not self._writing and self._receiver is not None:
            self._writing = True
            self._loop.add_writer(self._fd, self._writable)

    def _end(self) -> None:
        receiver, self._receiver = self._receiver, None
        assert receiver is not None  # noqa: S101 - callers have looked
        self.pause()
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._fd)
        self._tls.close()
        self._unsent = None
        self.full = False
        self._written.pulse()
        receiver.ended()


async def open_tls(
    connected: socket, context: ssl.SSLContext, host: str, wake_ups: WakeUps = UNSPACED
) -> TlsStream:
    """Shake hands on a connected, non-blocking socket, which is the stream's from now on.

    Args:
        connected: is closed when this fails or is cancelled.
        context: says which certificates are trusted.
        host: whose certificate it has to be.
        wake_ups: are to heed what comes.

    Raises:
        OSError: the peer does not speak TLS, is not to be trusted, or has gone.
    """
    try:
        tls = context.wrap_socket(connected, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:  # also when cancelled: no socket is left behind
        connected.close()
        raise
    try:
        await _shake_hands(tls)
        return TlsStream(tls, wake_ups)
    except BaseException:  # as above
        tls.close()
        raise


async def _shake_hands(tls: ssl.SSLSocket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            await _until(loop.add_reader, loop.remove_reader, tls.fileno())
        except ssl.SSLWantWriteError:
            await _until(loop.add_writer, loop.remove_writer, tls.fileno())
        else:
            return


async def _until(
    watch: Callable[[int, Callable[[], None]], object], forget: Callable[[int], object], fd: int
) -> None:
    """Return when the loop says that `fd` is ready."""
    ready = asyncio.Event()
    watch(fd, ready.set)
    try:
        await ready.wait()
    finally:
        forget(fd)
