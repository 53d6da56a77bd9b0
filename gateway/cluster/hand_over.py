"""Getting a session that another instance has: it is asked to park it."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from typing import Final, Protocol

from gateway.cluster.bus import Outcome, Silence
from schemas.cluster import LetGo, NotHere, Parked, Request

WITHIN_S: Final = 1.5
"""How long the other instance may take: more than Gemini may take to close a link."""
_AGAIN_S: Final = 0.1
_LEAST_S: Final = 0.1
"""For an answer to the last question: without time for one, it would seem that there is none."""


class HandedOver(enum.Enum):
    """What became of it."""

    PARKED = "parked"
    """It was that instance's, and is parked."""
    NOT_THERE = "not there"
    """It is not that instance's any more; it may have been parked, or lost with its lease."""
    NOBODY = "nobody"
    """That instance has gone."""
    NO_ANSWER = "no answer"
    """That instance is there, and has not parked it in time."""


class Asks(Protocol):
    """Asks an instance; `gateway.cluster.bus.Bus`."""

    async def ask(self, instance: str, request: Request, *, within_s: float) -> Outcome:
        """Return what became of it, or raise `StoreUnavailable`."""


class HandOver:
    """Asks instances to park a session for a phone that is here."""

    def __init__(self, bus: Asks, *, settled: Callable[[], bool]) -> None:
        """Connect it.

        Args:
            bus: asks the other instances.
            settled: whether nobody under a name means that the instance has gone. It does not
                right after Redis is back, when not all have found it again.
        """
        self._bus = bus
        self._settled = settled

    async def __call__(self, instance: str, user_id: str, session_id: str) -> HandedOver:
        """Return what became of a session after `WITHIN_S` at most.

        Raises:
            StoreUnavailable: Redis is away.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + WITHIN_S
        request = LetGo(user_id, session_id)
        while True:
            outcome = await self._bus.ask(instance, request, within_s=deadline - clock())
            too_late = clock() >= deadline - _AGAIN_S - _LEAST_S
            if outcome is not Silence.NOBODY or self._settled() or too_late:
                return _meaning(outcome)
            await asyncio.sleep(_AGAIN_S)


def _meaning(outcome: Outcome) -> HandedOver:
    match outcome:
        case Parked():
            return HandedOver.PARKED
        case NotHere():
            return HandedOver.NOT_THERE
        case Silence.NOBODY:
            return HandedOver.NOBODY
        case _:
            return HandedOver.NO_ANSWER
