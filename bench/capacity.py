"""How many sessions an instance holds, and what many users cost: from what was measured. Pure.

    python -m bench.capacity --write docs/performance.md

`make bench` does that at its end. Prices and limits of others are facts of theirs, with their day.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.compare.document import begin, between
from bench.compare.results import Results, Row, newest, read
from bench.compare.run import TOGETHER
from bench.compare.table import cost
from bench.compare.window import middle
from bench.service import ROOT

SHARE_OF_CORE: Final = 0.6
"""The rest is for those that move over when an instance ends, and for delays that stay short."""
SHARE_OF_MEMORY: Final = 0.8
PARKED_MIB: Final = 128
"""`PARKED_BYTES`, which sessions without a connection may take."""
MOST_CONCURRENT: Final = 1_000
"""Requests of one Cloud Run instance; a WebSocket is one. Cloud Run's documentation, "Maximum
concurrent requests for services", 2026."""
_VCPU_SECOND: Final = 0.000018
_GIB_SECOND: Final = 0.000002
"""Dollars. Cloud Run's price list, instance-based billing, regions of tier 1, 2026."""
_AUDIO_TOKEN: Final = 3.0 / 1e6
"""Dollars. Gemini API's price list, gemini-3.8-live, sound sent to it, autumn of 2026."""
_TOKENS_A_SECOND: Final = 25
_HOURS_A_MONTH: Final = 730
_CHUNKS_A_SECOND: Final = 10
_FIRST_LOAD: Final = "100 ms x 150"
_USERS: Final = (1_000, 100_000)
_BEGIN: Final = begin("python -m bench.capacity")
_SPARE: Final = 1
"""Instances more than sessions need, so that one may be lost."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one session takes of an instance.

    Attributes:
        title: whose figures these are.
        cpu_ms: milliseconds of CPU a second of somebody who speaks, in chunks of 100 ms.
        kib: memory, of a session that speaks.
        base_mib: memory of the process without sessions.
        saturated_at: sessions at which delays get long, on the core that was measured.
    """

    title: str
    cpu_ms: float
    kib: float
    base_mib: float
    saturated_at: int


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance's size.

    Attributes:
        vcpu: virtual cores; one event loop uses one of them.
        mib: memory.
    """

    vcpu: int
    mib: int

    @property
    def title(self) -> str:
        """What it is called."""
        memory = f"{self.mib} MiB" if self.mib % 1024 else f"{self.mib // 1024} GiB"
        return f"{self.vcpu} vCPU, {memory}"

    @property
    def dollars_an_hour(self) -> float:
        """What it costs."""
        return 3600 * (self.vcpu * _VCPU_SECOND + self.mib / 1024 * _GIB_SECOND)


INSTANCES: Final = (Instance(1, 512), Instance(1, 1024), Instance(2, 1024))


def cost_of(row: Row) -> Cost:
    """Return what a session takes, by what was measured of one contestant.

    With products where that was measured, else of speech without a pause.
    """
    spoken = row.of(TOGETHER)
    cpu_ms = middle([each.cpu_ms_per_session_second for each in spoken])
    if not spoken:
        cpu_ms = cost(row, _FIRST_LOAD) * _CHUNKS_A_SECOND / 1000
    return Cost(row.title, cpu_ms, row.speaking_kib, row.base_kib / 1024, row.saturated_at)


def limits(cost: Cost, instance: Instance) -> dict[str, int]:
    """Return how many sessions an instance holds by each of its limits, the least first."""
    by_cpu = SHARE_OF_CORE * min(1000 / cost.cpu_ms, cost.saturated_at or math.inf)
    free_mib = instance.mib * SHARE_OF_MEMORY - cost.base_mib - PARKED_MIB
    found = {
        "CPU": math.floor(by_cpu),
        "memory": max(0, math.floor(free_mib * 1024 / cost.kib)),
        "Cloud Run": MOST_CONCURRENT,
    }
    return dict(sorted(found.items(), key=lambda each: each[1]))


def instances_for(users: int, cost: Cost, instance: Instance) -> int:
    """Return how many instances hold so many users who speak at once, one to spare."""
    each = min(limits(cost, instance).values())
    return math.ceil(users / each) + _SPARE


def section(results: Results) -> str:
    """Return what stands in the document."""
    costs = [cost_of(row) for row in results.rows if row.key.startswith("gateway-")]
    dearest = max(costs, key=lambda each: 1 / max(1, min(limits(each, INSTANCES[0]).values())))
    told = (
        f"Measured here, by the {results.size} run of {results.made[:10]}, for a session that "
        "speaks in chunks of 100 ms:"
    )
    measured = "\n".join(map(_measured, costs))
    return "\n\n".join([told, measured, _sessions(costs), _worked(dearest)])


def _measured(cost: Cost) -> str:
    beside = f", beside {cost.base_mib:.0f} MiB of the process" if cost.base_mib else ""
    return (
        f"* {cost.title}: {cost.cpu_ms:.2f} ms of CPU a second of speech, {cost.kib:.0f} KiB"
        f"{beside}; p99 of added delay below 50 ms with {cost.saturated_at} sessions on a core"
    )


def _sessions(costs: Sequence[Cost]) -> str:
    lines = [["sessions of an instance", *(each.title for each in costs)]]
    lines += [
        [instance.title, *(_limit(limits(each, instance)) for each in costs)]
        for instance in INSTANCES
    ]
    return _markdown(lines)


def _limit(found: dict[str, int]) -> str:
    (what, least), *others = found.items()
    rest = ", ".join(f"{name} {count}" for name, count in others)
    return f"**{least}** by {what} ({rest})"


def _worked(cost: Cost) -> str:
    instance = INSTANCES[0]
    lines = [["speaking at once", *(f"{users:,} users" for users in _USERS)]]
    numbers = [instances_for(users, cost, instance) for users in _USERS]
    hourly = [number * instance.dollars_an_hour for number in numbers]
    gemini = [users * 3600 * _TOKENS_A_SECOND * _AUDIO_TOKEN for users in _USERS]
    lines += [
        [f"instances of {instance.title}, {_SPARE} to spare", *(f"{n:,}" for n in numbers)],
        ["Cloud Run, dollars an hour", *(f"{each:,.2f}" for each in hourly)],
        [
            "Cloud Run, dollars a month, day and night",
            *(f"{each * _HOURS_A_MONTH:,.0f}" for each in hourly),
        ],
        ["Gemini, dollars an hour, for the new sound alone", *(f"{each:,.0f}" for each in gemini)],
        [
            "Gemini ÷ Cloud Run",
            *(f"{mine / ours:,.0f}" for mine, ours in zip(gemini, hourly, strict=True)),
        ],
    ]
    return _markdown(lines)


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    header, *rest = lines
    ruled = [header, ["---", *["---:"] * (len(header) - 1)], *rest]
    return "\n".join("| " + " | ".join(line) + " |" for line in ruled)


def written_into(page: Path, results: Results) -> None:
    """Write it into a page."""
    page.write_text(between(page.read_text(), section(results), begin=_BEGIN))


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute it from the newest results; return 2 where there are none."""
    parser = argparse.ArgumentParser(prog="bench.capacity", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put it in there")
    given = parser.parse_args(arguments)
    file = newest(ROOT / "bench" / "results")
    if file is None:
        print("There are no results: run `make bench` first", file=sys.stderr)
        return 2
    results = read(file)
    print(section(results))
    if given.write is not None:
        written_into(given.write, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
