"""Many sessions whose phones have gone: what does one cost, and is it gone after its window?

    python -m bench.parked [--sessions 1000] [--window 75] [--folder DIR]

Each user's phone puts 30 items on its list, in three edits of which it acknowledges two, and
leaves. Memory is measured before and after, when nothing else has been left behind and what waited
for the garbage collector has been collected. All is done twice: what the first round needed once
for all is there in the second, which tells what a session costs.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

from bench.list_phone import ListPhone
from bench.parked_report import Round, report
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, running
from bench.shopper import NAMES
from bench.vitals import Vitals, at_rest, look, settled

ITEMS: Final = 30
_EDITS: Final = 3
_ONE_HEAP: Final = {"MALLOC_ARENA_MAX": "1"}
"""For glibc, which otherwise has a heap for each thread, and holes in each of them."""
_AT_ONCE: Final = 20
_ROUNDS: Final = 2
_ASKED_AFTERWARDS: Final = 20
_ANSWER_S: Final = 20.0
_GLANCE_S: Final = 0.01
_LOOK_S: Final = 0.25
_LATE_S: Final = 15.0
_SPARE_S: Final = 120.0
_EACH_S: Final = 0.5
_What = TypeVar("_What")


async def _round(gateway: GatewayProcess, number: int, *, sessions: int, window_s: float) -> Round:
    """Have as many phones come and go, and wait until their sessions are gone."""

    async def comes_and_goes(phone: ListPhone) -> None:
        async with asyncio.TaskGroup() as group:
            line = await phone.connect(group)
            await fill(phone)
            await line.close()

    async def comes_back(phone: ListPhone) -> None:
        async with asyncio.TaskGroup() as group:
            await (await phone.connect(group)).close()

    seen = Round(sessions=sessions, window_s=window_s)
    await at_rest(gateway)
    seen.before = await _collected(gateway)
    phones = [ListPhone(gateway.port, f"parked-{number}-{each:04}") for each in range(sessions)]
    await a_few_at_once(comes_and_goes, phones)
    left_at = time.monotonic()
    seen.short = sum(len(phone.notebook.items) != ITEMS for phone in phones)
    seen.uncollected = await settled(gateway, seen.before.tasks, files=seen.before.files)
    seen.parked = await _collected(gateway)
    seen.store = await _store(gateway)
    deadline = time.monotonic() + window_s + _LATE_S
    while (await _store(gateway)).get("parked") != 0 and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_S)
    seen.gone_after_s = time.monotonic() - left_at
    seen.store_after = await _store(gateway)
    await settled(gateway, seen.before.tasks, files=seen.before.files)
    seen.after = await _collected(gateway)
    asked = phones[:: max(1, sessions // _ASKED_AFTERWARDS)]
    await a_few_at_once(comes_back, asked)
    seen.asked, seen.still_there = len(asked), sum(phone.resumed for phone in asked)
    for phone in asked:
        await asyncio.to_thread(gateway.end_session, phone.user)
    return seen


async def fill(phone: ListPhone) -> None:
    """Put the items on the list; the last edit's events are not acknowledged."""
    for edit in range(_EDITS):
        phone.acknowledging = edit < _EDITS - 1
        names = NAMES[edit:ITEMS:_EDITS]
        items = len(phone.notebook.items) + len(names)
        await phone.request("edit", operations=[{"op": "add", "name": name} for name in names])
        async with asyncio.timeout(_ANSWER_S):
            while len(phone.notebook.items) < items:
                await asyncio.sleep(_GLANCE_S)


async def a_few_at_once(do: Callable[[_What], Awaitable[None]], these: Iterable[_What]) -> None:
    """Do something to all, some at a time."""
    left = iter(these)

    async def work() -> None:
        for one in left:
            await do(one)

    async with asyncio.TaskGroup() as group:
        for number in range(_AT_ONCE):
            group.create_task(work(), name=f"worker-{number}")


async def _collected(gateway: GatewayProcess) -> Vitals:
    """Return how the gateway is without its garbage."""
    gateway.collect_garbage()
    return await look(gateway)


async def _store(gateway: GatewayProcess) -> dict[str, Any]:
    """Return what `/health` says of the sessions that are kept."""
    kept: dict[str, Any] = (await asyncio.to_thread(gateway.health)).get("store", {})
    return kept


def main() -> int:
    """Run it; return 1 when a session costs too much, or stays for longer than its window."""
    parser = argparse.ArgumentParser(prog="bench.parked", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000)
    parser.add_argument("--window", type=float, default=75, help="seconds that they are kept")
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    with folder_for_logs(chosen.folder) as folder:
        emulator = EmulatorProcess(folder, ("--ears", "none"))
        settings = {"SESSION_RESUME_WINDOW": f"{chosen.window:g}", **_ONE_HEAP}
        gateway = GatewayProcess(folder, settings, collecting=True)
        with running(emulator, gateway):
            rounds = asyncio.run(_run(gateway, sessions=chosen.sessions, window_s=chosen.window))
        log = gateway.lines()
    return report(rounds, log)


async def _run(gateway: GatewayProcess, *, sessions: int, window_s: float) -> list[Round]:
    async with asyncio.timeout(_ROUNDS * (sessions * _EACH_S + window_s + _SPARE_S)):
        return [
            await _round(gateway, number, sessions=sessions, window_s=window_s)
            for number in range(_ROUNDS)
        ]


if __name__ == "__main__":
    sys.exit(main())
