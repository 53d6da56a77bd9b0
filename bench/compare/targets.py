"""What the gateway is to reach, and what it did reach. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.compare.plan import Load
from bench.compare.results import Results, Row
from bench.compare.run import ALONE, TOGETHER
from bench.compare.table import FLOOR, PROTOTYPE, against
from bench.compare.window import middle_of

_V1: Final = "gateway-v1"
_V2: Final = "gateway-v2"
_OF_PROTOTYPE: Final = 0.25
_OF_FLOOR: Final = {_V1: 2.0, _V2: 1.6}
_SESSIONS: Final = 4.0
_SPEAKING_KIB: Final = 160.0
_IDLE_KIB: Final = 80.0
_TOGETHER: Final = 2.0
_START: Final = 1.3


@dataclass(frozen=True, slots=True)
class Target:
    """One target.

    Attributes:
        name: what it is about.
        found: what was measured.
        bound: what it may be.
        at_least: it may be more, not less.
    """

    name: str
    found: float
    bound: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it was reached; what was not measured was not."""
        return self.found >= self.bound if self.at_least else self.found <= self.bound

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "met" if self.met else "missed"
        return f"{self.name}: {self.found:.2f} (target {sign} {self.bound:g}): {verdict}"


def targets(results: Results, load: Load) -> list[Target]:
    """Return all targets; ratios of costs are made under `load`."""
    rows = {row.key: row for row in results.rows}
    found = list(_starts(results))
    for key in (_V1, _V2):
        if key in rows:
            found += _of_one(results, rows[key], load)
    if _V1 in rows and PROTOTYPE in rows:
        sessions = rows[_V1].saturated_at / max(1, rows[PROTOTYPE].saturated_at)
        found.append(Target("v1: sessions a core ÷ seed-way", sessions, _SESSIONS, at_least=True))
    return found


def _starts(results: Results) -> Iterator[Target]:
    # The fastest of each: whatever disturbs a start makes it longer.
    ratio = min(results.start_s) / min(results.bare_start_s)
    yield Target("first answer ÷ bare Starlette", ratio, _START)


def _of_one(results: Results, row: Row, load: Load) -> Iterator[Target]:
    name = row.key.removeprefix("gateway-")
    of = f"{name}: CPU a chunk, {load.purpose}"
    if row.key == _V1:
        ratio = against(results, PROTOTYPE, row, load.purpose)
        yield Target(f"{of} ÷ seed-way", ratio, _OF_PROTOTYPE)
    floor = against(results, FLOOR, row, load.purpose)
    yield Target(f"{of} ÷ HAProxy", floor, _OF_FLOOR[row.key])
    yield Target(f"{name}: KiB a speaking session", row.speaking_kib, _SPEAKING_KIB)
    yield Target(f"{name}: KiB an idle session", row.idle_kib, _IDLE_KIB)
    if row.of(ALONE):
        alone = middle_of("call_ms", "p99", row.of(ALONE))
        together = middle_of("call_ms", "p99", row.of(TOGETHER))
        yield Target(f"{name}: p99 of call to phone, 200 ÷ 1 session", together / alone, _TOGETHER)
