"""Gemini is down for a minute under many phones: how often is it tried, and who is back when?

    python -m bench.outage [--phones 50] [--down-s 60] [--mode accepted|refused] [--folder DIR]

The emulator is killed while everybody speaks, and started again. Meanwhile its port accepts and
hangs up at once (`accepted`: attempts are counted there), or nothing listens (`refused`: attempts
are counted by the gateway's log lines).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bench.dead_port import dead_port
from bench.links import language_in
from bench.outage_report import Aftermath, report
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, running
from bench.shopper import PATIENCE_S, Shopper

BEFORE_S: Final = 8.0
"""Of speech before the outage."""
AFTER_S: Final = 20.0
"""Of speech after it."""
_BACK_WITHIN_S: Final = 60.0
"""How long phones are waited for; far above the target, so that it shows how late they are."""
_SPARE_S: Final = 120.0
_LOOK_S: Final = 0.5


@dataclass(slots=True, kw_only=True)
class Outage:
    """One outage and what was seen of it; all times are Unix seconds."""

    shoppers: list[Shopper]
    down_s: float
    accepting: bool
    killed_at: float = 0.0
    back_at: float = 0.0
    attempts: list[float] = field(default_factory=list)
    sent_before_ms: dict[int, float] = field(default_factory=dict)
    breakers: list[dict[str, Any]] = field(default_factory=list)
    """What `/health` said of the breaker while Gemini was down, whenever it said something."""
    _over: bool = False

    async def run(self, emulator: EmulatorProcess, gateway: GatewayProcess) -> None:
        """Have everybody speak, and Gemini go away and come back."""
        async with asyncio.TaskGroup() as group:
            shopping = [
                group.create_task(
                    shopper.shop(gateway.port, lambda: not self._over),
                    name=f"shopper-{shopper.number}",
                )
                for shopper in self.shoppers
            ]
            for shopper in self.shoppers:
                await shopper.listening.wait()
            await asyncio.sleep(BEFORE_S)
            watching = group.create_task(self._watch(gateway), name="breaker")
            await self._down(emulator)
            watching.cancel()
            await self._everybody_is_back()
            await asyncio.sleep(AFTER_S)
            self._over = True
            await asyncio.wait(shopping)

    async def _down(self, emulator: EmulatorProcess) -> None:
        for shopper in self.shoppers:
            self.sent_before_ms[shopper.number] = shopper.phone.sent_ms if shopper.phone else 0.0
        self.killed_at = time.time()
        await asyncio.to_thread(emulator.kill)
        async with self._meanwhile(emulator.tls_port):
            await asyncio.sleep(max(0.0, self.killed_at + self.down_s - time.time()))
        await asyncio.to_thread(emulator.start)
        self.back_at = time.time()

    @asynccontextmanager
    async def _meanwhile(self, port: int) -> AsyncIterator[None]:
        if not self.accepting:
            yield
            return
        async with dead_port(port) as self.attempts:
            yield

    async def _watch(self, gateway: GatewayProcess) -> None:
        while True:
            upstream = (await asyncio.to_thread(gateway.health))["upstream"]
            breaker = upstream.get("breaker")
            if breaker is not None and self.killed_at:
                self.breakers.append(breaker)
            await asyncio.sleep(_LOOK_S)

    async def _everybody_is_back(self) -> None:
        deadline = time.time() + _BACK_WITHIN_S
        waiting = list(self.shoppers)
        while waiting and time.time() < deadline:
            waiting = [one for one in waiting if not one.trouble and self.listened_at(one) is None]
            await asyncio.sleep(_LOOK_S)

    def listened_at(self, shopper: Shopper) -> float | None:
        """Return when a shopper was listened to again."""
        again = (at for at, status in shopper.statuses() if status == "listening")
        return next((at for at in again if at >= self.killed_at), None)


def main() -> int:
    """Run it; return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="bench.outage", description="Gemini goes and comes back.")
    parser.add_argument("--phones", type=int, default=50)
    parser.add_argument("--down-s", type=float, default=60)
    parser.add_argument("--mode", choices=("accepted", "refused"), default="accepted")
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    outage = Outage(
        shoppers=[Shopper(number) for number in range(chosen.phones)],
        down_s=chosen.down_s,
        accepting=chosen.mode == "accepted",
    )
    with folder_for_logs(chosen.folder) as folder:
        emulator = EmulatorProcess(folder, ("--ears", "tones"))
        gateway = GatewayProcess(folder)
        with running(emulator, gateway):
            heard = asyncio.run(_run(outage, emulator, gateway))
        log = gateway.lines()
    if not outage.accepting:
        outage.attempts = [*attempts_in(log, outage.killed_at, outage.killed_at + outage.down_s)]
    return report(
        [
            Aftermath(
                shopper=shopper,
                killed_at=outage.killed_at,
                back_at=outage.back_at,
                listened_at=outage.listened_at(shopper),
                sent_before_ms=outage.sent_before_ms[shopper.number],
                heard_ms=heard.get(shopper.language, 0.0),
            )
            for shopper in outage.shoppers
        ],
        attempts=outage.attempts,
        down_s=outage.down_s,
        breakers=outage.breakers,
        log=log,
    )


async def _run(
    outage: Outage, emulator: EmulatorProcess, gateway: GatewayProcess
) -> dict[str, float]:
    """Return the ms of sound that the new emulator got of each shopper, by language tag."""
    limit_s = BEFORE_S + outage.down_s + _BACK_WITHIN_S + AFTER_S + PATIENCE_S + _SPARE_S
    async with asyncio.timeout(limit_s):
        await outage.run(emulator, gateway)
        heard: dict[str, float] = {}
        for record in await asyncio.to_thread(emulator.connections):
            language = language_in(record)
            if language is not None:
                heard[language] = heard.get(language, 0.0) + record["audio"]["seconds"] * 1000
    return heard


def attempts_in(log: Iterable[str], start: float, end: float) -> Iterable[float]:
    """Yield the Unix times between two at which the log says that no link could be opened."""
    for text in log:
        if not text.startswith("{"):
            continue
        line = json.loads(text)
        if line["message"] == "link_lost" and not line.get("lived_s"):
            at = datetime.fromisoformat(line["time"]).timestamp()
            if start <= at < end:
                yield at


if __name__ == "__main__":
    sys.exit(main())
