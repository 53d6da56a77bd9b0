"""Lets phones in: each is asked who it is, or none is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from starlette.types import Scope

from actors.ports import CannotCheck, NotAdmitted, StoreUnavailable
from gateway.access.credentials import credential_in
from gateway.access.identity import Identity, TokenCheck
from gateway.access.permits import OPEN, ExpiringPermit, HeldPermit
from gateway.access.tickets import Tickets


class Door(Protocol):
    """Where phones come in."""

    async def admit(self, scope: Scope, user_id: str) -> HeldPermit:
        """Return what lets the phone in as `user_id`, in a bounded time.

        Raises:
            NotAdmitted: nothing does.
            CannotCheck: there is no telling.
        """

    async def identify(self, scope: Scope) -> Identity:
        """Return whose token comes with a request; raises the same."""


class OpenDoor:
    """Anybody is whom they say they are: for development, or where others ask before."""

    async def admit(self, scope: Scope, user_id: str) -> HeldPermit:  # noqa: ARG002 - as `Door`
        """Let the phone in."""
        return OPEN

    async def identify(self, scope: Scope) -> Identity:  # noqa: ARG002 - as `Door`
        """Raise: nobody is anybody here."""
        raise NotAdmitted(
            "anonymous",
            "nobody is asked who they are here: connect without token and ticket",
            forbidden=True,
        )


class GuardedDoor:
    """Asks for a token, or for a ticket that was given for one."""

    def __init__(
        self, tokens: TokenCheck, tickets: Tickets, *, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._tokens = tokens
        self._tickets = tickets
        self._wall_clock = wall_clock

    async def admit(self, scope: Scope, user_id: str) -> HeldPermit:
        """Let the phone in if the path's user is the one it shows to be."""
        shown = credential_in(scope)
        if shown.kind == "token":
            identity = await self._tokens.check(shown.text)
        else:
            identity = await self._bearer_of(shown.text)
        if identity.user_id != user_id:
            raise NotAdmitted(
                "other_user",
                f"the {shown.kind} is another user's: connect to /ws/ followed by yours",
                forbidden=True,
            )
        return ExpiringPermit(identity, check=self._tokens.check, wall_clock=self._wall_clock)

    async def identify(self, scope: Scope) -> Identity:
        """Return whose token it is; a ticket is none."""
        shown = credential_in(scope)
        if shown.kind != "token":
            raise NotAdmitted("ticket", "a ticket is no token: send the token itself")
        return await self._tokens.check(shown.text)

    async def _bearer_of(self, ticket: str) -> Identity:
        try:
            identity = await self._tickets.take(ticket)
        except StoreUnavailable as exc:
            raise CannotCheck("tickets cannot be looked up just now") from exc
        if identity is None:
            raise NotAdmitted(
                "bad_ticket", "the ticket was used, has expired or is none: POST /tickets gives one"
            )
        if self._wall_clock() >= identity.until:
            raise NotAdmitted("expired", "the ticket's token has expired: get a new one")
        return identity
