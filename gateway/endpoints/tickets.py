"""`POST /tickets`: a token is exchanged for a ticket that lets one connection in."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from actors.ports import CannotCheck, NotAdmitted, Observer, StoreUnavailable
from gateway.access.door import Door
from gateway.access.tickets import Tickets
from gateway.endpoints.admins import RETRY_AFTER
from gateway.endpoints.answers import answer, not_admitted, problem
from schemas import admin


class TicketsEndpoint:
    """Gives tickets to whoever has a token."""

    def __init__(self, *, door: Door, tickets: Tickets, observer: Observer) -> None:
        self._door = door
        self._tickets = tickets
        self._observer = observer

    async def give(self, request: Request) -> Response:
        """`POST /tickets`."""
        try:
            identity = await self._door.identify(request.scope)
            ticket = await self._tickets.give(identity)
        except NotAdmitted as exc:
            self._observer.note("ticket_refused", reason=exc.reason)
            return not_admitted(exc)
        except (CannotCheck, StoreUnavailable) as exc:
            self._observer.warn("ticket_not_given", problem=str(exc))
            return problem(
                "no ticket can be given just now: try again",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                headers=RETRY_AFTER,
            )
        self._observer.note("ticket_given", user_id=identity.user_id)
        return answer(
            admin.Ticket(ticket, identity.user_id, self._tickets.ttl_s), status=HTTPStatus.CREATED
        )
