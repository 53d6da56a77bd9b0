"""What this process has refused, by cause: whoever refuses counts it here, `/metrics` shows it.

The counts belong to the process, as its log does, so that nobody has to be handed them. A cause is
one of a few words fixed in the code, never text of a client's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

_COUNTS: Final[Counter[str]] = Counter()


def count(cause: str) -> None:
    """Count one refusal for `cause`."""
    _COUNTS[cause] += 1


def counts() -> Mapping[str, int]:
    """Return how often each cause was counted since the process began."""
    return dict(_COUNTS)
