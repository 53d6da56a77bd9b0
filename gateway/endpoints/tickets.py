"""`POST /tickets`: a token is exchanged for a ticket that lets one connection in."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from actors.ports import CannotCheck, NotAdmitted, StoreUnavailable
from gateway.access.access import Access
from gateway.endpoints.admins import RETRY_AFTER
from gateway.endpoints.answers import answer, not_admitted, problem
from schemas import admin


class TicketsEndpoint:
    """Gives tickets to whoever has a token."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def give(self, request: Request) -> Response:
        """`POST /tickets`."""
        try:
            identity = await self._access.door.identify(request.scope)
            ticket = await self._access.tickets.give(identity)
        except NotAdmitted as exc:
            refusal = not_admitted(exc)
            facts = self._access.refused(
                request.scope, cause=exc.reason, status=refusal.status_code
            )
            self._access.observer.note("ticket_refused", **facts)
            return refusal
        except (CannotCheck, StoreUnavailable) as exc:
            self._access.observer.warn("ticket_not_given", problem=str(exc))
            return problem(
                "no ticket can be given just now: try again",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                headers=RETRY_AFTER,
            )
        self._access.observer.note("ticket_given", user_id=identity.user_id)
        return answer(
            admin.Ticket(ticket, identity.user_id, self._access.tickets.ttl_s),
            status=HTTPStatus.CREATED,
        )
