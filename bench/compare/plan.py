"""How much is measured: quickly, for a look, or in full, for the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Load:
    """Phones that speak without a pause, the same for every contestant.

    Attributes:
        chunk_ms: in chunks of this length.
        phones: how many of them.
        rounds: how often each contestant has its turn.
    """

    chunk_ms: int
    phones: int
    rounds: int

    @property
    def purpose(self) -> str:
        """What it is called in results."""
        return f"{self.chunk_ms} ms x {self.phones}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A comparison's size.

    Attributes:
        name: ``quick`` or ``full``.
        starts: how often the gateway and a bare app are started and timed.
        phones: how many sessions memory is divided by.
        phones_of: fewer, where that many take minutes to connect.
        sentences_s: how long they speak sentences.
        loads: the others, the one that ratios are made of first.
        window_s: how long each of those lasts.
        probes: how many loads are tried in the search for the limit.
        probe_s: how long each lasts.
        most: the most phones that are tried.
        alone_s: how long one phone speaks alone.
        alone: to whom.
        budget_s: after that, the search for limits makes do with what it has.
    """

    name: str
    starts: int
    phones: int
    phones_of: dict[str, int]
    sentences_s: float
    loads: tuple[Load, ...]
    window_s: float
    probes: int
    probe_s: float
    most: int
    alone_s: float
    alone: tuple[str, ...]
    budget_s: float


QUICK: Final = Plan(
    name="quick",
    starts=2,
    phones=300,
    phones_of={"google-way": 150},
    sentences_s=4.2,
    loads=(Load(100, 150, 2), Load(100, 50, 1), Load(20, 40, 1)),
    window_s=1.6,
    probes=3,
    probe_s=1.5,
    most=2200,
    alone_s=5.0,
    alone=("gateway-v2",),
    budget_s=145.0,
)
FULL: Final = Plan(
    name="full",
    starts=7,
    phones=300,
    phones_of={},
    sentences_s=15.0,
    loads=(
        *(Load(100, 150, 5), Load(100, 50, 3), Load(20, 40, 3)),
        *(Load(40, 80, 3), Load(250, 300, 3), Load(100, 300, 3)),
    ),
    window_s=4.0,
    probes=7,
    probe_s=4.0,
    most=2200,
    alone_s=45.0,
    alone=("gateway-v1", "gateway-v2"),
    budget_s=1_500.0,
)
