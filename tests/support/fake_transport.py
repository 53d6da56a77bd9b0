"""A TCP transport in memory, on which a phone's bytes are handed to a server's protocol."""

from __future__ import annotations

import asyncio
import errno


class FakeTransport(asyncio.Transport):
    """Keeps what is written.

    Attributes:
        closed: nothing more is to be read or written.
        aborted: nor is what was written before to be taken.
        untaken: bytes for which there is no room in the kernel.
        protocol: takes the place of the one that was given the transport.
        options: what was set on the kernel's socket; `None` if nothing can be.
    """

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False
        self.aborted = False
        self.untaken = 0
        self.protocol: asyncio.BaseProtocol | None = None
        self.options: list[tuple[int, int, int | bytes]] | None = []
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep `data`."""
        self.written += data

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Note who takes what comes from now on."""
        self.protocol = protocol

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def close(self) -> None:
        """Close."""
        self.closed = True

    def abort(self) -> None:
        """Close at once."""
        self.closed = self.aborted = True

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Return the kernel's socket, which is this as well, and nothing else."""
        return self if name == "socket" else default

    def getpeername(self) -> None:
        """Return no address."""

    def getsockname(self) -> None:
        """Return no address."""

    def setsockopt(self, level: int, option: int, value: int | bytes) -> None:
        """Note that an option is set, or raise `OSError` if there is none to be had."""
        if self.options is None:
            raise OSError(errno.EMFILE, "Too many open files")
        self.options.append((level, option, value))

    def get_write_buffer_size(self) -> int:
        """Return how much was written and not taken."""
        return self.untaken

    def pause_reading(self) -> None:
        """Note that nothing is to be read."""
        self.reading = False

    def resume_reading(self) -> None:
        """Note that it goes on."""
        self.reading = True
