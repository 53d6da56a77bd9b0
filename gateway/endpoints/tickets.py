"""`POST /tickets`: a token is exchanged for a ticket that lets one connection in."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from actors.ports import CannotCheck, NotAdmitted, StoreUnavailable
from gateway.access.access import Access
from gateway.connects import Door, TurnedAway
from gateway.endpoints.admins import RETRY_AFTER
from gateway.endpoints.answers import answer, not_admitted, problem, too_often
from schemas import admin


class TicketsEndpoint:
    """Gives tickets to whoever has a token, and so many."""

    def __init__(self, access: Access, door: Door) -> None:
        """Connect it.

        Args:
            access: knows whose token it is.
            door: how many tickets a user may have.
        """
        self._access = access
        self._door = door

    async def give(self, request: Request) -> Response:
        """`POST /tickets`."""
        try:
            identity = await self._access.door.identify(request.scope)
            now = asyncio.get_running_loop().time()
            if turned_away := self._door.ticket_refusal(identity.user_id, now):
                return self._turned_away(request, turned_away)
            ticket = await self._access.tickets.give(identity)
        except NotAdmitted as exc:
            return self._refused(request, exc.reason, not_admitted(exc))
        except (CannotCheck, StoreUnavailable) as exc:
            return self._not_given(request, str(exc))
        self._access.observer.note("ticket_given", user_id=identity.user_id)
        return answer(
            admin.Ticket(ticket, identity.user_id, self._access.tickets.ttl_s),
            status=HTTPStatus.CREATED,
        )

    def _not_given(self, request: Request, why: str) -> Response:
        cause, status = "cannot_check", HTTPStatus.SERVICE_UNAVAILABLE
        if facts := self._access.refused(request.scope, cause=cause, status=status):
            self._access.observer.warn("ticket_not_given", problem=why, **facts)
        error = "no ticket can be given just now: try again"
        return problem(error, status=status, headers=RETRY_AFTER, reason=cause)

    def _turned_away(self, request: Request, turned_away: TurnedAway) -> Response:
        return self._refused(request, turned_away.cause, too_often(turned_away))

    def _refused(self, request: Request, cause: str, refusal: Response) -> Response:
        if facts := self._access.refused(request.scope, cause=cause, status=refusal.status_code):
            self._access.observer.note("ticket_refused", **facts)
        return refusal
