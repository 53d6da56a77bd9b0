"""Adds amounts up, in the list's own precision."""

from __future__ import annotations

from typing import Final

_DECIMALS: Final = 3
"""As `shopping.fields` rounds: 0.1 kg and 0.2 kg are 0.3 kg."""


def rounded(quantity: float) -> int | float:
    """Return an amount as the list shows it: a whole number as an `int`."""
    exact = round(quantity, _DECIMALS)
    return int(exact) if exact == int(exact) else exact
