"""What does the store cost: Redis commands a product and a minute, its share of a delay, memory.

    python -m bench.storecost [--quick] [--write docs/scaling.md] [--folder DIR]

One instance keeps its sessions in Redis, another one in memory; phones type, speak, are silent,
come back and leave. What Redis was asked is read from what it says of itself.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.compare.document import begin, between
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, stoppable
from bench.redis_server import NoRedis, redis_server
from bench.storecost.play import Measurement, Size
from bench.storecost.report import Costs, report, text

_FULL: Final = Size(
    phones=20, products_each=60, seconds=65, parked=1_000, rounds=4, settle_s=4, counted_s=62
)
_QUICK: Final = Size(
    phones=10, products_each=4, seconds=4, parked=40, rounds=1, settle_s=2.5, counted_s=0
)


def main() -> int:
    """Run it; return 1 when a bound is passed."""
    parser = argparse.ArgumentParser(prog="bench.storecost", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small one, which says less")
    parser.add_argument("--write", type=Path, help="put the figures into this page")
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    with stoppable(), folder_for_logs(chosen.folder) as folder:
        try:
            costs = _measured(folder, _QUICK if chosen.quick else _FULL)
        except NoRedis as problem:
            print(problem)
            return 1
    outcome = report(costs)
    if chosen.write is not None:
        page = between(chosen.write.read_text(), text(costs), begin=begin("make storecost"))
        chosen.write.write_text(page)
    return outcome


def _measured(folder: Path, size: Size) -> Costs:
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(folder))
        emulator = EmulatorProcess(folder, ("--ears", "tones"))
        stack.callback(emulator.stop)
        emulator.start()
        shared = GatewayProcess(folder, {"SESSION_STORE": redis.url}, name="shared")
        in_memory = GatewayProcess(folder, name="in-memory")
        for gateway in (shared, in_memory):
            stack.callback(gateway.stop)
            gateway.start(emulator)
        measurement = Measurement(redis, emulator, shared=shared, in_memory=in_memory)
        asyncio.run(measurement.run(size))
    return measurement.costs


if __name__ == "__main__":
    sys.exit(main())
