"""What was done and seen in one run, but for what the shoppers have to tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bench.asked import Asked
from bench.chaos.faults import Fault
from bench.chaos.only_redis import Flush


@dataclass(slots=True)
class Seen:
    """One run.

    Attributes:
        done: the faults that were carried out.
        windows: when each began, but for cuts: Unix seconds and what it was.
        flushes: how Redis was emptied.
        stored_again_s: seconds from each flush until Redis held every session again.
        asked: what the emulator was asked for.
        exit_codes: of instances that were told to end, `None` of one that did not.
        drains_s: seconds that each of those took.
        not_recovered: after which faults not everybody was back in time.
    """

    done: Counter[Fault] = field(default_factory=Counter)
    windows: list[tuple[float, Fault]] = field(default_factory=list)
    flushes: list[Flush] = field(default_factory=list)
    stored_again_s: list[float] = field(default_factory=list)
    asked: Asked = field(default_factory=Asked)
    exit_codes: Counter[int | None] = field(default_factory=Counter)
    drains_s: list[float] = field(default_factory=list)
    not_recovered: list[str] = field(default_factory=list)
