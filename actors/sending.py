"""What the pure session may ask about what is on its way to Gemini, at the moment it decides."""

from __future__ import annotations

from typing import Final, Protocol


class Sending(Protocol):
    """What links were sent, as `actors.uplink.UplinkMailbox` knows it."""

    @property
    def sent_ms(self) -> int:
        """Milliseconds of sound that this connection's links were sent."""

    @property
    def asks(self) -> bool:
        """Whether a typed sentence was sent that is not answered."""

    def says_again(self, *, began_at: float, idle_since: float) -> bool:
        """Return whether Gemini may be answering what was said before, and is said again.

        Args:
            began_at: when it began to answer, in monotonic seconds.
            idle_since: since when it had nothing else to do before.
        """


class NothingNew:
    """Nothing is sent: if anything is answered, it is what was said before."""

    sent_ms = 0
    asks = False

    def says_again(self, *, began_at: float, idle_since: float) -> bool:
        """Return that it may."""
        del began_at, idle_since
        return True


NOTHING_NEW: Final = NothingNew()
