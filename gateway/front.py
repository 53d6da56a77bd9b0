"""What answers from the moment the port is bound until the application is loaded.

A process that is alive says so at once, and says truthfully that it is not ready. Whoever wants
anything else waits for the application, which is there before a phone would have connected again.
Nothing is imported here that takes time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final

from gateway.readiness import Readiness, State
from gateway.refusals import Refusals

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
"""ASGI 3."""

_PATIENCE_S: Final = 10.0
"""Phones' own patience with a handshake; loading takes a fraction of it."""
_STARTING: Final = b'{"error":"this instance is starting: connect again"}'
_GOING: Final = b'{"error":"this instance is going away: connect again"}'
_STATUSES: Final = {state: f'{{"status":"{state.value}"}}'.encode() for state in State}


class Front:
    """The ASGI application that stands before the real one; the drain of a process without it.

    Attributes:
        readiness: what it tells of the process.
    """

    def __init__(
        self,
        readiness: Readiness,
        *,
        refusals: Refusals | None = None,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """Hold whoever comes.

        Args:
            readiness: what it tells of the process.
            refusals: counts, and has lines written of, those that it sends away.
            patience_s: how long it holds them.
        """
        self.readiness = readiness
        self._refusals = refusals or Refusals()
        self._patience_s = patience_s
        self._serve: Application = self._answer_or_hold
        self._application: Application | None = None
        self._settled = asyncio.Event()
        self._held = 0

    def __call__(self, scope: Message, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request or connection; once there is an application, it alone does."""
        return self._serve(scope, receive, send)

    def hand_over(self, application: Application) -> None:
        """Let `application` serve whoever waits, first come first served, and all others."""
        self._serve = self._application = application
        self._settled.set()

    def begin(self, now: float) -> None:  # noqa: ARG002 - as `gateway.drain.Drain`
        """Refuse whoever waits, and who is still to come: the process was told to go."""
        self.readiness.note_draining()
        self._settled.set()

    def over(self, now: float) -> bool:  # noqa: ARG002 - as `gateway.drain.Drain`
        """Return whether it was told to go and nobody is still to be refused."""
        return self.readiness.state is State.DRAINING and not self._held

    async def _answer_or_hold(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            state = self.readiness.state
            match scope["path"]:
                case "/livez":
                    await _answer(send, HTTPStatus.OK, _STATUSES[State.READY])
                    return
                case "/readyz":
                    await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, _STATUSES[state])
                    return
                case _:
                    pass
        application = await self._hold(scope, send)
        if application is not None:
            await application(scope, receive, send)

    async def _hold(self, scope: Message, send: Send) -> Application | None:
        """Return the application once it is there, or refuse and return ``None``."""
        self._held += 1
        try:
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._settled.wait()
            except TimeoutError:
                pass
            if self._application is None:
                await self._refuse(scope, send)
        finally:
            self._held -= 1
        return self._application

    async def _refuse(self, scope: Message, send: Send) -> None:
        going = self.readiness.state is State.DRAINING
        handshake = scope["type"] == "websocket"
        status = HTTPStatus.SERVICE_UNAVAILABLE
        self._refusals.tell("draining" if going else "starting", status, scope.get("client"))
        body = _GOING if going else _STARTING
        denial = "websocket." if handshake else ""
        await _answer(send, status, body, denial)


async def _answer(send: Send, status: HTTPStatus, body: bytes, denial: str = "") -> None:
    """Answer as `gateway.endpoints.answers` would; `denial` begins the types of a handshake's."""
    headers = [
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
        (b"content-type", b"application/json"),
    ]
    kind = f"{denial}http.response"
    await send({"type": f"{kind}.start", "status": status.value, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
