"""Who is an admin: whoever has the service's token, or a JWT with the admins' role."""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass
from typing import Final

from actors.ports import NotAdmitted
from gateway.access.credentials import bearer_of
from gateway.access.identity import TokenCheck
from gateway.setting_values import Secret

_SWITCHED_OFF: Final = (
    "the admin endpoints are switched off: set ADMIN_TOKEN and restart the service"
)


@dataclass(frozen=True, slots=True)
class Admin:
    """Somebody who may see and end sessions.

    Attributes:
        name: for the log, and for who calls how often: `ADMIN_TOKEN` for the service's token,
            `jwt:` and the user for a JWT, whatever that user is called.
        until: when a JWT is good no more, in Unix seconds.
    """

    name: str
    until: float = math.inf


class Admins:
    """Tells admins from others.

    Attributes:
        switched_on: there are any.
    """

    def __init__(
        self, token: Secret | None, *, role: str | None = None, tokens: TokenCheck | None = None
    ) -> None:
        """Keep who they are.

        Args:
            token: the service's own.
            role: of a JWT that is an admin's; `None`: none is.
            tokens: checks JWTs.
        """
        self._digest = None if token is None else _digest(token.text.encode())
        self._role = role
        self._tokens = tokens
        self._takes_roles = role is not None and tokens is not None
        self.switched_on = self._digest is not None or self._takes_roles

    @property
    def wanted(self) -> str:
        """What is to follow `Authorization: Bearer`."""
        if self._digest is not None:
            return "the service's ADMIN_TOKEN"
        return f"a token with the role {self._role}"

    async def find(self, authorization: str) -> Admin:
        """Return who sent this header; the comparison's time says nothing of the token.

        Raises:
            NotAdmitted: no admin.
            CannotCheck: there is no telling.
        """
        if not self.switched_on:
            raise NotAdmitted("switched_off", _SWITCHED_OFF, forbidden=True)
        given = bearer_of(authorization)
        if given is None:
            raise NotAdmitted("nothing_shown", self._send_it)
        # Headers are Latin-1.
        if self._digest is not None and hmac.compare_digest(
            _digest(given.encode("latin-1")), self._digest
        ):
            return Admin("ADMIN_TOKEN")
        if self._role is None or self._tokens is None:
            raise NotAdmitted("wrong_token", self._send_it)
        identity = await self._tokens.check(given)
        if self._role not in identity.roles:
            raise NotAdmitted("no_admin", "this token is no admin's", forbidden=True)
        return Admin(f"jwt:{identity.user_id}", identity.until)

    @property
    def _send_it(self) -> str:
        return f"send the header Authorization: Bearer followed by {self.wanted}"


def _digest(token: bytes) -> bytes:
    """Return what all tokens have in one length."""
    return hashlib.sha256(token).digest()
