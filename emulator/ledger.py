"""All connections of one emulator: those that are open, and the last ones that closed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator

from emulator.connection import Connection
from emulator.record import CLOSED_KEPT, ConnectionRecord


class Ledger:
    """Numbers connections from 1 and finds them again."""

    def __init__(self, closed_kept: int = CLOSED_KEPT) -> None:
        self._count = 0
        self._open: dict[str, Connection] = {}
        self._closed: deque[ConnectionRecord] = deque(maxlen=closed_kept)
        self._none_open = asyncio.Event()
        self._none_open.set()

    def new_record(self, *, path: str, auth: str, tls: bool) -> ConnectionRecord:
        """Return a record with the next number."""
        self._count += 1
        return ConnectionRecord(
            id=f"c{self._count}", number=self._count, path=path, auth=auth, tls=tls
        )

    def opened(self, connection: Connection) -> None:
        """Take a connection in."""
        self._open[connection.record.id] = connection
        self._none_open.clear()

    def refused(self, record: ConnectionRecord, status: int) -> None:
        """Keep the record of a connection whose upgrade was refused."""
        record.refused = status
        record.ended(by="server", closing=None)
        self._closed.append(record)

    def closed(self, connection: Connection) -> None:
        """Keep only the record of a connection."""
        del self._open[connection.record.id]
        self._closed.append(connection.record)
        if not self._open:
            self._none_open.set()

    async def until_all_closed(self) -> None:
        """Wait until no connection is open."""
        await self._none_open.wait()

    def open_connections(self) -> list[Connection]:
        """Return the connections that are open."""
        return list(self._open.values())

    def find_open(self, connection_id: str) -> Connection | None:
        """Return an open connection."""
        return self._open.get(connection_id)

    def find(self, connection_id: str) -> ConnectionRecord | None:
        """Return a record, of an open connection or of one that is still kept."""
        return next((record for record in self.records() if record.id == connection_id), None)

    def records(self) -> Iterator[ConnectionRecord]:
        """Yield all records, the oldest closed one first."""
        yield from self._closed
        for connection in self._open.values():
            yield connection.record
