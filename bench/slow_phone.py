"""One phone that asks for much and reads nothing, beside many honest ones: do they notice?

    python -m bench.slow_phone [--phones 50] [--slices 8] [--slice 10] [--folder DIR]

The honest phones speak the whole time. In every other slice of it the slow one types a sentence and
changes its whole list every 50 ms, without reading, and comes back whenever it was hung up on.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.asked import Asked
from bench.list_phone import ListPhone
from bench.phone import BYTES_PER_MS, paced
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, running
from bench.recording import Item, item_of
from bench.shopper import CHUNK_MS, PATIENCE_S, PAUSE_MS, language_of, sentence
from bench.slow_report import TOO_SLOW, Delay, Slices, SlowOutcome, closed_at, report
from bench.slow_user import USER, run_beside
from bench.tones import tones

SETTINGS: Final = {"OUTBOX_BYTES": "524288", "CLIENT_SEND_TIMEOUT_S": "2"}
"""Room for the 500 events that a phone is sent again when it has acknowledged none."""
_LEAD_S: Final = 4.0
"""Of speech before the first slice."""
_NOTE_S: Final = 15.0
_SPARE_S: Final = 120.0


class HonestPhone:
    """A shopper who speaks one sentence of tones after another.

    Attributes:
        phone: the phone.
        said: the products that were asked for.
    """

    def __init__(self, number: int, port: int) -> None:
        self.language = language_of(number)
        self.phone = ListPhone(port, f"honest-{number:03}", language=self.language)
        self.said: list[Item] = []
        self._number = number

    async def shop(self, group: asyncio.TaskGroup, speaking: Callable[[], bool]) -> None:
        """Speak as long as `speaking` says so, wait for the rest, and hang up."""
        line = await self.phone.connect(group)
        # Not everybody begins at one moment.
        await asyncio.sleep(random.Random(self._number).uniform(0, _LEAD_S))  # noqa: S311 - no secret
        for number in range(sys.maxsize):
            if not speaking():
                break
            text, items = sentence(self._number, number)
            self.said += items
            voice = tones(text) + bytes(PAUSE_MS * BYTES_PER_MS)
            async for piece, _ in paced(voice, chunk_ms=CHUNK_MS):
                await line.send(piece)
        deadline = time.monotonic() + PATIENCE_S
        while self.missing() and time.monotonic() < deadline:
            await line.send(bytes(CHUNK_MS * BYTES_PER_MS))
            await asyncio.sleep(CHUNK_MS / 1000)
        await line.close()

    def came(self) -> list[tuple[float, Item]]:
        """Return the products that came, and when (Unix seconds)."""
        return [
            (at, item_of(event["product"]))
            for at, event in self.phone.notebook.events
            if event["type"] == "product_detected"
        ]

    def missing(self) -> list[Item]:
        """Return the products that were asked for and have not come."""
        came = {item for _, item in self.came()}
        return [item for item in self.said if item not in came]

    def delays(self, asked: Asked) -> list[Delay]:
        """Return the time from each function call to its product on the phone."""
        sent_at = asked.of(self.language)
        return [
            Delay(sent_at[item], (at - sent_at[item]) * 1000)
            for at, item in self.came()
            if item in sent_at
        ]


async def _measure(
    honest: list[HonestPhone], port: int, emulator: EmulatorProcess, slices: Slices
) -> tuple[SlowOutcome, Asked]:
    asked = Asked()
    ends_at = slices.begin_at + slices.number * slices.each_s
    async with asyncio.TaskGroup() as group:
        noting = group.create_task(_note(asked, emulator), name="asked")
        slow = group.create_task(run_beside(port, slices), name="slow phone")
        shopping = [
            group.create_task(one.shop(group, lambda: time.time() < ends_at), name=one.phone.user)
            for one in honest
        ]
        await asyncio.wait([slow, *shopping])
        noting.cancel()
    asked.note(await asyncio.to_thread(emulator.connections))
    return slow.result(), asked


async def _note(asked: Asked, emulator: EmulatorProcess) -> None:
    while True:
        await asyncio.sleep(_NOTE_S)
        asked.note(await asyncio.to_thread(emulator.connections))


def main() -> int:
    """Run it; return 1 when the slow phone was not closed, or the honest ones noticed it."""
    parser = argparse.ArgumentParser(prog="bench.slow_phone", description=__doc__)
    parser.add_argument("--phones", type=int, default=50)
    parser.add_argument("--slices", type=int, default=8, help="every other with the slow phone")
    parser.add_argument("--slice", type=float, default=10, help="seconds of each")
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    with folder_for_logs(chosen.folder) as folder:
        emulator = EmulatorProcess(folder, ("--ears", "tones"))
        gateway = GatewayProcess(folder, SETTINGS)
        with running(emulator, gateway):
            honest = [HonestPhone(number, gateway.port) for number in range(chosen.phones)]
            slices = Slices(time.time() + _LEAD_S, chosen.slice, chosen.slices)
            slow, asked = asyncio.run(_run(honest, gateway.port, emulator, slices))
        log = gateway.lines()
    delays = [delay for one in honest for delay in one.delays(asked)]
    missing = [(one.phone.user, item) for one in honest for item in one.missing()]
    alone, beside = (slices.of(delays, slow=slow_too) for slow_too in (False, True))
    places = [slices.place(at) for at in closed_at(TOO_SLOW, USER, log)]
    return report(
        (alone, beside),
        missing=missing,
        slow=slow,
        closed=[places.count(number) for number in range(1, slices.number, 2)],
        log=log,
    )


async def _run(
    honest: list[HonestPhone], port: int, emulator: EmulatorProcess, slices: Slices
) -> tuple[SlowOutcome, Asked]:
    async with asyncio.timeout(slices.number * slices.each_s + PATIENCE_S + _SPARE_S):
        return await _measure(honest, port, emulator, slices)


if __name__ == "__main__":
    sys.exit(main())
