"""The emulator's keeper, with real processes that only pretend to be emulators."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from gateway.emulator_child import EmulatorChild, EmulatorReady
from gateway.gemini_options import UpstreamOptions
from gateway.upstream import UpstreamSlot
from gateway.upstream_keeper import UpstreamKeeper
from tests.support.fake_upstream import FakeUpstream
from tests.support.recording_observer import RecordingObserver

READY = """
import json, os, sys
print("not json"); print("[]")
print(json.dumps({"event": "ready", "plain_url": "http://127.0.0.1:1", "pid": os.getpid(),
    "tls_url": "https://localhost:2", "certificate": "/c.pem"}), flush=True)
"""
UNTIL_STDIN_CLOSES = READY + "sys.stdin.read()"
STUBBORN = READY + "import signal; signal.pause()"
BROKEN = "raise SystemExit(3)"


class Child:
    """An `EmulatorChild` whose commands are scripts, one for each start; the last is repeated."""

    def __init__(self, *scripts: str) -> None:
        self._scripts = list(scripts)
        self.lasts: list[EmulatorReady | None] = []
        self.ready: asyncio.Queue[EmulatorReady] = asyncio.Queue()
        self.observer = RecordingObserver()
        self.ended: list[tuple[int, bool]] = []
        self.child = EmulatorChild(
            self.command, self.ready.put, self.observer, on_ended=self.note_end
        )

    def note_end(self, exit_code: int, *, listened: bool) -> None:
        self.ended.append((exit_code, listened))

    def command(self, last: EmulatorReady | None) -> list[str]:
        self.lasts.append(last)
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        return [sys.executable, "-c", script]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("script", [UNTIL_STDIN_CLOSES, STUBBORN])
async def test_the_child_ends_when_its_keeper_does(script: str) -> None:
    child = Child(script)
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(child.child.run(), name="emulator")
        ready = await child.ready.get()
        assert is_alive(ready.pid)
        keeping.cancel()
    assert not is_alive(ready.pid)


async def test_a_child_that_dies_is_followed_by_another_that_knows_its_ports() -> None:
    child = Child(UNTIL_STDIN_CLOSES)
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(child.child.run(), name="emulator")
        first = await child.ready.get()
        os.kill(first.pid, signal.SIGKILL)
        second = await child.ready.get()
        keeping.cancel()
    assert second.pid != first.pid
    assert child.lasts == [None, first]
    assert child.observer.noted("emulator_ended") == [{"exit_code": -9, "restart_in_s": 0.25}]
    assert child.ended == [(-9, True)]


async def test_a_child_that_cannot_start_is_tried_again_later_and_later_on_any_ports() -> None:
    child = Child(BROKEN, BROKEN, UNTIL_STDIN_CLOSES)
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(child.child.run(), name="emulator")
        await child.ready.get()
        keeping.cancel()
    assert child.lasts == [None, None, None]
    assert child.observer.noted("emulator_ended") == [
        {"exit_code": 3, "restart_in_s": 0.25},
        {"exit_code": 3, "restart_in_s": 0.5},
    ]
    assert child.ended == [(3, False), (3, False)]


async def test_an_emulator_that_does_not_come_up_says_so_in_the_upstreams_health() -> None:
    options = UpstreamOptions(kind="emulator", model="gemini-3.8-live", api_key=None)
    observer = RecordingObserver()
    slot = UpstreamSlot(options, observer)
    told: asyncio.Queue[EmulatorReady | None] = asyncio.Queue()
    keeper = UpstreamKeeper(
        slot=slot, make=lambda _: FakeUpstream(), observer=observer, on_ready=told.put_nowait
    )
    scripts, problems = [BROKEN, UNTIL_STDIN_CLOSES], list[str | None]()

    def command(_: EmulatorReady | None) -> list[str]:
        problems.append(slot.health().problem)
        return [sys.executable, "-c", scripts.pop(0)]

    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(keeper.keep_emulator(options, command), name="upstream")
        await told.get()
        assert slot.health().problem is None
        keeping.cancel()
    assert problems[0] is None
    assert str(problems[1]).startswith("the emulator ended with exit code 3 before it listened")


async def test_sessions_get_links_to_the_emulator_with_its_address_and_certificate() -> None:
    options = UpstreamOptions(kind="emulator", model="gemini-3.8-live", api_key=None)
    made: list[UpstreamOptions] = []
    told: asyncio.Queue[EmulatorReady | None] = asyncio.Queue()
    observer = RecordingObserver()

    def make(options: UpstreamOptions) -> FakeUpstream:
        made.append(options)
        return FakeUpstream()

    keeper = UpstreamKeeper(
        slot=UpstreamSlot(options, observer), make=make, observer=observer, on_ready=told.put_nowait
    )
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(
            keeper.keep_emulator(options, lambda _: [sys.executable, "-c", UNTIL_STDIN_CLOSES]),
            name="upstream",
        )
        emulator = await told.get()
        keeping.cancel()
    assert emulator is not None
    assert (made[0].base_url, made[0].ca_file) == ("https://localhost:2", "/c.pem")
    assert made[0].api_key
    ((event, facts),) = observer.warnings
    assert event == "emulator_serves"
    assert str(facts["why"]).startswith("no GEMINI_API_KEY")
    assert facts["control_url"] == "http://127.0.0.1:1/emulator/connections"
    assert observer.notes == [("ready", {"upstream": "emulator", "model": "gemini-3.8-live"})]
