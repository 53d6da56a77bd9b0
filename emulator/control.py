"""The control endpoint, on the plain listener: what happened, and what is to happen."""

from __future__ import annotations

import msgspec
from aiohttp import web

from emulator.actions import ScriptError, read_action
from emulator.client_socket import ClientGone
from emulator.fault_book import FaultBook
from emulator.faults import read_rule
from emulator.ledger import Ledger


class Control:
    """Routes below `/emulator`."""

    def __init__(self, ledger: Ledger, faults: FaultBook) -> None:
        self._ledger = ledger
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to mount."""
        return [
            web.get("/emulator/connections", self._list),
            web.get("/emulator/connections/{id}", self._show),
            web.post("/emulator/connections/{id}", self._act),
            web.get("/emulator/faults", self._list_faults),
            web.post("/emulator/faults", self._add_fault),
            web.delete("/emulator/faults", self._forget_faults),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        _plain_only(request)
        views = [record.view() for record in self._ledger.records()]
        return _json({"connections": views})

    async def _show(self, request: web.Request) -> web.Response:
        _plain_only(request)
        record = self._ledger.find(request.match_info["id"])
        if record is None:
            raise _problem(web.HTTPNotFound, f"there is no connection {request.match_info['id']!r}")
        return _json(record.view())

    async def _act(self, request: web.Request) -> web.Response:
        _plain_only(request)
        connection_id = request.match_info["id"]
        if self._ledger.find(connection_id) is None:
            raise _problem(web.HTTPNotFound, f"there is no connection {connection_id!r}")
        try:
            action = read_action(await request.read())
        except ScriptError as exc:
            raise _problem(web.HTTPBadRequest, str(exc)) from exc
        connection = self._ledger.find_open(connection_id)
        # A client that does not read its close frame can still be broken off.
        if connection is None or (connection.record.closed and not action.abort):
            raise _problem(web.HTTPConflict, f"connection {connection_id!r} is closed")
        if connection.record.ready_at is None and action.needs_setup:
            raise _problem(web.HTTPConflict, f"connection {connection_id!r} has no setup yet")
        try:
            await connection.act(action)
        except ClientGone as exc:
            raise _problem(web.HTTPConflict, f"connection {connection_id!r} is closed") from exc
        return _json({"ok": True})

    async def _list_faults(self, request: web.Request) -> web.Response:
        _plain_only(request)
        return _json({"faults": self._faults.views()})

    async def _add_fault(self, request: web.Request) -> web.Response:
        _plain_only(request)
        try:
            rule = read_rule(await request.read())
        except ScriptError as exc:
            raise _problem(web.HTTPBadRequest, str(exc)) from exc
        return _json({"ok": True, "id": self._faults.add(rule)})

    async def _forget_faults(self, request: web.Request) -> web.Response:
        _plain_only(request)
        self._faults.clear()
        return _json({"ok": True})


def _plain_only(request: web.Request) -> None:
    # The TLS listener is the service's face: nothing of the emulator's own is on it.
    if request.secure:
        raise web.HTTPNotFound


def _json(body: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(body) + b"\n", content_type="application/json")


def _problem(kind: type[web.HTTPException], message: str) -> web.HTTPException:
    text = msgspec.json.encode({"error": message}).decode()
    return kind(text=f"{text}\n", content_type="application/json")
