"""A phone that asks for much and reads nothing, until it is hung up on.

    python -m bench.slow_user PORT BEGIN_AT EACH_S NUMBER

It is a process of its own, so that the honest phones beside it have their processor for themselves.
It floods the gateway in every other slice of time, then comes back and prints what came of it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Final

from bench.line import LineEnded
from bench.list_phone import ListPhone
from bench.service import ROOT
from bench.shopper import NAMES
from bench.slow_report import Slices, SlowOutcome

USER: Final = "slow"
_EVERY_S: Final = 0.05
_SEGMENT: Final = 1_400
_RECEIVED: Final = 4_096
_GIVES_UP_S: Final = 4.0
"""It notices late that it was hung up on, since it does not read."""
_RETURNS_S: Final = 10.0


class SlowPhone:
    """One such phone, with a list of its own."""

    def __init__(self, port: int) -> None:
        items = [{"id": f"i{number}", "name": name} for number, name in enumerate(NAMES)]
        self._phone = ListPhone(port, USER, language="pl-PL", reply="audio", list=items)
        self._asked = 0

    async def run(self, slices: Slices) -> SlowOutcome:
        """Flood the gateway in every other slice, come back, and return what came of it."""
        async with asyncio.TaskGroup() as group:
            self._phone.acknowledging = False
            for number in range(1, slices.number, 2):
                begins_at = slices.begin_at + number * slices.each_s
                await asyncio.sleep(max(0.0, begins_at - time.time()))
                await self._flood(group, begins_at + slices.each_s)
            self._phone.acknowledging = True
            return await self._come_back(group)

    async def _flood(self, group: asyncio.TaskGroup, ends_at: float) -> None:
        """Ask and do not read; come back when hung up on, until `ends_at` (Unix seconds)."""
        while time.time() < ends_at:
            try:
                line = await self._phone.connect(group, tuned=_as_over_a_network)
            except LineEnded:
                await asyncio.sleep(_EVERY_S)
                continue
            line.stop_reading()
            gives_up_at = min(ends_at, time.time() + _GIVES_UP_S)
            with suppress(LineEnded):
                while time.time() < gives_up_at:
                    await line.send(self._change_all())
                    await line.send({"type": "text", "text": f"dodaj {self._asked} {NAMES[0]}"})
                    await asyncio.sleep(_EVERY_S)
            line.drop()

    def _change_all(self) -> dict[str, object]:
        self._asked += 1
        operations = [
            {"op": "update", "id": f"i{number}", "quantity": self._asked}
            for number in range(len(NAMES))
        ]
        return {"type": "edit", "operations": operations}

    async def _come_back(self, group: asyncio.TaskGroup) -> SlowOutcome:
        """Resume the session, reading this time, and see whether all that is new comes."""
        line = await self._phone.connect(group)
        deadline = time.monotonic() + _RETURNS_S
        while self._behind() and time.monotonic() < deadline:
            await asyncio.sleep(_EVERY_S)
        await line.close()
        return SlowOutcome(self._phone.resumed, self._phone.fresh, self._behind())

    def _behind(self) -> int:
        seq: int = self._phone.session["seq"]
        return max(0, seq - self._phone.notebook.last_seq)


def _as_over_a_network(plain: socket.socket) -> None:
    """Take small segments and hold few, since on the loopback megabytes are on their way."""
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED)


async def run_beside(port: int, slices: Slices) -> SlowOutcome:
    """Run such a phone in a process of its own; return what came of it.

    Raises:
        ValueError: it did not say.
    """
    timeline = (slices.begin_at, slices.each_s, slices.number)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.slow_user", str(port), *map(str, timeline)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        printed, _ = await process.communicate()
        return SlowOutcome(**json.loads(printed))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def main(arguments: Sequence[str]) -> None:
    """Run it."""
    port, begin_at, each_s, number = arguments
    slices = Slices(float(begin_at), float(each_s), int(number))
    print(json.dumps(asdict(asyncio.run(SlowPhone(int(port)).run(slices)))))


if __name__ == "__main__":
    main(sys.argv[1:])
