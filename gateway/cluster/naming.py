"""What an instance is called, unless the operator says."""

from __future__ import annotations

import os
import secrets
import socket
from typing import Final

_RANDOM_BYTES: Final = 4


def a_name() -> str:
    """Return a name that no other instance has: where it runs, and a random part."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(_RANDOM_BYTES)}"
