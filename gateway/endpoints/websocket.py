"""`WS /ws/{user_id}`: one connection is one session, and the newest of a user wins."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from actors.dialects import V1, V2
from actors.ports import CannotCheck, Fact, NotAdmitted
from actors.registry import SessionRegistry
from actors.supervisor import SessionSupervisor
from actors.surroundings import Surroundings
from gateway.access import credentials
from gateway.access.access import Access
from gateway.access.permits import HeldPermit
from gateway.client_socket import AsgiSocket
from gateway.connects import Connects, Door, TurnedAway
from gateway.endpoints.admins import RETRY_AFTER
from gateway.endpoints.answers import not_admitted, problem
from gateway.readiness import Readiness, State
from gateway.telemetry import session_lines
from gateway.trace_context import trace_of
from gateway.tracing import SessionTrace, Tracing
from schemas.admin import EndedSession, SessionSummary
from schemas.messages import Draining

T = TypeVar("T")
SUBPROTOCOL_V2 = "shopping.v2"
_PREFIX = "/ws/"
_ALLOWED = re.compile(r"[A-Za-z0-9._~@-]{1,128}")


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a handshake is refused; `cause`, in one word, is what that is counted as."""

    cause: str
    status: HTTPStatus
    error: str
    headers: Mapping[str, str] = field(default_factory=dict)


