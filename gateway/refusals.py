"""What this process has refused, by cause: whoever refuses counts it here, `/metrics` shows it.

A cause is one of a few words fixed in the code, never text of a client's. Each refusal has a line
in the log as well, unless its cause had many lately: whoever is refused could fill the log else.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from gateway.connects import Buckets

if TYPE_CHECKING:
    from actors.ports import Fact, Observer  # the port answers before this is loaded

LINES_A_MINUTE: Final = 300
"""Of one cause, that many at once."""


class Lines:
    """Says which refusals have a line in the log."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets = Buckets(LINES_A_MINUTE)
        self._untold: Counter[str] = Counter()

    def due(self, cause: str) -> int | None:
        """Return how many had none before this one, which has; `None` if it has none either."""
        if self._buckets.wait_s(cause, self._clock()):
            self._untold[cause] += 1
            return None
        return self._untold.pop(cause, 0)

    def leave_out(self, cause: str) -> None:
        """Note that one has none, for nobody can write it."""
        self._untold[cause] += 1


class Refusals:
    """Counts by cause; whoever refuses calls `count`, whoever reports reads `counts`.

    Attributes:
        counts: how often, by cause.
        observer: is told of what the server's protocols refuse; `None`: nobody is yet.
    """

    def __init__(self, *, lines: Lines | None = None, observer: Observer | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.observer = observer
        self._lines = lines or Lines()

    def count(self, cause: str) -> None:
        """Count one more refusal."""
        self.counts[cause] += 1

    def tell(self, cause: str, status: int | None, client: tuple[str, int] | None) -> None:
        """Count one more refusal; write the line of it if it has one.

        This is for the server's protocols, which are made before there is an observer.

        Args:
            cause: one word of the code's.
            status: of the answer; `None`: there is none.
            client: address and port of who is at the other end, a proxy included.
        """
        self.count(cause)
        if self.observer is None:
            self._lines.leave_out(cause)
            return
        untold = self._lines.due(cause)
        if untold is not None:
            address = client[0] if client else ""
            facts: dict[str, Fact] = {"status": status, "cause": cause, "address": address}
            if untold:
                facts["untold"] = untold
            self.observer.note("request_refused", **facts)


PROCESS: Final = Refusals()
"""The process's own, as its log is, for those who are not handed another."""


def count(cause: str) -> None:
    """Count one refusal of the process's for `cause`."""
    PROCESS.count(cause)


def counts() -> Mapping[str, int]:
    """Return how often each cause was counted since the process began."""
    return dict(PROCESS.counts)
