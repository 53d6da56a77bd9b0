"""Ports for processes that are started, killed and started again on the same one."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path
from typing import Final

_FIRST: Final = 10_240
"""Below are those of well-known services."""
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LEAST: Final = 1_000
_choice: Final = random.SystemRandom()


def own_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on and that nobody gets by chance.

    The kernel gives none of these to who asks for any port, nor to a connection, so that one is
    still free when a process comes back (`ip_local_port_range`, Linux's ip-sysctl documentation).
    If it keeps too few from them, or does not tell, it is any that is free now.
    """
    begins = 0
    with contextlib.suppress(OSError, ValueError):
        begins = int(_RANGE.read_text().partition("\t")[0])
    while True:
        number = _choice.randrange(_FIRST, begins) if begins >= _FIRST + _LEAST else 0
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", number))
            port: int = probe.getsockname()[1]
            return port
