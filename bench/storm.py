"""Many phones whose Gemini links are lost every few seconds: is anything lost, doubled or kept?

python -m bench.storm [--phones 50] [--seconds 180] [--every 5] [--seed 1]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.links import Links
from bench.loglines import error_lines, exception_lines
from bench.processes import EmulatorProcess, GatewayProcess, running
from bench.shopper import PATIENCE_S, Shopper
from bench.vitals import MEMORY_SPARE, TASKS_SPARE, Vitals, grew, look, watch

IN_MID_SENTENCE: Final = "abort in mid sentence"
KINDS: Final[Mapping[str, Mapping[str, object]]] = {
    "abort": {"abort": True},
    IN_MID_SENTENCE: {"abort": True},
    "close 1011": {"close": {"code": 1011, "reason": "Internal error encountered."}},
    "goAway of 2 s": {"go_away": "2s"},
}
_LOOK_S: Final = 1.0
_SETTLE_S: Final = 5.0
_SPARE_S: Final = 120.0
"""For connecting, waiting for the last products and stopping."""
_SHOWN_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class Loss:
    """What was done to a shopper's link, and when (Unix seconds)."""

    shopper: int
    kind: str
    at: float


@dataclass(slots=True, kw_only=True)
class Storm:
    """One storm: what was done, and what was seen of the gateway meanwhile."""

    shoppers: list[Shopper]
    every_s: float
    seed: int
    losses: list[Loss] = field(default_factory=list)
    vitals: list[Vitals] = field(default_factory=list)
    after: Vitals | None = None

    async def rage(
        self, emulator: EmulatorProcess, gateway: GatewayProcess, *, seconds: float
    ) -> None:
        """Have everybody speak for so long, and their links be lost."""
        ends_at = float("inf")
        links = Links(emulator)
        async with asyncio.TaskGroup() as group:
            following = group.create_task(links.follow(), name="links")
            shopping = [
                group.create_task(
                    shopper.shop(gateway.port, lambda: time.monotonic() < ends_at),
                    name=f"shopper-{shopper.number}",
                )
                for shopper in self.shoppers
            ]
            for shopper in self.shoppers:
                await shopper.listening.wait()
            ends_at = time.monotonic() + seconds
            raging = [
                group.create_task(
                    self._lose_links_of(shopper, links, emulator), name=f"storm-{shopper.number}"
                )
                for shopper in self.shoppers
            ]
            watching = group.create_task(
                watch(gateway, every_s=_LOOK_S, seen=self._seen), name="vitals"
            )
            await asyncio.sleep(seconds)
            self._print_row(await look(gateway, seconds))
            for task in (*raging, watching):
                task.cancel()
            await asyncio.wait(shopping)
            following.cancel()

    async def _lose_links_of(
        self, shopper: Shopper, links: Links, emulator: EmulatorProcess
    ) -> None:
        chance = random.Random(f"{self.seed} {shopper.number}")  # noqa: S311 - no secret
        link = None
        while True:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * self.every_s)
            kind = chance.choice(list(KINDS))
            link = await links.newer(shopper.language, link)
            if kind == IN_MID_SENTENCE:
                await shopper.in_mid_sentence()
            at = time.time()
            if await asyncio.to_thread(emulator.act, link, KINDS[kind]):
                self.losses.append(Loss(shopper.number, kind, at))

    def _seen(self, vitals: Vitals) -> None:
        if self.vitals and vitals.at_s // 60 > self.vitals[-1].at_s // 60:
            self._print_row(vitals)
        self.vitals.append(vitals)

    def _print_row(self, vitals: Vitals) -> None:
        memory = f"{vitals.rss_bytes / (1 << 20):.1f} MiB"
        print(
            f"after {f'{vitals.at_s:.0f} s':<19} {vitals.tasks} tasks, {memory}, "
            f"{len(self.losses)} links lost so far",
            flush=True,
        )

    def backs_ms(self) -> list[float]:
        """Return how long each loss that a phone noticed took to be over, from the loss itself."""
        return [
            (back_at - at) * 1000
            for shopper in self.shoppers
            for at, back_at in outages(
                shopper.statuses(),
                [loss.at for loss in self.losses if loss.shopper == shopper.number],
            )
        ]


def main() -> int:
    """Run it; return 1 when a product was lost or doubled, something grew or an exception shows."""
    parser = argparse.ArgumentParser(prog="bench.storm", description=__doc__)
    parser.add_argument("--phones", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--every", type=float, default=5, help="seconds between a phone's losses")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    storm = Storm(
        shoppers=[Shopper(number) for number in range(chosen.phones)],
        every_s=chosen.every,
        seed=chosen.seed,
    )
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        emulator = EmulatorProcess(Path(folder), ("--ears", "tones"))
        gateway = GatewayProcess(Path(folder))
        with running(emulator, gateway):
            before = asyncio.run(_run(storm, emulator, gateway, seconds=chosen.seconds))
        return _report(storm, before, gateway.lines())


