"""A server that is dead and still accepts: it counts who comes, and hangs up at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence


@contextlib.asynccontextmanager
async def dead_port(port: int) -> AsyncIterator[list[float]]:
    """Accept connections on 127.0.0.1 and close them; the list grows by the Unix time of each."""
    accepted_at: list[float] = []

    def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted_at.append(time.time())
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        yield accepted_at
    finally:
        server.close()
        await server.wait_closed()


def most_within(times: Sequence[float], seconds: float) -> int:
    """Return how many of `times` lie within any stretch that is shorter than `seconds`."""
    ordered = sorted(times)
    most = first = 0
    for last, at in enumerate(ordered):
        while at - ordered[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
