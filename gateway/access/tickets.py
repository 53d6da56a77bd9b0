"""Connect tickets: a browser gets one with its token, and shows it where a token would be seen.

A ticket is good once, for a short while, for one user. What is kept is its digest, so whoever reads
the store can use none.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec

from actors.ports import StoreUnavailable
from gateway.access.identity import Identity

_BYTES: Final = 32
_LONGEST: Final = 200
_MOST_WAITING: Final = 100_000
"""Tickets that wait in one process; beyond, none is given until some have expired."""


class Bearer(msgspec.Struct, frozen=True, array_like=True):
    """Whom a ticket was given to: `user_id`, who may speak `until` then, in Unix seconds."""

    user_id: str
    until: float


class TicketShelf(Protocol):
    """Where tickets wait, by digest."""

    async def put(self, digest: str, bearer: bytes, ttl_s: float) -> None:
        """Keep a new one for `ttl_s`, or raise `StoreUnavailable`."""

    async def look(self, digest: str) -> bytes | None:
        """Return it; `None` if there is none; or raise `StoreUnavailable`."""

    async def take(self, digest: str) -> bytes | None:
        """Return it and keep it no more, as one step; else as `look`."""


class Tickets:
    """Gives tickets, and takes each of them once."""

    def __init__(self, shelf: TicketShelf, *, ttl_s: float) -> None:
        self._shelf = shelf
        self.ttl_s = ttl_s

    async def give(self, identity: Identity) -> str:
        """Return a ticket, or raise `StoreUnavailable`."""
        ticket = secrets.token_urlsafe(_BYTES)
        bearer = msgspec.msgpack.encode(Bearer(identity.user_id, identity.until))
        await self._shelf.put(_digest(ticket), bearer, self.ttl_s)
        return ticket

    async def look(self, ticket: str) -> Identity | None:
        """Return whom it was given to; `None` if it is none, was used or has expired.

        Raises:
            StoreUnavailable: there is no telling.
        """
        return await _identity(self._shelf.look, ticket)

    async def take(self, ticket: str) -> Identity | None:
        """Return whom it was given to, to the first who asks; else as `look`."""
        return await _identity(self._shelf.take, ticket)


class TicketsHere:
    """Tickets of a process that is alone."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[str, tuple[float, bytes]] = {}

    async def put(self, digest: str, bearer: bytes, ttl_s: float) -> None:
        """Keep it, unless too many wait."""
        self._forget()
        if len(self._waiting) >= _MOST_WAITING:
            raise StoreUnavailable("too many tickets wait")
        self._waiting[digest] = (self._clock() + ttl_s, bearer)

    async def look(self, digest: str) -> bytes | None:
        """Return it."""
        good_until, bearer = self._waiting.get(digest, (-1.0, b""))
        return bearer if self._clock() < good_until else None

    async def take(self, digest: str) -> bytes | None:
        """Return it once."""
        good_until, bearer = self._waiting.pop(digest, (-1.0, b""))
        return bearer if self._clock() < good_until else None

    def _forget(self) -> None:
        """Forget what has expired: all wait for the same time, so the oldest stand first."""
        now = self._clock()
        while self._waiting:
            oldest = next(iter(self._waiting))
            if self._waiting[oldest][0] > now:
                break
            del self._waiting[oldest]


async def _identity(
    kept_as: Callable[[str], Awaitable[bytes | None]], ticket: str
) -> Identity | None:
    if len(ticket) > _LONGEST:
        return None
    kept = await kept_as(_digest(ticket))
    if kept is None:
        return None
    bearer = msgspec.msgpack.decode(kept, type=Bearer)
    return Identity(bearer.user_id, bearer.until)


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode(errors="surrogatepass")).hexdigest()
