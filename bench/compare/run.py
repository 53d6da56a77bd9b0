"""Compares: starts each contestant, connects phones to it, and has them speak, in turns."""

from __future__ import annotations

import datetime as dt
import os
import platform
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.compare import proc
from bench.compare.contestants import BARE, CONTESTANTS, Running
from bench.compare.pacing import Pacing
from bench.compare.plan import Load, Plan
from bench.compare.results import Results, Row
from bench.compare.saturation import Search
from bench.compare.stage import Stage
from bench.compare.window import Window, middle

LIMIT_MS: Final = 50.0
"""p99 of delay beyond which a core holds no more sessions."""
SENTENCES: Final = "sentences"
TOGETHER: Final = "sentences x 200"
ALONE: Final = "sentences x 1"
OURS: Final = ("gateway-v1", "gateway-v2")
_WARM_UP: Final = 10
_TOGETHER: Final = 200
_SENTENCES_CHUNK_MS: Final = 250
_CHUNK_MS: Final = 100
_LATE_MS: Final = 25.0
"""p99 of the phones' own lateness beyond which it is they who are at their limit."""
_LOAD_LIMIT: Final = 0.85
_FULL: Final = 1.1
Progress = Callable[[str], None]


def compare(plan: Plan, folder: Path, progress: Progress, *, only: Sequence[str] = ()) -> Results:
    """Measure every contestant, or only those that are named, and return the results."""
    began = time.monotonic()
    chosen = [each for each in CONTESTANTS if not only or each.key in only]
    made = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    with ExitStack() as stack:
        stage = Stage(folder)
        stack.callback(stage.stop)
        rows = [Row(each.key, each.title) for each in chosen]
        results = Results(made, plan.name, _machine(stage), rows)
        _starts(stage, plan, results, progress)
        running = [_prepared(stack, stage, plan, row, progress) for row in rows]
        for load in plan.loads:
            for number in range(load.rounds):
                for each, row in zip(running, rows, strict=True):
                    progress(f"{row.title}: {load.purpose}, round {number + 1}")
                    _load(stage, plan, load, each, row)
        for each, row in zip(running, rows, strict=True):
            if row.key in plan.alone:
                progress(f"{row.title}: alone")
                _alone(stage, plan, each, row)

        def attempt(what: str) -> bool:
            progress(what)
            return time.monotonic() - began < plan.budget_s

        _limits(stage, plan, [*zip(running, rows, strict=True)], attempt)
    results.took_s = time.monotonic() - began
    return results


def steps(plan: Plan, contestants: int) -> int:
    """Return how often `compare` tells of progress, about."""
    rounds = sum(load.rounds for load in plan.loads)
    return 2 * plan.starts + contestants * (2 + rounds + plan.probes) + len(plan.alone)


def _machine(stage: Stage) -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "shared": stage.cores.shared,
    }


def _starts(stage: Stage, plan: Plan, results: Results, progress: Progress) -> None:
    """Start the gateway and a bare app, in turns, and note how long they take."""
    gateway = next(each for each in CONTESTANTS if each.key == "gateway-v1")
    for _ in range(plan.starts):
        for contestant, times in ((BARE, results.bare_start_s), (gateway, results.start_s)):
            progress(f"{contestant.title}: start")
            running = stage.start(contestant)
            try:
                if contestant is gateway:
                    results.ready_s.append(running.until_ready())
            finally:
                running.stop()
            times.append(running.took_s)


def _prepared(
    stack: ExitStack,
    stage: Stage,
    plan: Plan,
    row: Row,
    progress: Progress,
) -> Running:
    """Start a contestant, and have as many phones connected as all that follows needs."""
    progress(f"{row.title}: start")
    running = stage.start(next(each for each in CONTESTANTS if each.key == row.key))
    stack.callback(running.stop)
    row.start_s = running.took_s
    row.ready_s = running.until_ready()
    row.phones = plan.phones_of.get(row.key, plan.phones)
    # What is loaded with the first session belongs to none.
    stage.connect(running, _WARM_UP)
    stage.speak(running, Pacing(_WARM_UP, _CHUNK_MS, 0.5, "steady"))
    before = row.base_kib = proc.rss_kib(running.pid)
    stage.connect(running, _WARM_UP + row.phones)
    row.idle = stage.idle(running)
    row.idle_kib = (proc.rss_kib(running.pid) - before) / row.phones
    progress(f"{row.title}: {row.phones} sessions")
    spoken = stage.speak(
        running,
        Pacing(row.phones + _WARM_UP, _SENTENCES_CHUNK_MS, plan.sentences_s, "sentences"),
        idle=row.idle,
    )
    row.speaking_kib = (proc.rss_kib(running.pid) - before) / row.phones
    row.add(SENTENCES, spoken)
    return running


def _load(stage: Stage, plan: Plan, load: Load, running: Running, row: Row) -> None:
    phones = min(load.phones, stage.connected(running))
    pacing = Pacing(phones, load.chunk_ms, plan.window_s, "steady")
    row.add(load.purpose, stage.speak(running, pacing, idle=row.idle))


def _alone(stage: Stage, plan: Plan, running: Running, row: Row) -> None:
    """Have one phone speak by itself, and then 200 at once: does a product take longer?"""
    together = Pacing(_TOGETHER, _CHUNK_MS, plan.sentences_s, "sentences")
    alone = Pacing(1, _CHUNK_MS, plan.alone_s, "sentences", sentence_ms=300, cycle_ms=900)
    for purpose, pacing in ((TOGETHER, together), (ALONE, alone)):
        row.add(purpose, stage.speak(running, pacing, idle=row.idle))


def _limits(
    stage: Stage, plan: Plan, tried: Sequence[tuple[Running, Row]], attempt: Callable[[str], bool]
) -> None:
    """Find out how many sessions a core holds, contestants in turns."""
    searches = [Search(_first(plan, row), plan.most) for _, row in tried]
    for _ in range(plan.probes):
        for (running, row), search in zip(tried, searches, strict=True):
            phones = search.next()
            if phones is None or not attempt(f"{row.title}: {phones} sessions at once"):
                continue
            stage.connect(running, phones)
            pacing = Pacing(phones, _CHUNK_MS, plan.probe_s, "steady")
            window = stage.speak(running, pacing, idle=row.idle)
            row.limits.append(window)
            search.note(phones, well=holds(window))
    for (_, row), search in zip(tried, searches, strict=True):
        row.saturated_at = search.enough
        failed = [each for each in row.limits if not holds(each)]
        by_load = search.too_many is None or any(_load_at_limit(each) for each in failed)
        row.saturated_by = "load generator" if by_load else "contestant"


def _first(plan: Plan, row: Row) -> int:
    """Return how many sessions would use a core, by what a chunk costs under less load."""
    cost = middle([each.cpu_us_per_chunk for each in row.of(plan.loads[0].purpose)])
    return round(_FULL * 1e6 / cost / (1000 / _CHUNK_MS))


def holds(window: Window) -> bool:
    """Return whether a core holds so many sessions."""
    return window.delay_ms.get("p99", LIMIT_MS) < LIMIT_MS and not window.lost


def _load_at_limit(window: Window) -> bool:
    return window.load > _LOAD_LIMIT or window.late_ms.get("p99", 0.0) > _LATE_MS
