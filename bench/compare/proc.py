"""What Linux says of a process: the time it has spent on a core, and the memory it holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_PAGE_KIB: Final = os.sysconf("SC_PAGE_SIZE") // 1024
_TICK_NS: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def cpu_ns(pid: int) -> int:
    """Return how long all its threads have run, those of its children included.

    `schedstat` counts nanoseconds where utime and stime count ticks of 10 ms.
    """
    return sum(_of_one(process) for process in _family(pid))


def core_ns(core: int) -> int:
    """Return how long a core has been in use by anybody, to the tick."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _waiting, *rest = map(int, ticks)
            return (user + nice + system + sum(rest[:3])) * _TICK_NS
    return 0


def rss_kib(pid: int) -> int:
    """Return its resident memory, that of its children included."""
    return sum(
        int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_KIB
        for process in _family(pid)
    )


def _of_one(pid: int) -> int:
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except (OSError, IndexError):
            # The thread has ended meanwhile.
            continue
    return total


def _family(pid: int) -> list[int]:
    found = [pid]
    for process in found:
        try:
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        except OSError:
            continue
        found += map(int, children)
    return found
