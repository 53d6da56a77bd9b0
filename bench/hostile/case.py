"""What a hostile case is: a name, what the documents say comes of it, and what is done."""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bench.hostile.tokens import HS256, claims_of, jwt
from bench.hostile.wire import Wire, dial

_numbers: Final = itertools.count()
_addresses: Final = itertools.count()


@dataclass(slots=True)
class Target:
    """The service that is attacked, and what an attacker may know for a case to make sense.

    Attributes:
        port: of 127.0.0.1.
        secret: what its tokens are signed with; for the attacker's own, honestly got token.
        admin_token: for cases that show it in a wrong place.
        source: the address that the attacker comes from: each case has its own, so that limits by
            address, which the honest have to share, are those of one case.
        wires: connections of the case, which end with it.
    """

    port: int
    secret: str
    admin_token: str
    source: str
    wires: list[Wire] = field(default_factory=list)

    async def dial(self, *, source: str | None = None) -> Wire:
        """Connect."""
        wire = await dial(self.port, source=source or self.source)
        self.wires.append(wire)
        return wire

    def elsewhere(self) -> str:
        """Return another address, which nobody has come from yet."""
        return an_address()

    def token(self, user: str, *, header: object = HS256, **changed: Any) -> str:  # noqa: ANN401 - claims
        """Return a token as the issuer would give it, but for what is changed."""
        return jwt(claims_of(user, time.time(), **changed), self.secret, header=header)

    def hang_up(self) -> None:
        """End all connections."""
        for wire in self.wires:
            wire.reset()
        self.wires.clear()


Attack = Callable[[Target], Awaitable[str]]
"""Does it, and returns what came of it in the words of `Case.expected`."""


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile case.

    Attributes:
        name: what is done.
        expected: what is documented: a status and a reason, `close` and a code, `error` and a
            code, or a few words.
        attack: does it.
    """

    name: str
    expected: str
    attack: Attack


def an_address() -> str:
    """Return a loopback address that nobody has come from yet."""
    number = next(_addresses)
    return f"127.{1 + number // 62_500 % 250}.{number // 250 % 250}.{1 + number % 250}"


def somebody() -> str:
    """Return a user whom nobody has been yet."""
    return f"mallory-{next(_numbers)}"
