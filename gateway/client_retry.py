"""Whether a lost connection is opened again, and when: docs/protocol.md's table of close codes.

At once the first time, at each address, then after a random part of a delay that doubles ("full
jitter": phones that lost their gateway together come back apart). Pure: no clock is read here.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeAlias, assert_never

from gateway.client_state import SeqHole
from gateway.talk_socket import Refused, SocketClosed, Unreachable
from schemas.close_codes import CloseCode

BASE_S: Final = 0.5
"""The second attempt's longest delay; it doubles with each that follows."""
CAP_S: Final = 30.0
LATER_S: Final = 5.0
"""At least this long where the gateway says "later"."""

STEADY_S: Final = 10.0
"""A connection that holds for so long ends an outage: accept, answer and drop does not."""
REMEMBERED_GAPS: Final = 1_000

Loss: TypeAlias = SocketClosed | Refused | Unreachable | SeqHole
"""Why there is no connection."""

_FOR_GOOD: Final = {
    CloseCode.NORMAL,
    1002,
    1007,
    CloseCode.POLICY_VIOLATION,
    CloseCode.TOO_BIG,
    CloseCode.FORBIDDEN,
    CloseCode.REPLACED,
    CloseCode.ENDED_BY_ADMIN,
    CloseCode.IDLE,
    CloseCode.SPENT,
}
_LATER: Final = {CloseCode.INTERNAL_ERROR, CloseCode.TRY_AGAIN_LATER, CloseCode.TOO_FAST}
_BUSY: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


def is_final(loss: Loss) -> bool:
    """Tell whether the gateway is not to be called again: it would only do the same."""
    match loss:
        case SocketClosed(code=code):
            return code in _FOR_GOOD
        case Refused(status=status):
            return status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _BUSY
        case Unreachable() | SeqHole():
            return False
        case other:
            assert_never(other)


class Outages:
    """When there was no connection, and how long to wait before the next attempt.

    Args:
        jitter: gives a number from 0 to 1, a new one each time.
        connect_within_s: how long the first connection is tried for.
        reconnect_within_s: how long it may take to replace one that is lost.
        addresses: how many are tried in turn; each is tried before patience ends.

    Attributes:
        reconnects: how often a connection replaced a lost one.
        gaps_s: how long each of the last `REMEMBERED_GAPS` took.
    """

    def __init__(
        self,
        jitter: Callable[[], float],
        *,
        connect_within_s: float,
        reconnect_within_s: float,
        addresses: int = 1,
    ) -> None:
        self.reconnects = 0
        self.gaps_s: deque[float] = deque(maxlen=REMEMBERED_GAPS)
        self._jitter = jitter
        self._within_s = connect_within_s
        self._reconnect_within_s = reconnect_within_s
        self._addresses = addresses
        self._attempts = 0
        self._began_at = -math.inf
        self._lost_at: float | None = None
        self._up_at: float | None = None

    def over(self, *, now: float) -> None:
        """Note that the session goes on, or, without a session, that there is a connection."""
        if self._lost_at is not None:
            self.reconnects += 1
            self.gaps_s.append(now - self._lost_at)
            self._lost_at = None
        if self._up_at is None:
            self._up_at = now
            self._within_s = self._reconnect_within_s

    def delay_s(self, loss: Loss, *, now: float) -> float | None:
        """Return how long to wait after `loss`, ``None`` to call the gateway no more."""
        if self._up_at is not None:
            if now - self._up_at >= STEADY_S:
                self._attempts = 0
            self._up_at, self._lost_at = None, now
        if self._attempts == 0:
            self._began_at = now
        self._attempts += 1
        wait_s = _least_s(loss) + self._jitter() * _longest_s(self._attempts - self._addresses)
        tried_all = self._attempts >= self._addresses
        too_long = tried_all and now + wait_s - self._began_at >= self._within_s
        return None if is_final(loss) or too_long else wait_s


def _least_s(loss: Loss) -> float:
    return LATER_S if isinstance(loss, SocketClosed) and loss.code in _LATER else 0.0


def _longest_s(again: int) -> float:
    """Return the bound of a delay, by how many attempts followed the first at each address."""
    # The exponent is bounded too, as floats are.
    return 0.0 if again < 1 else min(CAP_S, BASE_S * 2.0 ** min(again - 1, 10))
