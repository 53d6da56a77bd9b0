"""What something came to: tokens and, as far as prices are known, money."""

from __future__ import annotations

from typing import Final

import msgspec


class Bill(msgspec.Struct, frozen=True, gc=False):
    """Tokens, and nanodollars: 0 of these where there is no price."""

    tokens: int = 0
    nanos: int = 0

    def __add__(self, other: Bill) -> Bill:
        return Bill(self.tokens + other.tokens, self.nanos + other.nanos)

    def __sub__(self, other: Bill) -> Bill:
        """Return what is left; nothing of a kind is ever below zero."""
        return Bill(max(0, self.tokens - other.tokens), max(0, self.nanos - other.nanos))

    def __bool__(self) -> bool:
        return bool(self.tokens or self.nanos)


NOTHING: Final = Bill()
