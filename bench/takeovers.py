"""Two phones of one user, each taking over from the other: is there one owner at any time?

    python -m bench.takeovers [--takeovers 500] [--seed 1] [--folder DIR]

Each resumes its own session as fast as it goes, puts one more of the same on its list, and is
closed with 4009 by the other; now and then both come at once. Meanwhile `GET /sessions` is asked
who there is. In the end both leave, and the window in which they could be resumed passes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from pathlib import Path
from typing import Final

from bench.line import Line, LineEnded
from bench.list_phone import ListPhone
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, running
from bench.takeover_report import Tally, report
from bench.vitals import at_rest, settled

USER: Final = "two-phones"
PRODUCT: Final = "mleko"
WINDOW_S: Final = 3.0
"""In which a session can be resumed."""
_TOGETHER: Final = 1 / 4
"""Of all takeovers, those in which the other phone comes within moments."""
_MOMENTS_S: Final = 0.03
_CLOSED_WITHIN_S: Final = 5.0
_LOOK_S: Final = 0.02
_SPARE_S: Final = 120.0
_EACH_S: Final = 1.0


class Takeovers:
    """The two phones, and what is seen of them.

    Attributes:
        tally: what was seen.
    """

    def __init__(self, gateway: GatewayProcess, seed: int) -> None:
        self.tally = Tally()
        self._gateway = gateway
        self._phones = [ListPhone(gateway.port, USER) for _ in range(2)]
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._lines: list[Line] = []

    async def run(self, takeovers: int) -> None:
        """Have so many connections opened, and see what is left in the end."""
        async with asyncio.TaskGroup() as group:
            # It loads whatever is loaded late.
            await (await ListPhone(self._gateway.port, "warm-up").connect(group)).close()
        await self._nobody_left()
        self.tally.before = await at_rest(self._gateway)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch(), name="sessions")
            whose = 0
            while self.tally.attempts < takeovers:
                if self._chance.random() < _TOGETHER:
                    moments_s = self._chance.uniform(0, _MOMENTS_S)
                    first = self._take_over(whose, group)
                    second = self._take_over(1 - whose, group, after_s=moments_s)
                    both = [group.create_task(one, name="takes over") for one in (first, second)]
                    await asyncio.wait(both)
                else:
                    await self._take_over(whose, group)
                    whose = 1 - whose
                await self._one_is_left()
            watching.cancel()
            await self._leave(group)
        self.tally.resumed = sum(phone.resumed for phone in self._phones)
        self.tally.fresh = sum(phone.fresh for phone in self._phones)
        await self._nobody_left()
        before = self.tally.before
        self.tally.after = await settled(self._gateway, before.tasks, files=before.files)

    async def _take_over(
        self, whose: int, group: asyncio.TaskGroup, *, after_s: float = 0.0
    ) -> None:
        phone = self._phones[whose]
        self.tally.attempts += 1
        await asyncio.sleep(after_s)
        began = time.monotonic()
        try:
            self._lines.append(await phone.connect(group))
        except LineEnded as ended:
            self.tally.beaten += 1
            self.tally.codes[ended.code] += 1
            return
        self.tally.took_s.append(time.monotonic() - began)
        await phone.request("edit", operations=[{"op": "add", "name": PRODUCT}])

    async def _one_is_left(self) -> None:
        """Wait until all lines but one have ended, and count those that have not."""
        deadline = time.monotonic() + _CLOSED_WITHIN_S
        while sum(not line.ended.is_set() for line in self._lines) > 1:
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.001)
        for line in [line for line in self._lines if line.ended.is_set()]:
            self.tally.codes[line.code] += 1
            self._lines.remove(line)
        self.tally.owners[len(self._lines)] += 1

    async def _watch(self) -> None:
        while True:
            rows = await asyncio.to_thread(self._gateway.sessions)
            mine = sum(row["user_id"] == USER for row in rows)
            self.tally.most_listed = max(self.tally.most_listed, mine)
            self.tally.looks += 1
            await asyncio.sleep(_LOOK_S)

    async def _leave(self, group: asyncio.TaskGroup) -> None:
        """Have each phone see its requests through, leave, and look at its list once more."""
        for phone in self._phones:
            line = await phone.connect(group)
            deadline = time.monotonic() + _CLOSED_WITHIN_S
            while phone.pending and time.monotonic() < deadline:
                await asyncio.sleep(_LOOK_S)
            await line.close()
            await (await phone.connect(group)).close()
            on_the_service = sum(item["quantity"] for item in phone.session["list"])
            on_the_phone = sum(phone.notebook.amounts().values())
            self.tally.added.append(phone.requests)
            self.tally.listed.append((on_the_phone, on_the_service))

    async def _nobody_left(self) -> None:
        """Wait until the gateway keeps no session, or should keep none."""
        deadline = time.monotonic() + WINDOW_S + _CLOSED_WITHIN_S
        while time.monotonic() < deadline:
            kept = (await asyncio.to_thread(self._gateway.health)).get("store", {})
            self.tally.kept = kept
            if not (kept.get("parked") or kept.get("live")):
                break
            await asyncio.sleep(_LOOK_S)


def main() -> int:
    """Run it; return 1 when there was no owner or two, or something was lost or left."""
    parser = argparse.ArgumentParser(prog="bench.takeovers", description=__doc__)
    parser.add_argument("--takeovers", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    with folder_for_logs(chosen.folder) as folder:
        emulator = EmulatorProcess(folder, ("--ears", "none"))
        gateway = GatewayProcess(folder, {"SESSION_RESUME_WINDOW": f"{WINDOW_S:g}"})
        with running(emulator, gateway):
            seen = Takeovers(gateway, chosen.seed)
            asyncio.run(_run(seen, chosen.takeovers))
        log = gateway.lines()
    return report(seen.tally, log)


async def _run(seen: Takeovers, takeovers: int) -> None:
    async with asyncio.timeout(takeovers * _EACH_S + _SPARE_S):
        await seen.run(takeovers)


if __name__ == "__main__":
    sys.exit(main())
