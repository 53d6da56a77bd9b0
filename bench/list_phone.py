"""A phone that speaks version 2: one session, over however many connections.

It does what docs/protocol.md asks of an app: it stores events once and acknowledges them, comes
back with its token, and sends again what the session does not list as received.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from socket import socket
from typing import Any, Final

from bench.line import Line, LineEnded, opened
from bench.notebook import EVENTS, Notebook

_SESSION_S: Final = 20.0
"""How long a `session` message is waited for."""
_LOOK_S: Final = 0.01


class ListPhone:
    """One phone; its readers are tasks of the group that it is given to connect in.

    Attributes:
        user: whose phone it is.
        notebook: its storage.
        line: the newest connection, `None` before the first.
        session: the newest `session` message.
        resumed: how many connections went on with the session.
        fresh: how many connections were to go on with it and did not.
        told: other messages that came: transcripts, statuses, errors, gaps.
        sound_bytes: of spoken replies.
        acknowledging: it tells the gateway what it has stored.
        port: of the gateway that it connects to next, on 127.0.0.1.
    """

    def __init__(self, port: int, user: str, **start: object) -> None:
        self.user = user
        self.notebook = Notebook()
        self.line: Line | None = None
        self.session: dict[str, Any] = {}
        self.resumed = 0
        self.fresh = 0
        self.told: list[tuple[float, dict[str, Any]]] = []
        self.sound_bytes = 0
        self.acknowledging = True
        self.port = port
        self._start = start
        self._open: Line | None = None
        self._pending: dict[str, dict[str, Any]] = {}
        self._brought_about: set[str] = set()
        self._requests = 0

    async def connect(
        self, group: asyncio.TaskGroup, *, tuned: Callable[[socket], None] | None = None
    ) -> Line:
        """Open a connection, start or resume the session on it, and return once that is told.

        Raises:
            LineEnded: the connection was lost before.
        """
        line = self.line = await opened(self.port, self.user, tuned=tuned)
        welcomed = asyncio.Event()
        line.read_with(group.create_task(self._read(line, welcomed), name=f"{self.user} reads"))
        await line.send({"type": "start_session", **self._start, **self._resume()})
        try:
            async with asyncio.timeout(_SESSION_S):
                while not welcomed.is_set():
                    if line.ended.is_set():
                        raise LineEnded(line.code)
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError as exc:
            line.drop()
            raise LineEnded from exc
        self._open = line
        for message in self.pending:
            await line.send(message)
        return line

    async def online(self) -> Line:
        """Return the connection on which the session is, once there is one."""
        while self._open is None or self._open.ended.is_set():
            await asyncio.sleep(_LOOK_S)
        return self._open

    def _resume(self) -> dict[str, object]:
        token = self.session.get("resume_token")
        last_seq = self.notebook.last_seq
        return {} if token is None else {"resume": {"token": token, "last_seq": last_seq}}

    async def request(self, kind: str, **fields: object) -> str:
        """Ask for something, now or when there is a connection again; return its `ref`."""
        self._requests += 1
        ref = f"r{self._requests}"
        self._pending[ref] = {"type": kind, "ref": ref, **fields}
        if self._open is not None:
            with suppress(LineEnded):
                await self._open.send(self._pending[ref])
        return ref

    def has_brought_about(self, ref: str) -> bool:
        """Return whether something came that a request has changed."""
        return ref in self._brought_about

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return self._requests

    @property
    def pending(self) -> Sequence[Mapping[str, Any]]:
        """The requests that were not dealt with, oldest first."""
        return [*self._pending.values()]

    def errors(self) -> list[dict[str, Any]]:
        """Return the errors that came."""
        return [message for _, message in self.told if message["type"] == "error"]

    async def _read(self, line: Line, welcomed: asyncio.Event) -> None:
        with suppress(LineEnded):
            while True:
                message = await line.receive()
                if isinstance(message, bytes):
                    self.sound_bytes += len(message)
                elif message["type"] == "session":
                    self._welcome(message)
                    welcomed.set()
                    await self._acknowledge(line)
                elif message["type"] in EVENTS:
                    self.notebook.take(message)
                    self._brought_about.add(message.get("ref", ""))
                    self._pending.pop(message.get("ref", ""), None)
                    await self._acknowledge(line)
                elif message["type"] != "pong":
                    self._pending.pop(message.get("ref", ""), None)
                    self.told.append((time.time(), message))

    def _welcome(self, session: dict[str, Any]) -> None:
        if self.session:
            self.resumed += session["resumed"]
            self.fresh += not session["resumed"]
        self.session = session
        self.notebook.open(session)
        for ref in session["received"]:
            self._pending.pop(ref, None)

    async def _acknowledge(self, line: Line) -> None:
        if self.acknowledging:
            await line.send({"type": "ack", "seq": self.notebook.last_seq})
