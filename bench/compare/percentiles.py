"""Sums a measurement's many values up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SHARES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "worst": 1.0}


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the values that a share of all does not pass; nothing of nothing."""
    if not values:
        return {}
    ordered = sorted(values)
    return {name: ordered[max(0, _rank(share, len(ordered)))] for name, share in SHARES.items()}


def _rank(share: float, count: int) -> int:
    """Return the nearest rank, from 0."""
    return -int(-share * count // 1) - 1