async def _run(
    storm: Storm, emulator: EmulatorProcess, gateway: GatewayProcess, *, seconds: float
) -> Vitals:
    """Let the storm rage; return how the gateway was before it."""
    async with asyncio.timeout(seconds + _SPARE_S + PATIENCE_S):
        # One that says nothing loads whatever is loaded late.
        await Shopper(len(storm.shoppers)).shop(gateway.port, lambda: False)
        before = await _settled(gateway, 0)
        await storm.rage(emulator, gateway, seconds=seconds)
        storm.after = await _settled(gateway, before.tasks)
    return before


async def _settled(gateway: GatewayProcess, tasks: int) -> Vitals:
    """Return how the gateway is once it is down to so many tasks, or after 5 s."""
    deadline = time.monotonic() + _SETTLE_S
    while (now := await look(gateway)).tasks > tasks and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return now


def _report(storm: Storm, before: Vitals, log: Sequence[str]) -> int:
    shoppers, after = storm.shoppers, storm.after
    expected = sum(len(shopper.expected()) for shopper in shoppers)
    received = sum(len(shopper.received()) for shopper in shoppers)
    lost = [item for shopper in shoppers for item in shopper.missing()]
    doubled = [item for shopper in shoppers for item in shopper.doubled()]
    tasks_grew = after is None or after.tasks > before.tasks
    tasks_grew |= grew([each.tasks for each in storm.vitals], TASKS_SPARE)
    memory_grew = grew([each.rss_bytes for each in storm.vitals], MEMORY_SPARE)
    exceptions = exception_lines(log)
    troubled = [shopper for shopper in shoppers if shopper.trouble]
    told = Counter(text for shopper in shoppers for text in shopper.errors())
    kinds = Counter(loss.kind for loss in storm.losses)
    print(f"phones                    {len(shoppers)}, {len(troubled)} of them in trouble")
    late_ms = max(shopper.phone.late_ms for shopper in shoppers if shopper.phone)
    print(f"latest chunk sent         {late_ms:.0f} ms after its time, by these phones")
    print(f"links lost                {len(storm.losses)}: {_counted(kinds)}")
    print(f"products                  {expected} expected, {received} received")
    print(f"lost                      {len(lost)} {lost[:_SHOWN_LINES]}")
    print(f"doubled                   {len(doubled)} {doubled[:_SHOWN_LINES]}")
    told_ms = sum(shopper.told_lost_ms() for shopper in shoppers)
    print(f"speech told as lost       {told_ms} ms; errors: {_counted(told) or 'none'}")
    print(f"listening again after     {_described(storm.backs_ms())}")
    print(f"tasks                     {before.tasks} before, {after and after.tasks} after")
    print(f"  grew                    {tasks_grew} ({_rule(TASKS_SPARE)}, or more than before)")
    print(f"memory grew               {memory_grew} ({_rule(MEMORY_SPARE)})")
    print(f"ERROR lines in the log    {len(error_lines(log))}")
    print(f"exceptions in the log     {len(exceptions)}")
    for line in exceptions[:_SHOWN_LINES]:
        print(f"  {line[:400]}")
    for shopper in troubled[:_SHOWN_LINES]:
        print(f"  shopper {shopper.number}: {shopper.trouble}")
    return int(bool(lost or doubled or troubled or tasks_grew or memory_grew or exceptions))


def outages(
    statuses: Sequence[tuple[float, str]], losses: Sequence[float]
) -> list[tuple[float, float]]:
    """Return the beginning and end of each time that a phone was told `reconnecting`.

    It begins with the newest loss before the phone was told, and ends with `listening`.
    """
    found: list[tuple[float, float]] = []
    begun: float | None = None
    for at, status in statuses:
        if status == "reconnecting" and begun is None:
            begun = max((loss for loss in losses if loss <= at), default=at)
        elif status == "listening" and begun is not None:
            found.append((begun, at))
            begun = None
    return found


def _rule(spare: tuple[float, float]) -> str:
    factor, more = spare
    return f"the last third's median above {factor:g} times the middle third's and {more:g}"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{text} ({count})" for text, count in counts.most_common(_SHOWN_LINES))


def _described(delays_ms: Sequence[float]) -> str:
    if not delays_ms:
        return "not measured: no phone noticed"
    median, worst = statistics.median(delays_ms), max(delays_ms)
    return f"{median:.0f} ms median, {worst:.0f} ms worst, noticed {len(delays_ms)} times"


if __name__ == "__main__":
    sys.exit(main())
