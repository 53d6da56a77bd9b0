"""Which core whose work is done on: the contestants share one, the load has another."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FIRST: Final = -10
"""Niceness: delays are to be the contestants', not those of whoever else uses the machine."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Numbers of cores.

    Attributes:
        contestants: where they run, one at a time.
        phones: where the load generator runs.
        upstream: where the upstream runs.
    """

    contestants: int
    phones: int
    upstream: int

    @property
    def shared(self) -> bool:
        """Whether the load disturbs the contestants."""
        return self.contestants in {self.phones, self.upstream}


def cores(available: set[int] | None = None) -> Cores:
    """Return a core for each, as far as there are enough; by default, of those we may use."""
    numbers = sorted(available or os.sched_getaffinity(0))
    first, *others = numbers
    return Cores(first, *(others * 2 or [first] * 2)[:2])


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Have processes that are started meanwhile run on one core, with all their threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def put_first(pid: int) -> None:
    """Let a process that has a session of its own go before others, if we may have that.

    Where Linux groups processes by session, it is the group's niceness that counts between them.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _FIRST)
        Path(f"/proc/{pid}/autogroup").write_text(f"{_FIRST}")
