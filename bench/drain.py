"""An instance that ends under speaking phones: does another one go on with every session?

    python -m bench.drain [--phones 100] [--before 12] [--after 12] [--timeout 8] [--folder DIR]

Two gateways share a Redis. All phones speak to the first, which gets SIGTERM in the middle, and go
on with the second, as a load balancer would have it. Every product is asked for once.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.drain_report import CLOSING_S, Exit, report
from bench.drain_shopper import DrainShopper
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, stoppable
from bench.redis_server import NoRedis, redis_server
from bench.shopper import PATIENCE_S

_SPARE_S: Final = 120.0
_LATE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Times:
    """How long everybody speaks before SIGTERM and after the end; DRAIN_TIMEOUT; in seconds."""

    before: float
    after: float
    timeout: float


async def run(
    shoppers: list[DrainShopper], going: GatewayProcess, staying: GatewayProcess, times: Times
) -> Exit:
    """Have everybody speak, end `going` in the middle, and return how that went."""
    ends_at = float("inf")
    async with asyncio.TaskGroup() as group:
        working = [
            group.create_task(work, name=f"shopper-{shopper.number}")
            for shopper in shoppers
            for work in (shopper.stay_connected(lambda: staying.port), shopper.send())
        ]
        for shopper in shoppers:
            await shopper.listens()
        shopping = [
            group.create_task(
                shopper.shop(lambda: time.monotonic() < ends_at), name=f"voice-{shopper.number}"
            )
            for shopper in shoppers
        ]
        await asyncio.sleep(times.before)
        signalled_at = time.monotonic()
        going.terminate()
        code = await asyncio.to_thread(going.exit_code, times.timeout + CLOSING_S + _LATE_S)
        took_s = time.monotonic() - signalled_at
        ends_at = time.monotonic() + times.after
        await asyncio.wait(shopping)
        listed = len(await asyncio.to_thread(staying.sessions))
        for task in working:
            task.cancel()
    return Exit(code=code, took_s=took_s, drain_timeout_s=times.timeout, listed=listed)


def main() -> int:
    """Run it; return 1 when something was lost or doubled, or the end took too long."""
    parser = argparse.ArgumentParser(prog="bench.drain", description=__doc__)
    parser.add_argument("--phones", type=int, default=100)
    parser.add_argument("--before", type=float, default=12, help="seconds of speech before SIGTERM")
    parser.add_argument("--after", type=float, default=12, help="and after the instance has ended")
    parser.add_argument("--timeout", type=float, default=8, help="DRAIN_TIMEOUT")
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    try:
        with folder_for_logs(chosen.folder) as folder:
            return _measure(folder, chosen)
    except NoRedis as exc:
        print(exc, file=sys.stderr)
        return 2


def _measure(folder: Path, chosen: argparse.Namespace) -> int:
    timeout_s: float = chosen.timeout
    with stoppable(), redis_server(folder) as redis:
        settings = {
            "SESSION_STORE": redis.url,
            "DRAIN_TIMEOUT": f"{timeout_s:g}",
            "STOP_LIMIT_S": f"{timeout_s - 1:g}",
        }
        emulator = EmulatorProcess(folder, ("--ears", "tones"))
        gateways = [GatewayProcess(_made(folder / name), settings) for name in ("going", "staying")]
        try:
            emulator.start()
            for gateway in gateways:
                gateway.start(emulator)
            going, staying = gateways
            shoppers, exit_ = asyncio.run(_run(chosen, going, staying))
        finally:
            for gateway in gateways:
                gateway.stop()
            emulator.stop()
        return report(shoppers, exit_, [line for each in gateways for line in each.lines()])


async def _run(
    chosen: argparse.Namespace, going: GatewayProcess, staying: GatewayProcess
) -> tuple[list[DrainShopper], Exit]:
    times = Times(chosen.before, chosen.after, chosen.timeout)
    shoppers = [DrainShopper(number, going.port) for number in range(chosen.phones)]
    async with asyncio.timeout(times.before + times.after + times.timeout + PATIENCE_S + _SPARE_S):
        return shoppers, await run(shoppers, going, staying, times)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
