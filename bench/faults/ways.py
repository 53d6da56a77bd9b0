"""What clients are told in the usual cases, and sentences that promises have in common."""

from __future__ import annotations

from typing import Final

from bench.faults.outcome import Promise

CALM: Final = ("connecting", "listening", "stopped")
ONCE: Final = ("connecting", "listening", "reconnecting", "listening", "stopped")
TWICE: Final = (*ONCE[:-1], "reconnecting", "listening", "stopped")
REFUSED: Final = ("connecting", "error: Speech is not processed", "stopped")
REFUSED_BETWEEN: Final = (*CALM, *REFUSED, *CALM)

UNNOTICED: Final = Promise(told=(CALM,))
NOTICED: Final = Promise(told=(ONCE,), restarts=(1, 1))
EITHER: Final = Promise(told=(CALM, ONCE), restarts=(0, 1))

KEPT: Final = "Told once, listening again at once; no speech and no product is lost."
SILENT: Final = "The client is told nothing, and nothing is lost."
"""A rotation."""
REFUSAL: Final = (
    "The client is told why in one error and `stopped`; it is not tried again until it asks."
)
