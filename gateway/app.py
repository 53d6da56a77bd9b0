"""The composition root of a process: which endpoint answers where, and what it works with."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from actors.budget import Price
from actors.ports import FOR_GOOD, Observer, Spending, SpendingNowhere, Tenure
from actors.registry import SessionRegistry
from actors.surroundings import Surroundings
from actors.tally import Tally
from gateway.access.access import Access
from gateway.cluster.instances import SessionsView
from gateway.connects import Door
from gateway.endpoints import answers
from gateway.endpoints.descriptions import DescriptionsEndpoints
from gateway.endpoints.doormat import Doormat
from gateway.endpoints.health import HealthEndpoints
from gateway.endpoints.metrics import MetricsEndpoint
from gateway.endpoints.session_events import SessionEvents
from gateway.endpoints.sessions import SessionsEndpoints
from gateway.endpoints.tickets import TicketsEndpoint
from gateway.endpoints.websocket import PhoneEndpoint
from gateway.metrics import Sources
from gateway.readiness import Readiness
from gateway.refusals import Refusals
from gateway.serving_store import ServingStore
from gateway.settings import Settings
from gateway.spending import Today
from gateway.tracing import Tracing, Untraced
from gateway.upstream import ServingUpstream


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the endpoints work with, and whoever starts and ends the process.

    Attributes:
        settings: what the operator chose.
        upstream: opens Gemini links.
        observer: is told what happens.
        registry: the live sessions.
        store: keeps sessions between connections.
        readiness: whether new sessions are taken.
        sessions: sees and ends sessions, for admins.
        access: who may do what.
        tenure: returns how long a session that begins now may be served here.
        wall_clock: returns Unix seconds, for times shown to people only.
        tally: counts what happens.
        log_dropped: returns the log lines that nobody read.
        tracing: begins traces.
        refusals: what was refused.
        spending: counts what is spent.
        today: returns how the day's cap stands.
        price: what the model costs, if that is known.
    """

    settings: Settings
    upstream: ServingUpstream
    observer: Observer
    registry: SessionRegistry
    store: ServingStore
    readiness: Readiness
    sessions: SessionsView
    access: Access
    tenure: Callable[[], Tenure] = lambda: FOR_GOOD
    wall_clock: Callable[[], float] = time.time
    tally: Tally = field(default_factory=Tally)
    log_dropped: Callable[[], int] = lambda: 0
    tracing: Tracing = field(default_factory=Untraced)
    refusals: Refusals = field(default_factory=Refusals)
    spending: Spending = field(default_factory=SpendingNowhere)
    today: Callable[[], Today] = Today
    price: Price | None = None


class Application:
    """The ASGI application: Starlette's, which a phone's connection does not go through.

    Each of the callers between the server and a session would stay for as long as the phone.

    Attributes:
        http: takes everything else, handshakes that are refused included.
    """

    def __init__(self, http: Starlette, phone: PhoneEndpoint, access: Access) -> None:
        self.http = http
        self._phone = phone
        self._doormat = Doormat(http, access)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Run one request or one connection."""
        if scope["type"] == "websocket" and self._phone.serves(scope["path"]):
            return self._phone(scope, receive, send)
        return self._doormat(scope, receive, send)


def build(parts: Parts) -> Application:
    """Return the ASGI application."""
    door = Door(parts.settings.connects)
    health = HealthEndpoints(
        registry=parts.registry,
        readiness=parts.readiness,
        upstream=parts.upstream.health,
        store=parts.store.view,
        wall_clock=parts.wall_clock,
        full=lambda: door.nearly_full,
        today=parts.today,
    )
    sessions = SessionsEndpoints(
        view=parts.sessions,
        access=parts.access,
        events=SessionEvents(parts.sessions, parts.readiness),
    )
    phone = PhoneEndpoint(
        registry=parts.registry,
        readiness=parts.readiness,
        surroundings=Surroundings(
            connector=parts.upstream,
            store=parts.store,
            observer=parts.observer,
            policy=parts.settings.policy,
            wall_clock=parts.wall_clock,
            tenure=parts.tenure,
            tally=parts.tally,
            debug=parts.settings.log_level == "DEBUG",
            spending=parts.spending,
            price=parts.price,
            refused=parts.refusals.count,
        ),
        tracing=parts.tracing,
        project=parts.settings.project,
        access=parts.access,
        door=door,
    )
    tickets = TicketsEndpoint(parts.access, door)
    metrics = MetricsEndpoint(
        Sources(
            tally=parts.tally,
            registry=parts.registry,
            readiness=parts.readiness,
            upstream=parts.upstream.health,
            store=parts.store.view,
            log_dropped=parts.log_dropped,
            today=parts.today,
            full=lambda: door.nearly_full,
            max_sessions=parts.settings.max_sessions,
        ),
        token=parts.settings.metrics_token,
        access=parts.access,
    )
    descriptions = DescriptionsEndpoints()
    app = Starlette(
        routes=[
            Route("/", health.service),
            Route("/health", health.health),
            Route("/livez", health.live),
            Route("/readyz", health.ready),
            Route("/metrics", metrics.scrape),
            Route("/sessions", sessions.index),
            Route("/sessions/events", sessions.watch),
            Route("/sessions/{user_id}", sessions.one, methods=["GET", "DELETE"]),
            Route("/sessions/{user_id}/debug", sessions.debug, methods=["PUT", "DELETE"]),
            Route("/drain", sessions.drain, methods=["POST"]),
            Route("/tickets", tickets.give, methods=["POST"]),
            Route("/asyncapi.json", descriptions.asyncapi),
            Route("/openapi.json", descriptions.openapi),
            Route("/docs", descriptions.index),
            Route("/docs/asyncapi", descriptions.asyncapi_page),
            Route("/docs/openapi", descriptions.openapi_page),
            # `path`, so that a user_id with a slash in it is told what is wrong.
            Route("/ws/{user_id:path}", phone.explain),
            WebSocketRoute("/ws/{user_id:path}", phone),
        ],
        exception_handlers={
            HTTPStatus.NOT_FOUND: answers.on_not_found,
            HTTPStatus.METHOD_NOT_ALLOWED: answers.on_not_allowed,
            Exception: answers.on_bug,
        },
    )
    app.router.default = answers.not_found
    return Application(app, phone, parts.access)
