"""What one session's turns cost, told to whoever counts what is spent, with the speech since."""

from __future__ import annotations

from collections.abc import Callable

from actors.ports import Spending
from actors.uplink import UplinkMailbox
from schemas.bill import Bill
from schemas.messages import SpendingTold


class Spender:
    """Tells of one session's spending.

    Args:
        spending: counts it.
        user_id: whose it is.
        uplink: says how much was spoken.
    """

    __slots__ = ("_counted_ms", "_spending", "_uplink", "_user_id")

    def __init__(self, spending: Spending, user_id: str, uplink: UplinkMailbox) -> None:
        self._spending = spending
        self._user_id = user_id
        self._uplink = uplink
        self._counted_ms = 0

    def go_on_from_here(self) -> None:
        """What was spoken until now was counted on another connection."""
        self._counted_ms = self._uplink.audio_ms

    def spend(self, bill: Bill, tell: Callable[[SpendingTold], None]) -> None:
        """Tell of a turn's bill; `tell` takes what the session is to be told of it."""
        spoken_ms = self._uplink.audio_ms - self._counted_ms
        self._counted_ms += spoken_ms
        self._spending.spend(self._user_id, bill, spoken_ms, tell)
