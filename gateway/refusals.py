"""What this process has refused, by cause: whoever refuses counts it here, `/metrics` shows it.

A cause is one of a few words fixed in the code, never text of a client's. Each refusal has a line
in the log as well, unless its cause had many lately: whoever is refused could fill the log else.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from gateway.connects import Buckets

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


class Refusals:
    """Counts by cause; whoever refuses calls `count`, whoever reports reads `counts`."""

    def __init__(self, *, lines: Lines | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._lines = lines or Lines()

    def count(self, cause: str) -> None:
        """Count one more refusal."""
        self.counts[cause] += 1

    def tell(
        self, cause: str, what: str, client: tuple[str, int] | None, logger: logging.Logger
    ) -> None:
        """Count one more refusal, of `what`; write the line of it if it has one.

        This is for the server's protocols, which know no observer.
        """
        self.count(cause)
        untold = self._lines.due(cause)
        if untold is not None:
            address = client[0] if client else "nowhere"
            more = f"; {untold} more before" if untold else ""
            logger.warning("Refused %s from %s: %s%s.", what, address, cause, more)


PROCESS: Final = Refusals()
"""The process's own, as its log is, for those who are not handed another."""


def count(cause: str) -> None:
    """Count one refusal of the process's for `cause`."""
    PROCESS.count(cause)


def counts() -> Mapping[str, int]:
    """Return how often each cause was counted since the process began."""
    return dict(PROCESS.counts)
