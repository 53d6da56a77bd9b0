"""Lets phones in: each is asked who it is, or none is."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from starlette.types import Scope

from actors.ports import CannotCheck, NotAdmitted, StoreUnavailable
from gateway.access.credentials import credential_in
from gateway.access.identity import Identity, TokenCheck
from gateway.access.permits import OPEN, ExpiringPermit, HeldPermit
from gateway.access.tickets import Tickets

T = TypeVar("T")
_USED: Final = "the ticket was used, has expired or is none: POST /tickets gives one"


class Door(Protocol):
    """Where phones come in."""

    async def admit(self, scope: Scope, user_id: str) -> HeldPermit:
        """Return what lets the phone in as `user_id`, in a bounded time; a ticket stays good.

        Raises:
            NotAdmitted: nothing does.
            CannotCheck: there is no telling.
        """

    async def use_up(self, scope: Scope) -> None:
        """Use up the ticket of a phone that is let in: of those who show one, the first returns.

        To be called when nothing else is in the phone's way; raises the same.
        """

    async def identify(self, scope: Scope) -> Identity:
        """Return whose token comes with a request; raises the same."""


class OpenDoor:
    """Anybody is whom they say they are: for development, or where others ask before."""

    async def admit(self, scope: Scope, user_id: str) -> HeldPermit:  # noqa: ARG002 - as `Door`
        """Let the phone in."""
        return OPEN

    async def use_up(self, scope: Scope) -> None:
        """Do nothing: there are no tickets."""

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
            if shown.kind == "ticket":  # somebody has got hold of it
                await self._asked(self._tickets.take(shown.text))
            raise NotAdmitted(
                "other_user",
                f"the {shown.kind} is another user's: connect to /ws/ followed by yours",
                forbidden=True,
            )
        return ExpiringPermit(identity, check=self._tokens.check, wall_clock=self._wall_clock)

    async def use_up(self, scope: Scope) -> None:
        """Use up the ticket, if it is one; a token stays as good as it was."""
        shown = credential_in(scope)
        if shown.kind == "ticket" and await self._asked(self._tickets.take(shown.text)) is None:
            raise NotAdmitted("bad_ticket", _USED)

    async def identify(self, scope: Scope) -> Identity:
        """Return whose token it is; a ticket is none."""
        shown = credential_in(scope)
        if shown.kind != "token":
            raise NotAdmitted("ticket", "a ticket is no token: send the token itself")
        return await self._tokens.check(shown.text)

    async def _bearer_of(self, ticket: str) -> Identity:
        identity = await self._asked(self._tickets.look(ticket))
        if identity is None:
            raise NotAdmitted("bad_ticket", _USED)
        if self._wall_clock() >= identity.until:
            raise NotAdmitted("expired", "the ticket's token has expired: get a new one")
        return identity

    async def _asked(self, tickets: Awaitable[T]) -> T:
        try:
            return await tickets
        except StoreUnavailable as exc:
            raise CannotCheck("tickets cannot be looked up just now") from exc
