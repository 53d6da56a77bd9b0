"""Many phones at once, at speaking pace: is every chunk heard, and is everything let go afterwards?

python -m bench.load [--phones 100] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from bench.phone import BYTES_PER_MS, connected
from bench.service import Service, running

_SETTLE_S: Final = 5.0


def main() -> int:
    """Run it; return 1 when something was lost, left open or logged as an error."""
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("--phones", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    chosen = parser.parse_args()
    with running(ears="none") as service:
        return asyncio.run(_load(service, phones=chosen.phones, seconds=chosen.seconds))


async def _load(service: Service, *, phones: int, seconds: int) -> int:
    await _one_phone(service, "warm-up", _noise(0, 1))
    before = await _settled(service, 0)
    cpu = _cpu_s(service.pid)
    started = time.monotonic()
    sounds = [_noise(number, seconds) for number in range(1, phones + 1)]
    late = await asyncio.gather(
        *(_one_phone(service, f"phone-{number}", pcm) for number, pcm in enumerate(sounds))
    )
    took = time.monotonic() - started
    cpu = _cpu_s(service.pid) - cpu
    heard = sorted(record["audio"]["sha256"] for record in service.connections())
    sent = {hashlib.sha256(pcm).hexdigest() for pcm in sounds}
    missing = len(sent - set(heard))
    after = await _settled(service, before[0])
    errors = service.error_lines()
    print(f"phones                        {phones}, {seconds} s of audio each, 100 ms chunks")
    print(f"took                          {took:.1f} s")
    print(f"heard byte for byte           {len(sent) - missing} of {len(sent)}")
    per_second = 1000 * cpu / phones / seconds
    print(f"gateway CPU                   {cpu:.1f} s, {per_second:.2f} ms a session-second")
    print(f"latest chunk sent             {max(late):.0f} ms after its time, by these phones")
    print(f"tasks in the gateway          {before[0]} before, {after[0]} after")
    print(f"open files in the gateway     {before[1]} before, {after[1]} after")
    print(f"error lines in the log        {len(errors)}")
    return int(bool(missing or errors or grew(before, after)))


def grew(before: Sequence[int], after: Sequence[int]) -> bool:
    """Return whether any of the counts is greater than it was."""
    return any(now > then for then, now in zip(before, after, strict=True))


async def _one_phone(service: Service, user: str, pcm: bytes) -> float:
    async with connected(service.port, user) as phone:
        await phone.send({"type": "start_session"})
        await phone.wait_for_status("listening", within_s=60)
        await phone.say(pcm)
        await phone.send({"type": "stop_session"})
        await phone.wait_for_status("stopped")
    return phone.late_ms


async def _settled(service: Service, tasks: int) -> tuple[int, int]:
    """Return the gateway's tasks and open files, once they are down to `tasks` or for 5 s."""
    look: Callable[[], int] = lambda: service.get("/health")["process"]["tasks"]  # noqa: E731
    deadline = time.monotonic() + _SETTLE_S
    while (now := look()) > tasks and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return now, service.open_files()


def _noise(seed: int, seconds: int) -> bytes:
    return random.Random(seed).randbytes(seconds * 1000 * BYTES_PER_MS)  # noqa: S311 - no secret


def _cpu_s(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - not a file of ours
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    sys.exit(main())
