"""Drives an ASGI application in memory, on the test's own event loop, as uvicorn would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, or the refusal of a WebSocket handshake."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The body, parsed."""
        return json.loads(self.body)


async def request(
    app: ASGIApp,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    answers: list[Answer] | None = None,
) -> Answer:
    """Send one HTTP request and return the answer.

    An application may answer and then raise, for its server to log: then the answer is only added
    to `answers`.
    """
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {**_scope("http", path, headers or {}), "method": method}
    try:
        await app(scope, receive, send)
    finally:
        if answers is not None:
            answers.append(_answer(sent))
    return _answer(sent)


class Phone:
    """A WebSocket client's end of one connection."""

    def __init__(self, when_accepted: Callable[[], None]) -> None:
        self.when_accepted = when_accepted
        self.sent: list[Message] = []
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._to_app.put_nowait({"type": "websocket.connect"})

    @property
    def accepted(self) -> bool:
        """Whether the handshake was accepted."""
        return any(message["type"] == "websocket.accept" for message in self.sent)

    @property
    def refusal(self) -> Answer:
        """The answer to a handshake that was refused."""
        return _answer([{**m, "type": m["type"].removeprefix("websocket.")} for m in self.sent])

    @property
    def heard(self) -> list[Any]:
        """The messages that came in text frames, parsed."""
        return [json.loads(m["text"]) for m in self._frames if "text" in m]

    @property
    def sounds(self) -> list[bytes]:
        """The binary frames that came."""
        return [m["bytes"] for m in self._frames if "bytes" in m]

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the handshake was accepted with."""
        accepted = [m for m in self.sent if m["type"] == "websocket.accept"]
        return accepted[0].get("subprotocol") if accepted else None

    @property
    def _frames(self) -> list[Message]:
        return [m for m in self.sent if m["type"] == "websocket.send"]

    @property
    def close_code(self) -> int | None:
        """The code that the application closed with, if it did."""
        codes = [m["code"] for m in self.sent if m["type"] == "websocket.close"]
        return codes[0] if codes else None

    def says(self, kind: str, **fields: object) -> None:
        """Send a message."""
        text = json.dumps({"type": kind, **fields})
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    def leaves(self, code: int = 1001) -> None:
        """Close."""
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": code})

    async def receive(self) -> Message:
        """The application's `receive`."""
        return await self._to_app.get()

    async def send(self, message: Message) -> None:
        """The application's `send`."""
        self.sent.append(message)
        if message["type"] == "websocket.accept":
            self.when_accepted()
        if message["type"] == "websocket.close":
            self.leaves(message["code"])


@asynccontextmanager
async def connected(
    app: ASGIApp,
    path: str,
    *,
    subprotocols: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    when_accepted: Callable[[], None] = lambda: None,
) -> AsyncIterator[Phone]:
    """Connect, and leave at the end; the application has ended then."""
    phone = Phone(when_accepted)
    scope = {**_scope("websocket", path, headers or {}), "subprotocols": list(subprotocols)}
    async with asyncio.TaskGroup() as group:
        group.create_task(_run(app, scope, phone), name="connection")
        await asyncio.sleep(0.001)
        yield phone
        phone.leaves()


async def _run(app: ASGIApp, scope: Scope, phone: Phone) -> None:
    await app(scope, phone.receive, phone.send)


def _scope(kind: str, path: str, headers: Mapping[str, str]) -> Scope:
    url = urlsplit(path)
    sent = {"host": "localhost", **{name.lower(): value for name, value in headers.items()}}
    return {
        "type": kind,
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "root_path": "",
        "query_string": url.query.encode(),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in sent.items()],
        "client": ("192.0.2.7", 54_321),
        "server": ("test", 80),
        "scheme": {"http": "http", "websocket": "ws"}[kind],
        "extensions": {"websocket.http.response": {}},
    }


def _answer(sent: Sequence[Message]) -> Answer:
    start = next(m for m in sent if m["type"] == "http.response.start")
    body = b"".join(m["body"] for m in sent if m["type"] == "http.response.body")
    headers = {k.decode(): v.decode() for k, v in start["headers"]}
    return Answer(start["status"], headers, body)
