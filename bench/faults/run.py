"""Runs scenarios, several phones at once, each on a gateway and an emulator of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from bench.faults.outcome import Outcome
from bench.faults.pair import Environment, Pair, running
from bench.faults.play import play, warm_up
from bench.faults.scenario import Scenario
from bench.faults.table import Row

LANES: Final = 3
"""Phones at once: two cores then have time left, which is what the figures are worth."""

Job = tuple[Scenario, int]


async def run_all(
    scenarios: Sequence[Scenario],
    *,
    runs: int,
    lanes: int = LANES,
    progress: Callable[[str], None],
) -> list[Row]:
    """Play each scenario `runs` times; return one row each, in the order of `scenarios`."""
    rows = {scenario.name: Row(scenario) for scenario in scenarios}
    jobs = deque(_sorted([(scenario, run) for scenario in scenarios for run in range(runs)]))
    async with asyncio.TaskGroup() as group:
        for number in range(min(lanes, len(jobs))):
            lane = _Lane(jobs, rows, progress)
            group.create_task(lane.run(), name=f"lane-{number}")
    return list(rows.values())


def _sorted(jobs: list[Job]) -> list[Job]:
    """Return the slow ones first, so that none is waited for alone, then by environment."""
    return sorted(jobs, key=lambda job: (not job[0].slow, repr(job[0].environment)))


class _Lane:
    """One phone after another; the pair is kept as long as the environment stays the same."""

    def __init__(
        self, jobs: deque[Job], rows: dict[str, Row], progress: Callable[[str], None]
    ) -> None:
        self._jobs = jobs
        self._rows = rows
        self._progress = progress
        self._pair: tuple[Environment, Pair] | None = None
        self._open = contextlib.ExitStack()

    async def run(self) -> None:
        """Work until there are no more jobs."""
        try:
            while self._jobs:
                await self._one(*self._next_job())
        finally:
            self._open.close()

    def _next_job(self) -> Job:
        """Take the first job for the pair at hand, or else the first of all."""
        for job in self._jobs:
            if self._pair is not None and job[0].environment == self._pair[0]:
                self._jobs.remove(job)
                return job
        return self._jobs.popleft()

    async def _one(self, scenario: Scenario, run: int) -> None:
        try:
            pair = await self._pair_for(scenario.environment)
            outcome = await play(scenario, pair, run=run)
        except* (OSError, RuntimeError, TimeoutError) as group:
            # A pair that does not start, or is lost, is a finding about its own scenarios only.
            outcome = Outcome(problems=[repr(exc) for exc in group.exceptions])
        row = self._rows[scenario.name]
        row.outcomes.append(outcome)
        self._progress(f"{scenario.name} ({run + 1}): {_verdict(Row(scenario, [outcome]))}")
        if Row(scenario, [outcome]).broken:
            self._progress("".join(f"    {line}\n" for line in _evidence(outcome)).rstrip())

    async def _pair_for(self, environment: Environment) -> Pair:
        if self._pair is not None and self._pair[0] == environment:
            return self._pair[1]
        self._pair = None
        await asyncio.to_thread(self._open.close)
        pair = await asyncio.to_thread(self._open.enter_context, running(environment))
        await warm_up(pair)
        self._pair = environment, pair
        return pair


def _verdict(row: Row) -> str:
    return "; ".join(row.broken) or "kept"


def _evidence(outcome: Outcome) -> list[str]:
    return [f"told: {' '.join(outcome.told)}", *outcome.log]
