"""What happens to speech that arrives from the phone."""

from __future__ import annotations

import enum


class Gate(enum.Enum):
    """What happens to speech that arrives."""

    OPEN = enum.auto()
    """It is kept and will be sent."""
    KNOCK = enum.auto()
    """It is kept, and the supervisor is told that somebody speaks."""
    SHUT = enum.auto()
    """It is dropped: nobody will ever hear it."""
