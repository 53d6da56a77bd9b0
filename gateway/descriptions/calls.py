"""Every HTTP call that the service answers, and how: what the OpenAPI description is made of."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

import msgspec

from gateway.descriptions import examples
from schemas.admin import DebugSwitched, Probe, Problem

Method: TypeAlias = Literal["get", "put", "delete"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a call is answered.

    Attributes:
        status: the HTTP status.
        meaning: when, in Markdown.
        body: an example of the body, whose type is the body's; or the body's media type.
    """

    status: HTTPStatus
    meaning: str
    body: msgspec.Struct | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One method at one path.

    Attributes:
        name: what generated clients call it.
        method: the HTTP method.
        path: with `{user_id}` where that is part of it.
        summary: what it is for.
        outcomes: how it is answered, besides errors of ours.
        admin: it wants the service's admin token.
        handshake: it is the WebSocket's.
    """

    name: str
    method: Method = "get"
    path: str
    summary: str
    outcomes: tuple[Outcome, ...]
    admin: bool = False
    handshake: bool = False


BUG: Final = Outcome(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "A bug of ours.",
    Problem("an error of ours; it has been logged"),
)
_NOT_CHANGED: Final = Outcome(
    HTTPStatus.NOT_MODIFIED, "`If-None-Match` had the `ETag` that it still has."
)
_NO_ADMIN: Final = (
    Outcome(
        HTTPStatus.UNAUTHORIZED,
        "The admin token is missing or wrong.",
        Problem("send the header Authorization: Bearer followed by the service's ADMIN_TOKEN"),
    ),
    Outcome(
        HTTPStatus.FORBIDDEN,
        "The service has no admin token.",
        Problem("the admin endpoints are switched off: set ADMIN_TOKEN and restart the service"),
    ),
)
_NO_SESSION: Final = (
    Outcome(
        HTTPStatus.NOT_FOUND,
        "The user has no session, on any instance.",
        Problem("this user has no session here"),
    ),
    Outcome(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The instances that could be asked have none; `unanswered` names those that did not reply "
        "in time.",
        Problem(
            "this user has no session as far as is known: not every instance replied in time; "
            "try again",
            (examples.OTHER_INSTANCE,),
        ),
    ),
)


_DEBUG: Final[tuple[tuple[str, Method, str, DebugSwitched], ...]] = (
    (
        "debugSession",
        "put",
        "Let a session write a line for each of its events, wherever it runs, until it is over.",
        DebugSwitched(f"Session {examples.SESSION.session_id} is debugged"),
    ),
    (
        "stopDebuggingSession",
        "delete",
        "Let it write no more of them.",
        DebugSwitched(f"Session {examples.SESSION.session_id} is debugged no more"),
    ),
)


def _shown(name: str, path: str, media: str, summary: str) -> Call:
    return Call(
        name=name,
        path=path,
        summary=summary,
        outcomes=(Outcome(HTTPStatus.OK, summary, media), _NOT_CHANGED),
    )


CALLS: Final = (
    Call(
        name="service",
        path="/",
        summary="What this is.",
        outcomes=(Outcome(HTTPStatus.OK, "Name, version and state.", examples.SERVICE),),
    ),
    Call(
        name="health",
        path="/health",
        summary="The process and the upstream, in detail.",
        outcomes=(Outcome(HTTPStatus.OK, "Always: `status` tells.", examples.HEALTH),),
    ),
    Call(
        name="live",
        path="/livez",
        summary="Whether the process works.",
        outcomes=(Outcome(HTTPStatus.OK, "It does.", Probe("ok")),),
    ),
    Call(
        name="ready",
        path="/readyz",
        summary="Whether new sessions are taken.",
        outcomes=(
            Outcome(HTTPStatus.OK, "They are.", Probe("ok")),
            Outcome(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Not yet (`starting`), or no longer (`draining`).",
                Probe("draining"),
            ),
        ),
    ),
    Call(
        name="metrics",
        path="/metrics",
        summary="What Prometheus scrapes.",
        outcomes=(
            Outcome(
                HTTPStatus.OK,
                "Prometheus's text format, or OpenMetrics if `Accept` asks for that.",
                "text/plain",
            ),
            Outcome(
                HTTPStatus.UNAUTHORIZED,
                "The service has a `METRICS_TOKEN`, and this was not it.",
                Problem(
                    "send the header Authorization: Bearer followed by the service's METRICS_TOKEN"
                ),
            ),
        ),
    ),
    Call(
        name="listSessions",
        path="/sessions",
        summary="All live sessions, on all instances.",
        outcomes=(
            Outcome(
                HTTPStatus.OK,
                "A row each; `complete` says whether every instance replied, `unanswered` which "
                "did not.",
                examples.SESSIONS,
            ),
            *_NO_ADMIN,
        ),
        admin=True,
    ),
    Call(
        name="showSession",
        path="/sessions/{user_id}",
        summary="One session in depth, wherever it runs.",
        outcomes=(
            Outcome(HTTPStatus.OK, "The session.", examples.SESSION),
            *_NO_ADMIN,
            *_NO_SESSION,
        ),
        admin=True,
    ),
    Call(
        name="stopSession",
        method="delete",
        path="/sessions/{user_id}",
        summary="End a session, wherever it runs; its phone is closed with 4010.",
        outcomes=(
            Outcome(HTTPStatus.OK, "It ends.", examples.TERMINATED),
            *_NO_ADMIN,
            *_NO_SESSION,
        ),
        admin=True,
    ),
    *(
        Call(
            name=name,
            method=method,
            path="/sessions/{user_id}/debug",
            summary=summary,
            outcomes=(
                Outcome(HTTPStatus.OK, "It is switched.", example),
                *_NO_ADMIN,
                *_NO_SESSION,
            ),
            admin=True,
        )
        for name, method, summary, example in _DEBUG
    ),
    Call(
        name="connectPhone",
        path="/ws/{user_id}",
        summary="A phone's WebSocket; `/asyncapi.json` says what goes through it.",
        outcomes=(
            Outcome(HTTPStatus.SWITCHING_PROTOCOLS, "The WebSocket is open."),
            Outcome(
                HTTPStatus.BAD_REQUEST,
                "The user's name is not allowed, or no subprotocol that is offered is known.",
                Problem("user_id: 1 to 128 characters of A-Z a-z 0-9 . _ ~ @ - are allowed"),
            ),
            Outcome(
                HTTPStatus.UPGRADE_REQUIRED,
                "This was no WebSocket handshake.",
                Problem("connect with a WebSocket"),
            ),
            Outcome(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "This instance is going away, or has been starting for too long.",
                Problem("this instance is going away: connect again"),
            ),
        ),
        handshake=True,
    ),
    _shown("asyncapi", "/asyncapi.json", "application/json", "The WebSocket, as AsyncAPI 3."),
    _shown("openapi", "/openapi.json", "application/json", "The HTTP calls, as OpenAPI 3.1."),
    _shown("docs", "/docs", "text/html", "Where the descriptions are."),
    _shown("docsOfAsyncapi", "/docs/asyncapi", "text/html", "The WebSocket, for people."),
    _shown("docsOfOpenapi", "/docs/openapi", "text/html", "The HTTP calls, for people."),
)
