"""`WS /ws/{user_id}`: one connection is one session, and the newest of a user wins."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from actors.dialects import V1, V2
from actors.registry import SessionRegistry
from actors.supervisor import SessionSupervisor, Surroundings
from gateway.client_socket import AsgiSocket
from gateway.connects import Connects, Door
from gateway.endpoints.answers import problem
from gateway.readiness import Readiness, State
from gateway.telemetry import session_lines
from schemas.messages import Draining

SUBPROTOCOL_V2 = "shopping.v2"
_PREFIX = "/ws/"
_ALLOWED = re.compile(r"[A-Za-z0-9._~@-]{1,128}")


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a handshake is refused; `cause` is what that is counted as."""

    status: HTTPStatus
    error: str
    cause: str
    headers: Mapping[str, str] = field(default_factory=dict)


class PhoneEndpoint:
    """Takes phones in, and runs each one's session in its connection's own task."""

    def __init__(
        self,
        *,
        registry: SessionRegistry,
        readiness: Readiness,
        surroundings: Surroundings,
        door: Door | None = None,
    ) -> None:
        self._door = door or Door(Connects())
        self._registry = registry
        self._readiness = readiness
        self._surroundings = surroundings

    def serves(self, path: str) -> bool:
        """Whether a session may begin at `path`; at another, `__call__` says what is wrong."""
        return path.startswith(_PREFIX) and _ALLOWED.fullmatch(path, len(_PREFIX)) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one session, from its handshake until its phone is gone; an ASGI application."""
        refusal = self._refusal(scope)
        if refusal is not None:
            cause = refusal.cause
            self._surroundings.refused(cause)
            self._surroundings.observer.note(
                "handshake_refused", status=refusal.status.value, cause=cause
            )
            denial = problem(refusal.error, status=refusal.status, headers=refusal.headers)
            await denial(scope, receive, send)
            return
        address = _address(scope)
        self._door.enter(address)
        try:
            await self._serve(scope, receive, send)
        finally:
            self._door.leave(address)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        dialect = V2 if SUBPROTOCOL_V2 in scope["subprotocols"] else V1
        socket = AsgiSocket(scope, receive, send)
        await socket.accept(SUBPROTOCOL_V2 if dialect is V2 else None)
        session_id = str(uuid.uuid4())
        user_id = _user_id(scope)
        with session_lines(session_id=session_id, user_id=user_id):
            await self._run(
                SessionSupervisor(
                    user_id=user_id,
                    session_id=session_id,
                    socket=socket,
                    surroundings=self._surroundings,
                    dialect=dialect,
                )
            )

    async def explain(self, _: Request) -> Response:
        """Answer a plain GET: this address only speaks WebSocket."""
        return problem(
            "connect with a WebSocket",
            status=HTTPStatus.UPGRADE_REQUIRED,
            headers={"upgrade": "websocket"},
        )

    async def _run(self, session: SessionSupervisor) -> None:
        observer = self._surroundings.observer
        observer.note("session_connected")
        self._registry.claim(session)
        if self._readiness.state is State.DRAINING:  # since the handshake was checked
            session.tell(Draining())
        try:
            await session.run()
        finally:
            self._registry.release(session)
            observer.note("session_disconnected")

    def _refusal(self, scope: Scope) -> _Refusal | None:
        now = asyncio.get_running_loop().time()
        turned_away = self._door.knock(_address(scope), now)
        if turned_away is None and (wrong := self._wrong(scope)):
            return wrong
        if turned_away is None:
            user_id = _user_id(scope)
            takes_over = self._registry.get(user_id) is not None
            turned_away = self._door.refusal(user_id, now, takes_over=takes_over)
        if turned_away is None:
            return None
        return _Refusal(
            turned_away.status,
            turned_away.error,
            turned_away.cause,
            {"retry-after": str(turned_away.retry_after_s)},
        )

    def _wrong(self, scope: Scope) -> _Refusal | None:
        if not _ALLOWED.fullmatch(_user_id(scope)):
            return _Refusal(
                HTTPStatus.BAD_REQUEST,
                "user_id: 1 to 128 characters of A-Z a-z 0-9 . _ ~ @ - are allowed",
                "user_id",
            )
        offered = scope["subprotocols"]
        if offered and SUBPROTOCOL_V2 not in offered:
            return _Refusal(
                HTTPStatus.BAD_REQUEST,
                "unknown subprotocol: connect without Sec-WebSocket-Protocol for v1, "
                f"or with {SUBPROTOCOL_V2}",
                "subprotocol",
            )
        if self._readiness.state is State.DRAINING:
            return _Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "this instance is going away: connect again",
                "draining",
            )
        return None


def _address(scope: Scope) -> str:
    """Return the address that the connection comes from, as far as is known."""
    client = scope.get("client")
    return client[0] if client else ""


def _user_id(scope: Scope) -> str:
    """Return it as it stands in the path; Starlette's parameter would lack a final newline."""
    path: str = scope["path"]
    return path.removeprefix(_PREFIX)
