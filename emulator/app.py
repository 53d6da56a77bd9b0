"""The HTTP application: the Live endpoints of both services, the model list and the control."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re

import msgspec
from aiohttp import web

from emulator.client_socket import CLOSE_WITHIN_S, ClientSocket
from emulator.connection import Connection
from emulator.control import Control
from emulator.credentials import NO_CREDENTIAL, Credential, find_credential
from emulator.faculties import Faculties
from emulator.fault_book import ConnectionFaults, FaultBook
from emulator.http_errors import google_error, refusal
from emulator.ledger import Ledger
from emulator.milestones import Milestones
from emulator.profiles import PROFILES
from emulator.setup import Endpoint
from emulator.wire import Closing

LARGEST_FRAME = 16 << 20
"""Of what clients may send; the real limit is not documented."""
GOING_AWAY = Closing(1001, "The emulator is shutting down.")
INTERNAL_ERROR = Closing(1011, "Internal error encountered.")

_LIVE_PATHS = (
    (
        "developer",
        re.compile(
            r"/ws/google\.ai\.generativelanguage\.(?P<version>v1|v1beta|v1alpha)"
            r"\.GenerativeService\.BidiGenerateContent(Constrained)?"
        ),
    ),
    (
        "vertex",
        re.compile(
            r"/ws/google\.cloud\.aiplatform\.(?P<version>v1\w*)"
            r"\.LlmBidiService/BidiGenerateContent"
        ),
    ),
)
_MODEL_LIST = re.compile(r"/(v1|v1beta|v1alpha)/models")
_log = logging.getLogger("emulator")


class LiveApp:
    """Answers every request that reaches either listener."""

    def __init__(self, faculties: Faculties) -> None:
        self._faculties = faculties
        self.ledger = Ledger()
        self.faults = FaultBook(faculties.script.faults)

    def application(self) -> web.Application:
        """Return the aiohttp application that both listeners share."""
        # The control endpoint takes messages as large as a client may send.
        application = web.Application(client_max_size=LARGEST_FRAME)
        application.add_routes(Control(self.ledger, self.faults).routes())
        # JS clients ask for `//ws/…`: no router would know that path.
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    async def end_all(self, within_s: float) -> None:
        """End all open connections, as a server that goes down does, and wait for them briefly.

        Those of clients that do not read their close frame by then are broken off.
        To be done before aiohttp's own shutdown, which no longer reads: clients' close frames
        would go unnoticed.
        """
        for connection in self.ledger.open_connections():
            connection.shut_down(GOING_AWAY)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.ledger.until_all_closed()
        for connection in self.ledger.open_connections():
            connection.abort()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = re.sub("/+", "/", request.path)
        if _MODEL_LIST.fullmatch(path):
            return _model_list()
        credential = find_credential(request.headers, request.query)
        endpoint = _endpoint(path)
        if endpoint is None:
            if not self._takes_any_path(request):
                return google_error(404)
            endpoint = Endpoint("vertex", "v1beta1")
            credential = credential or NO_CREDENTIAL
        if credential is None:
            return google_error(
                403,
                "Method doesn't allow unregistered callers (callers without established identity). "
                "Please use API Key or other form of API consumer identity to call this API.",
            )
        return await self._serve(request, endpoint, credential)

    def _takes_any_path(self, request: web.Request) -> bool:
        upgrades = request.headers.get("Upgrade", "").lower() == "websocket"
        return upgrades and self._faculties.behaviour.any_path

    async def _serve(
        self, request: web.Request, endpoint: Endpoint, credential: Credential
    ) -> web.StreamResponse:
        upgraded = web.WebSocketResponse(
            compress=False, max_msg_size=LARGEST_FRAME, timeout=CLOSE_WITHIN_S, autoping=False
        )
        if not upgraded.can_prepare(request).ok:
            await upgraded.prepare(request)  # raises, and says why
        record = self.ledger.new_record(path=request.path, auth=credential.form, tls=request.secure)
        faults = self.faults.at_upgrade(record.number)
        if faults.refuse is not None:
            self.ledger.refused(record, faults.refuse.status)
            return refusal(faults.refuse)
        await upgraded.prepare(request)
        milestones = Milestones()
        behaviour = self._faculties.behaviour
        client = ClientSocket(
            request,
            upgraded,
            record=record,
            milestones=milestones,
            pretty=behaviour.pretty,
            binary=behaviour.binary,
        )
        connection = Connection(
            client,
            endpoint=endpoint,
            faculties=self._faculties,
            record=record,
            milestones=milestones,
            faults=ConnectionFaults(self.faults, record.number, faults),
        )
        self.ledger.opened(connection)
        try:
            await connection.run(credential)
        except Exception:  # noqa: BLE001  # logged below, with its traceback
            # The outermost boundary: a mistake of ours ends one connection, not the emulator.
            _log.exception("connection %s broke", record.id)
            await client.close(INTERNAL_ERROR)
        finally:
            self.ledger.closed(connection)
        return upgraded


def _endpoint(path: str) -> Endpoint | None:
    for service, form in _LIVE_PATHS:
        if match := form.fullmatch(path):
            return Endpoint("vertex" if service == "vertex" else "developer", match["version"])
    return None


def _model_list() -> web.Response:
    models = [
        {"name": f"models/{profile.name}", "supportedGenerationMethods": ["bidiGenerateContent"]}
        for profile in PROFILES
        if "developer" in profile.services
    ]
    return web.Response(
        body=msgspec.json.encode({"models": models}), content_type="application/json"
    )