class PhoneEndpoint:
    """Takes phones in, and runs each one's session in its connection's own task."""

    def __init__(  # noqa: PLR0913 - by keyword
        self,
        *,
        registry: SessionRegistry,
        readiness: Readiness,
        surroundings: Surroundings,
        tracing: Tracing,
        project: str | None,
        access: Access,
        door: Door | None = None,
    ) -> None:
        """Connect it.

        Args:
            registry: the live sessions.
            readiness: whether new sessions are taken.
            surroundings: what all sessions have in common.
            tracing: begins their traces.
            project: the Google Cloud project that traces are found in.
            access: who may connect.
            door: how many may, and how often.
        """
        self._door = door or Door(Connects())
        self._registry = registry
        self._readiness = readiness
        self._access = access
        self._surroundings = surroundings
        self._tracing = tracing
        self._project = project

    def serves(self, path: str) -> bool:
        """Whether a session may begin at `path`; at another, `__call__` says what is wrong."""
        return path.startswith(_PREFIX) and _ALLOWED.fullmatch(path, len(_PREFIX)) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one session, from its handshake until its phone is gone; an ASGI application."""
        refusal = self._refusal(scope)
        if refusal is not None:
            await self._deny(refusal, scope, receive, send)
            return
        user_id = _user_id(scope)
        permit = await self._asked(scope, self._access.door.admit(scope, user_id))
        if isinstance(permit, Response):
            await permit(scope, receive, send)
            return
        takes_over = self._registry.get(user_id) is not None
        address = self._access.addresses.of(scope)
        turned_away = self._door.refusal(user_id, _now(), takes_over=takes_over, address=address)
        if turned_away is not None:
            await self._deny(_turned_away(turned_away), scope, receive, send)
            return
        self._door.enter(user_id, address)
        try:
            # Last, so that a ticket stays good for whoever is told to come again; inside, so that
            # nobody takes the place meanwhile.
            refused = await self._asked(scope, self._access.door.use_up(scope))
            if refused is None:
                await self._serve(scope, receive, send, permit)
            else:
                await refused(scope, receive, send)
        finally:
            self._door.leave(user_id, address)

    async def _deny(self, refusal: _Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        self._note_refusal(scope, refusal.cause, refusal.status)
        denial = problem(refusal.error, status=refusal.status, headers=refusal.headers)
        await denial(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, permit: HeldPermit) -> None:
        user_id = _user_id(scope)
        dialect = V2 if SUBPROTOCOL_V2 in scope["subprotocols"] else V1
        credentials.forget(scope)
        socket = AsgiSocket(scope, receive, send)
        parent = trace_of(scope["headers"])  # before they are forgotten
        await socket.accept(SUBPROTOCOL_V2 if dialect is V2 else None)
        session_id = str(uuid.uuid4())
        trace = self._tracing.session(parent, session_id=session_id, user_id=user_id)
        place = parent if trace is None else trace.context
        within = None if place is None else place.within(self._project)
        with session_lines(session_id=session_id, user_id=user_id, trace=within):
            session = SessionSupervisor(
                user_id=user_id,
                session_id=session_id,
                socket=socket,
                surroundings=self._surroundings,
                dialect=dialect,
                witnesses=() if trace is None else (trace,),
                permit=permit,
            )
            permit.begin(session.tell)
            try:
                await self._run(session, trace)
            finally:
                permit.end()

    async def _asked(self, scope: Scope, asked: Awaitable[T]) -> T | Response:
        """Return what the door says, or what the phone is answered."""
        try:
            return await asked
        except NotAdmitted as exc:
            answer = not_admitted(exc)
            reason = exc.reason
        except CannotCheck as exc:
            reason = "cannot_check"
            answer = problem(
                f"{exc}: connect again",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                headers=RETRY_AFTER,
                reason=reason,
            )
        self._note_refusal(scope, reason, answer.status_code)
        return answer

    def _note_refusal(self, scope: Scope, cause: str, status: int) -> None:
        if facts := self._access.refused(scope, cause=cause, status=status):
            self._surroundings.observer.note("handshake_refused", **facts)

    async def explain(self, _: Request) -> Response:
        """Answer a plain GET: this address only speaks WebSocket."""
        return problem(
            "connect with a WebSocket",
            status=HTTPStatus.UPGRADE_REQUIRED,
            headers={"upgrade": "websocket"},
        )

    async def _run(self, session: SessionSupervisor, trace: SessionTrace | None) -> None:
        observer = self._surroundings.observer
        observer.note("session_connected")
        self._registry.claim(session)
        if self._readiness.state is State.DRAINING:  # since the handshake was checked
            session.tell(Draining())
        try:
            await session.run()
        finally:
            self._registry.release(session)
            outcome = session.outcome()
            self._remember(session.summary(), outcome["code"])
            if trace is not None:
                trace.ended(outcome)
            observer.note("session_ended", **outcome)

    def _remember(self, row: SessionSummary, code: Fact) -> None:
        """Let those that watch be told how a session ended."""
        ended_at = datetime.fromtimestamp(self._surroundings.wall_clock(), UTC)
        ended = EndedSession.of(
            row,
            close_code=code if isinstance(code, int) else None,
            ended_at=ended_at.isoformat(timespec="milliseconds"),
        )
        self._registry.remember(ended, now=_now())

    def _refusal(self, scope: Scope) -> _Refusal | None:
        strayed = self._access.doorstep.strayed(scope)
        if strayed is not None:
            return _Refusal(*strayed)
        turned_away = self._door.knock(self._access.addresses.of(scope), _now())
        return self._wrong(scope) if turned_away is None else _turned_away(turned_away)

    def _wrong(self, scope: Scope) -> _Refusal | None:
        if not _ALLOWED.fullmatch(_user_id(scope)):
            return _Refusal(
                "bad_user_id",
                HTTPStatus.BAD_REQUEST,
                "user_id: 1 to 128 characters of A-Z a-z 0-9 . _ ~ @ - are allowed",
            )
        offered = credentials.without_credentials(scope["subprotocols"])
        if offered and SUBPROTOCOL_V2 not in offered:
            return _Refusal(
                "bad_subprotocol",
                HTTPStatus.BAD_REQUEST,
                "unknown subprotocol: connect without Sec-WebSocket-Protocol for v1, "
                f"or with {SUBPROTOCOL_V2}",
            )
        if self._readiness.state is State.DRAINING:
            return _Refusal(
                "draining",
                HTTPStatus.SERVICE_UNAVAILABLE,
                "this instance is going away: connect again",
            )
        return None


def _user_id(scope: Scope) -> str:
    """Return it as it stands in the path; Starlette's parameter would lack a final newline."""
    path: str = scope["path"]
    return path.removeprefix(_PREFIX)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _turned_away(turned_away: TurnedAway) -> _Refusal:
    return _Refusal(
        turned_away.cause,
        turned_away.status,
        turned_away.error,
        {"retry-after": str(turned_away.retry_after_s)},
    )
