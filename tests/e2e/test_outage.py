"""An upstream that is down is not hammered, however many sessions want a link to it."""

from __future__ import annotations

import asyncio
import contextlib

from actors.ports import LinkClosed, LinkRequest
from gateway.gemini_options import UpstreamOptions
from gateway.gemini_upstream import GeminiUpstream
from gateway.upstream import UpstreamSlot
from schemas.admin import BreakerView
from tests.support.processes import EmulatorProcess
from tests.support.recording_observer import RecordingObserver

SESSIONS = 50
DOWN_S = 3.2
BACK_WITHIN_S = 15.0


async def test_fifty_sessions_try_an_upstream_within_the_bounds_and_come_back_together() -> None:
    attempts = 0

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal attempts
        attempts += 1
        writer.transport.abort()

    observer = RecordingObserver()
    opened: set[int] = set()
    is_up = asyncio.Event()

    async def session(number: int, slot: UpstreamSlot) -> None:
        while number not in opened:
            with contextlib.suppress(LinkClosed):
                async with slot.connect(LinkRequest("pl-PL")):
                    opened.add(number)

    def breaker(slot: UpstreamSlot) -> BreakerView:
        view = slot.health().breaker
        assert view is not None
        return view

    with EmulatorProcess("--ears", "none") as emulator:
        target = int(emulator.tls_url.rpartition(":")[2])

        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            """Be the wire to the emulator once it is up."""
            if not is_up.is_set():
                await hang_up(reader, writer)
                return
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", target)
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, other_writer), name="up")
                group.create_task(_copy(other_reader, writer), name="down")

        async with await asyncio.start_server(pass_on, "localhost", 0) as server:
            port = server.sockets[0].getsockname()[1]
            options = UpstreamOptions(
                kind="emulator",
                model="gemini-3.8-live",
                api_key="sentinel",
                base_url=f"https://localhost:{port}",
                ca_file=emulator.certificate,
            )
            upstream = GeminiUpstream(options, observer)
            await upstream.warm_up()
            slot = UpstreamSlot(options, observer)
            slot.fill(upstream)
            clock = asyncio.get_running_loop().time
            began = clock()
            async with asyncio.TaskGroup() as group:
                for number in range(SESSIONS):
                    group.create_task(session(number, slot), name=f"session {number}")
                await asyncio.sleep(DOWN_S)
                view = breaker(slot)
                assert (view.state, view.waiting + view.opening) == ("open", SESSIONS)
                assert view.attempts_per_s_bound is not None
                assert attempts <= view.burst_bound + (clock() - began) * view.attempts_per_s_bound
                is_up.set()
                group.create_task(_within(BACK_WITHIN_S, opened), name="watch")
    assert len(opened) == SESSIONS
    assert (breaker(slot).state, breaker(slot).waiting) == ("closed", 0)
    assert len(observer.noted("breaker_opened")) == len(observer.noted("breaker_closed")) == 1


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _within(seconds: float, opened: set[int]) -> None:
    """Fail unless all sessions have had a link within `seconds`."""
    async with asyncio.timeout(seconds):
        while len(opened) < SESSIONS:  # noqa: ASYNC110 - what it watches tells nobody
            await asyncio.sleep(0.05)
