"""Two gateways, one Redis, one emulator, and all that can go wrong: is every list right?

    python -m bench.chaos [--quick] [--faults 60] [--only KIND …] [--phones 20] [--seed N]

The phones speak version 2; they speak, type and edit, and go to the other instance whenever their
connection is lost. Meanwhile connections are cut, instances are ended, killed and paused for
longer than their lease, and Redis is restarted, paused and emptied. The seed is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.chaos.ending import Ending
from bench.chaos.faults import Fault, faults
from bench.chaos.play import Chaos
from bench.chaos.report import report
from bench.chaos.roamer import Roamer
from bench.cluster import Cluster, NotStarted, cluster
from bench.processes import folder_for_logs, stoppable
from bench.redis_server import NoRedis

_FAULTS: Final = 60
_QUICK_FAULTS: Final = 10
_REST_S: Final = 60.0
_EACH_S: Final = 30.0
"""Far above what a fault takes, so that it is seen how late everybody is."""


def main() -> int:
    """Run it; return 1 when something was lost or doubled, or a list is not as it must be."""
    parser = argparse.ArgumentParser(prog="bench.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_FAULTS} faults")
    parser.add_argument("--faults", type=int)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", nargs="+", choices=[*Fault.__members__], help="of the faults")
    parser.add_argument("--instances", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    count = chosen.faults or (_QUICK_FAULTS if chosen.quick else _FAULTS)
    seed = secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed
    print(f"{count} faults for {chosen.phones} phones; --seed {seed}", flush=True)
    with stoppable(), folder_for_logs(chosen.folder) as folder:
        shutil.rmtree(folder / "appendonlydir", ignore_errors=True)  # of a Redis of former times
        try:
            ports = (0,) * chosen.instances
            with cluster(folder, ports=ports, redis_port=None, settings={}, ears="tones") as whole:
                kinds = [Fault[name] for name in chosen.only or Fault.__members__]
                return _run(
                    whole, phones=chosen.phones, faults=faults(seed, count, kinds), seed=seed
                )
        except (NoRedis, NotStarted) as problem:
            print(problem)
            return 1


def _run(whole: Cluster, *, phones: int, faults: Sequence[Fault], seed: int) -> int:
    ports = [gateway.port for gateway in whole.gateways]
    roamers = [Roamer(number, ports, seed) for number in range(phones)]
    chaos = Chaos(whole, roamers, seed)
    began = time.monotonic()
    lists = asyncio.run(_played(chaos, faults))
    print(f"took                      {time.monotonic() - began:.0f} s", flush=True)
    endings = [
        Ending(one, chaos.seen.asked.of(one.language), chaos.seen.flushes, items)
        for one, items in zip(roamers, lists, strict=True)
    ]
    return report(chaos.seen, endings, [line for each in whole.gateways for line in each.lines()])


async def _played(chaos: Chaos, faults: Sequence[Fault]) -> list[list[dict[str, Any]]]:
    async with asyncio.timeout(len(faults) * _EACH_S + 2 * _REST_S):
        return await chaos.run(faults, rest_s=_REST_S)


if __name__ == "__main__":
    sys.exit(main())
