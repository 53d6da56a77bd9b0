"""Who somebody is, as a token says it; apart from what checks tokens, which is large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token says it is.

    Attributes:
        user_id: the user.
        until: when it is good no more, in Unix seconds, with the tolerance for clocks.
        roles: what they may do besides.
    """

    user_id: str
    until: float
    roles: frozenset[str] = frozenset()


class TokenCheck(Protocol):
    """Checks tokens."""

    async def check(self, token: str) -> Identity:
        """Return whose token it is.

        Raises:
            NotAdmitted: it is not good.
            CannotCheck: its issuer's keys are not to be had.
        """
