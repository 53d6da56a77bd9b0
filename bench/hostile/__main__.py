"""Hostile clients beside 20 honest ones: is each refused as documented, and does nobody notice?

    python -m bench.hostile [--phones 20] [--seconds 60] [--folder DIR]

The shoppers speak for `--seconds` under attack: every case of `bench.hostile.cases` at least once
and then again and again, and noise around them. Half as long before, and half as long afterwards,
they are undisturbed, so that what else the machine does is in both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.asked import Asked
from bench.hostile.report import (
    Window,
    delays,
    print_cases,
    print_delays,
    print_log,
    print_shoppers,
)
from bench.hostile.service import SETTINGS, target
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, running
from bench.service import ROOT
from bench.shopper import PATIENCE_S, Shopper, user_of

_SPARE_S: Final = 240.0
"""For connecting, the slowest cases, the last products and stopping."""
_RUN_IN_S: Final = 5.0
_APART_S: Final = 0.103
"""Between two shoppers' beginnings. They would speak in step otherwise, and one stall would be felt
by all of them at once, or by none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the attackers brought home, and when there was no attack and when there was one.

    Windows are beginning and end, in Unix seconds.
    """

    cases: list[dict[str, Any]]
    noise: dict[str, int]
    quiet: tuple[Window, ...]
    attacked: Window


async def play(
    shoppers: Sequence[Shopper],
    gateway: GatewayProcess,
    *,
    seconds: float,
    noise: bool = True,
    judged: bool = True,
) -> Seen:
    """Let the shoppers speak: undisturbed, under attack, and undisturbed again.

    If delays are `judged`, the attackers give way to the service. Else they do not: on a machine
    that does much else they would hardly run, and take no answer in time.
    """
    speaking = True
    async with asyncio.timeout(2 * seconds + _SPARE_S + PATIENCE_S), asyncio.TaskGroup() as group:
        attackers = await _attackers(gateway.port, seconds, noise=noise, nice=judged)
        shopping = [
            group.create_task(_shopping(shopper, gateway.port, lambda: speaking), name="shopper")
            for shopper in shoppers
        ]
        for shopper in shoppers:
            await shopper.listening.wait()
        await asyncio.sleep(_RUN_IN_S)
        before = await _passed(seconds / 2)
        attacked_at = time.time()
        told, _ = await attackers.communicate(b"\n")
        attacked = attacked_at, time.time()
        after = await _passed(seconds / 2)
        speaking = False
        await asyncio.wait(shopping)
    brought = json.loads(told)
    return Seen(brought["cases"], brought["noise"], (before, after), attacked)


async def _shopping(shopper: Shopper, port: int, speaking: Callable[[], bool]) -> None:
    await asyncio.sleep(_APART_S * shopper.number)
    await shopper.shop(port, speaking)


async def _passed(seconds: float) -> Window:
    begun_at = time.time()
    await asyncio.sleep(seconds)
    return begun_at, time.time()


async def _attackers(
    port: int, seconds: float, *, noise: bool, nice: bool
) -> asyncio.subprocess.Process:
    command = ["-m", "bench.hostile.attack", "--port", str(port), "--seconds", str(seconds)]
    if not noise:
        command.append("--no-noise")
    if nice:
        command.append("--nice")
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


def main() -> int:
    """Run it; return 1 when a case or an honest session is not as it has to be."""
    parser = argparse.ArgumentParser(prog="bench.hostile", description=__doc__)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--no-noise", action="store_true")
    parser.add_argument(
        "--delays-not-judged",
        action="store_true",
        help="show them only: a few phones for a moment say little about them",
    )
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    with folder_for_logs(chosen.folder) as folder:
        emulator = EmulatorProcess(folder, ("--ears", "tones"))
        gateway = GatewayProcess(folder, SETTINGS)
        with running(emulator, gateway):
            issuer = target(gateway.port)
            shoppers = [
                Shopper(number, token=issuer.token(user_of(number)))
                for number in range(chosen.phones)
            ]
            seen = asyncio.run(
                play(
                    shoppers,
                    gateway,
                    seconds=chosen.seconds,
                    noise=not chosen.no_noise,
                    judged=not chosen.delays_not_judged,
                )
            )
            asked = Asked()
            asked.note(emulator.connections())
        log = gateway.lines()
    called = {shopper.language: asked.of(shopper.language) for shopper in shoppers}
    wrong = print_cases(seen.cases)
    for what, count in seen.noise.items():
        print(f"{what:<30}{count}")
    print()
    wrong += print_shoppers(shoppers)
    slower = print_delays(
        delays(shoppers, called, seen.quiet), delays(shoppers, called, (seen.attacked,))
    )
    wrong += [] if chosen.delays_not_judged else slower
    wrong += print_log(log, [issuer.secret, issuer.admin_token])
    print("\nas documented" if not wrong else "\nWRONG: " + "\n       ".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
