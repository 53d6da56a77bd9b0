"""Every HTTP call that the service answers, and how: what the OpenAPI description is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

import msgspec

from gateway.descriptions import examples
from gateway.endpoints.session_events import MOST_WATCHERS
from gateway.session_query import MOST, STATES
from schemas.admin import DebugSwitched, Probe, Problem

Method: TypeAlias = Literal["get", "put", "post", "delete"]


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


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that may be said in a query string.

    Attributes:
        name: how.
        meaning: in Markdown.
        schema: what it may be.
        example: one that is good.
    """

    name: str
    meaning: str
    schema: Mapping[str, object]
    example: str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One method at one path.

    Attributes:
        name: what generated clients call it.
        method: the HTTP method.
        path: with `{user_id}` where that is part of it.
        summary: what it is for.
        outcomes: how it is answered; `gateway.descriptions.outcomes` adds what others answer.
        query: what may be said besides.
        admin: it wants the service's admin token.
        phone: it wants a phone's token, where phones are asked for one.
        handshake: it is the WebSocket's.
    """

    name: str
    method: Method = "get"
    path: str
    summary: str
    outcomes: tuple[Outcome, ...]
    query: tuple[Parameter, ...] = ()
    admin: bool = False
    phone: bool = False
    handshake: bool = False


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
    Outcome(
        HTTPStatus.TOO_MANY_REQUESTS,
        "There were too many calls of this admin, or wrong credentials from this address; "
        "`Retry-After` says when to come again.",
        Problem("too many calls of this admin in too short a time: ask again later"),
    ),
)
_NO_TOKEN: Final = Outcome(
    HTTPStatus.UNAUTHORIZED,
    "There is no token, or it is not good; `reason` says why.",
    Problem("the token has expired: get a new one", reason="expired"),
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


_USER: Final = Parameter("user", "What the user's name begins with.", {"type": "string"}, "anna")
_STATE: Final = Parameter(
    "state",
    "States that a session may be in, with commas between: "
    + ", ".join(f"`{state}`" for state in STATES)
    + ".",
    {"type": "string", "pattern": "^(({0})(,({0}))*)?$".format("|".join(STATES))},
    "listening,reconnecting",
)
_INSTANCE: Final = Parameter(
    "instance", "The instance that it runs on.", {"type": "string"}, examples.OTHER_INSTANCE
)
_PAGING: Final = (
    Parameter(
        "limit",
        "Rows of a page at most; without it there is one page.",
        {"type": "integer", "minimum": 1, "maximum": MOST},
        100,
    ),
    Parameter("after", "`next` of the page before.", {"type": "string"}, "anna/5f0c2a52"),
)
_BAD_QUERY: Final = Outcome(
    HTTPStatus.BAD_REQUEST,
    "The query string asks for what there is not.",
    Problem(f"limit: a whole number from 1 to {MOST}"),
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
                "Not yet (`starting`), not now (`full`), or no longer (`draining`).",
                Probe("full"),
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
            _BAD_QUERY,
            *_NO_ADMIN,
        ),
        query=(_USER, _STATE, _INSTANCE, *_PAGING),
        admin=True,
    ),
    Call(
        name="watchSessions",
        path="/sessions/events",
        summary="What happens to live sessions, on all instances, as server-sent events.",
        outcomes=(
            Outcome(
                HTTPStatus.OK,
                "`began`, `changed` (its state or its instance, or it is not asked for any more) "
                "and `ended` (with `close_code` and `ended_at`), each with a row as in "
                "`/sessions`; at first all that are there have begun. `incomplete` and `complete` "
                "say whether all instances reply; `draining`, that this `instance` goes, and "
                "`expired`, that the JWT it was asked for with has, come last. Once a second.",
                "text/event-stream",
            ),
            _BAD_QUERY,
            *_NO_ADMIN,
            Outcome(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{MOST_WATCHERS} watch this instance already.",
                Problem(f"{MOST_WATCHERS} watch already: try again"),
            ),
        ),
        query=(_USER, _STATE, _INSTANCE),
        admin=True,
    ),
    Call(
        name="drain",
        method="post",
        path="/drain",
        summary="Let an instance go: it takes no more sessions, and ends once it has none.",
        outcomes=(
            Outcome(HTTPStatus.OK, "It drains, as after SIGTERM.", examples.DRAINS),
            *_NO_ADMIN,
            Outcome(HTTPStatus.NOT_FOUND, "There is none.", Problem("there is no such instance")),
            Outcome(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "It did not reply in time.",
                Problem(
                    "whether the instance drains is not known: not every instance replied in time; "
                    "try again",
                    (examples.OTHER_INSTANCE,),
                ),
            ),
        ),
        query=(
            Parameter(
                "instance",
                "Which one; without it the one that answers.",
                {"type": "string"},
                examples.OTHER_INSTANCE,
            ),
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
        name="giveTicket",
        method="post",
        path="/tickets",
        summary="Exchange a token for a ticket, which lets one connection in.",
        outcomes=(
            Outcome(HTTPStatus.CREATED, "The ticket.", examples.TICKET),
            _NO_TOKEN,
            Outcome(
                HTTPStatus.FORBIDDEN,
                "Nobody is asked who they are, so there is nothing to exchange.",
                Problem(
                    "nobody is asked who they are here: connect without token and ticket",
                    reason="anonymous",
                ),
            ),
            Outcome(
                HTTPStatus.TOO_MANY_REQUESTS,
                "This user has had as many as there may be handshakes; `Retry-After` says when "
                "there is another.",
                Problem("too many tickets of this user in too short a time: ask again later"),
            ),
            Outcome(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Tokens cannot be checked, or tickets not be kept, just now.",
                Problem("no ticket can be given just now: try again", reason="cannot_check"),
            ),
        ),
        phone=True,
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
            _NO_TOKEN,
            Outcome(
                HTTPStatus.FORBIDDEN,
                "The token is another user's.",
                Problem(
                    "the token is another user's: connect to /ws/ followed by yours",
                    reason="other_user",
                ),
            ),
            Outcome(
                HTTPStatus.UPGRADE_REQUIRED,
                "This was no WebSocket handshake.",
                Problem("connect with a WebSocket"),
            ),
            Outcome(
                HTTPStatus.TOO_MANY_REQUESTS,
                "This user has connected too often, or this address has, or has too many sessions; "
                "`Retry-After` says when to come again.",
                Problem(
                    "too many connections of this user in too short a time: connect again later"
                ),
            ),
            Outcome(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "This instance is going away, is full, or cannot check tokens just now; of the "
                "latter two `Retry-After` says when to come again.",
                Problem("this instance is going away: connect again"),
            ),
        ),
        phone=True,
        handshake=True,
    ),
    _shown("asyncapi", "/asyncapi.json", "application/json", "The WebSocket, as AsyncAPI 3."),
    _shown("openapi", "/openapi.json", "application/json", "The HTTP calls, as OpenAPI 3.1."),
    _shown("docs", "/docs", "text/html", "Where the descriptions are."),
    _shown("docsOfAsyncapi", "/docs/asyncapi", "text/html", "The WebSocket, for people."),
    _shown("docsOfOpenapi", "/docs/openapi", "text/html", "The HTTP calls, for people."),
)
