"""Tests for `gateway.openings`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.breaker import BreakerPolicy
from actors.ports import LinkClosed
from gateway.openings import Openings
from gateway.telemetry import session_lines
from schemas.admin import BreakerView
from tests.support.a_log import Log, restored_logging
from tests.support.moments import a_moment, now, seconds_pass
from tests.support.recording_observer import RecordingObserver
from tests.support.virtual_clock import VirtualClockLoop

POLICY = BreakerPolicy(concurrent=2, threshold=3, probe_s=1.0)
DOWN = LinkClosed(1006, "ConnectionRefusedError", closed_by="nobody")
NO_KEY = LinkClosed(403, "PERMISSION_DENIED", closed_by="peer")
NO_HANDLE = LinkClosed(1007, "Request contains an invalid argument.", closed_by="peer")
NOON = 1_790_000_000.0


@pytest.fixture
def log() -> Iterator[Log]:
    with restored_logging():
        yield Log("INFO")


async def swallowed(opening: Coroutine[object, None, str]) -> None:
    """Wait for the end, and let it be a failure."""
    with contextlib.suppress(LinkClosed):
        await opening


class Upstream:
    """Something to open, that takes a while and ends as the test says."""

    def __init__(self, policy: BreakerPolicy = POLICY) -> None:
        self.observer = RecordingObserver()
        self.openings = Openings(policy, self.observer, wall_clock=lambda: NOON + now())
        self.begun: list[tuple[float, str]] = []
        self.takes_s = 0.0
        self.end: Exception | None = None

    async def open(self, name: str = "", *, resumes: bool = False) -> str:
        async def opening() -> str:
            self.begun.append((now(), name))
            await asyncio.sleep(self.takes_s)
            if self.end is not None:
                raise self.end
            return name

        return await self.openings.attempt(opening, resumes=resumes)

    async def breaks(self) -> None:
        """Be down, and let the breaker find out."""
        self.end = DOWN
        for _ in range(POLICY.threshold):
            with pytest.raises(LinkClosed):
                await self.open()
        self.begun.clear()

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.begun]


async def test_a_few_open_at_once_and_the_others_follow_in_the_order_in_which_they_came() -> None:
    upstream = Upstream()
    upstream.takes_s = 5
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(upstream.open(f"{n}"), name=f"{n}") for n in range(5)]
        await a_moment()
        view = upstream.openings.view()
        assert (view.state, view.opening, view.waiting, view.failures_in_a_row) == (
            "closed",
            2,
            3,
            0,
        )
    assert upstream.begun == [(0, "0"), (0, "1"), (5, "2"), (5, "3"), (10, "4")]
    assert [task.result() for task in tasks] == ["0", "1", "2", "3", "4"]


async def test_when_the_upstream_is_down_one_tries_each_second_until_one_is_answered() -> None:
    upstream = Upstream()
    await upstream.breaks()
    failed: list[float] = []

    async def session() -> None:
        while True:
            try:
                await upstream.open()
            except LinkClosed:
                failed.append(now())
            else:
                return

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(session(), name=f"{number}")
        await seconds_pass(3.5)
        assert upstream.openings.view() == BreakerView(
            state="open",
            failures_in_a_row=6,
            waiting=8,
            opening=0,
            attempts_per_s_bound=1.0,
            burst_bound=4,
            opened_at="2026-09-21T14:13:20+00:00",
        )
        upstream.end = None
    assert failed == [1, 2, 3]
    assert upstream.times == [1, 2, 3] + [4] * 8
    assert upstream.openings.view() == BreakerView("closed", 0, 0, 0, None, 4, None)
    assert upstream.observer.warnings == [
        ("breaker_opened", {"code": 1006, "closed_by": "nobody", "failures_in_a_row": 3})
    ]
    assert upstream.observer.notes == [("breaker_closed", {"open_s": 4.0, "waiting": 7})]


async def test_a_probe_is_not_held_up_by_the_one_before() -> None:
    upstream = Upstream()
    await upstream.breaks()
    upstream.takes_s = 15
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(upstream.open(), name=f"{n}") for n in range(4)]
        await seconds_pass(4.5)
        for task in tasks:
            task.cancel()
    assert upstream.times == [1, 2, 3, 4]


async def test_who_leaves_the_line_takes_no_turn_and_holds_nobody_up() -> None:
    upstream = Upstream()
    await upstream.breaks()
    async with asyncio.TaskGroup() as group:
        first, second, third, fourth = [
            group.create_task(swallowed(upstream.open(f"{n}")), name=f"{n}") for n in range(4)
        ]
        await seconds_pass(0.5)
        first.cancel()
        third.cancel()
        await seconds_pass(0.1)
        assert upstream.openings.view().waiting == 2
        del second, fourth
    assert upstream.begun == [(1, "1"), (2, "3")]


async def test_who_leaves_in_the_very_moment_of_its_turn_passes_it_on() -> None:
    """A semaphore that hands its turn to a task which is cancelled meanwhile loses it."""
    upstream = Upstream()
    upstream.takes_s = 5
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(swallowed(upstream.open(f"{n}")), name=f"{n}") for n in range(5)]
        await a_moment()

        def leave() -> None:
            tasks[2].cancel()
            tasks[3].cancel()

        # Before and after those in line are woken by the end of the first two.
        asyncio.get_running_loop().call_at(5, leave)
        asyncio.get_running_loop().call_at(5, tasks[3].cancel)
    assert [name for _, name in upstream.begun] == ["0", "1", "4"]
    assert upstream.times[-1] == 5


async def test_an_opening_that_is_given_up_makes_room_and_says_nothing() -> None:
    upstream = Upstream()
    upstream.takes_s = 100
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(upstream.open(f"{n}"), name=f"{n}") for n in range(8)]
        for task in tasks:
            await seconds_pass(1)
            task.cancel()
    assert [name for _, name in upstream.begun] == [f"{n}" for n in range(8)]
    assert upstream.openings.view() == BreakerView("closed", 0, 0, 0, None, 4, None)


@pytest.mark.parametrize(
    ("end", "resumes", "state"),
    [
        (DOWN, False, "open"),
        (LinkClosed(503, "UNAVAILABLE", closed_by="peer"), False, "open"),
        (LinkClosed(1011, "Internal error encountered.", closed_by="peer"), False, "open"),
        (LinkClosed(1011, "Internal error encountered.", closed_by="peer"), True, "closed"),
        (LinkClosed(503, "UNAVAILABLE", closed_by="peer"), True, "open"),
        (LinkClosed(1006, "no setupComplete in time", closed_by="us"), False, "open"),
        (NO_KEY, False, "closed"),
        (LinkClosed(429, "RESOURCE_EXHAUSTED", closed_by="peer"), True, "closed"),
        (NO_HANDLE, True, "closed"),
        (NO_HANDLE, False, "closed"),
    ],
)
async def test_what_gemini_itself_refuses_shows_that_it_is_there(
    end: LinkClosed, state: str, *, resumes: bool
) -> None:
    upstream = Upstream()
    upstream.end = end
    for _ in range(POLICY.threshold):
        with pytest.raises(LinkClosed):
            await upstream.open(resumes=resumes)
    assert upstream.openings.view().state == state


async def test_a_refusal_closes_it_again() -> None:
    upstream = Upstream()
    await upstream.breaks()
    upstream.end = NO_KEY
    with pytest.raises(LinkClosed):
        await upstream.open()
    assert upstream.openings.view().state == "closed"


async def test_a_bug_of_ours_is_no_failure_of_geminis() -> None:
    upstream = Upstream()
    upstream.end = RuntimeError("ours")
    for _ in range(POLICY.threshold):
        with pytest.raises(RuntimeError):
            await upstream.open()
    assert upstream.openings.view() == BreakerView("closed", 0, 0, 0, None, 4, None)


async def test_starting_over_lets_those_who_wait_through_and_forgets_the_older_openings() -> None:
    upstream = Upstream()
    await upstream.breaks()
    upstream.takes_s = 10
    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(swallowed(upstream.open(f"{number}")), name=f"{number}")
        await seconds_pass(1.5)
        upstream.openings.start_over()
        await a_moment()
        view = upstream.openings.view()
        assert (view.state, view.opening, view.waiting) == ("closed", 2, 2)
        # The old upstream's opening ends now: it failed, and says nothing of the new one.
        await seconds_pass(9.7)
        assert upstream.openings.view().failures_in_a_row == 0
        assert upstream.openings.view().opening == 2
    assert upstream.times == [1, 1.5, 1.5, 11.5, 11.5]
    assert upstream.observer.noted("breaker_closed") == []


async def test_an_answer_of_the_older_upstream_is_no_news_of_the_newer_one() -> None:
    upstream = Upstream()
    await upstream.breaks()
    upstream.takes_s, upstream.end = 10, None
    async with asyncio.TaskGroup() as group:
        group.create_task(upstream.open(), name="session")
        await seconds_pass(1.5)
        upstream.openings.start_over()
    assert upstream.observer.noted("breaker_closed") == []


async def test_what_is_told_of_the_process_does_not_go_under_a_sessions_name(log: Log) -> None:
    openings = Openings(POLICY, log.observer)

    async def opening() -> None:
        raise DOWN

    with session_lines(session_id="s-1", user_id="anna"):
        for _ in range(POLICY.threshold):
            with pytest.raises(LinkClosed):
                await openings.attempt(opening, resumes=False)
    (line,) = log.lines
    assert (line["severity"], line["message"]) == ("WARNING", "breaker_opened")
    assert "session_id" not in line


@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(
        st.tuples(
            st.integers(0, 12),  # arrives at, in eighths
            st.integers(0, 16),  # takes, in eighths
            st.sampled_from(["answer", "fail", "fail", "fail"]),
            st.none() | st.integers(0, 40),  # leaves at, in eighths
        ),
        max_size=25,
    ),
)
@settings(deadline=None)
def test_whoever_does_not_leave_gets_a_turn_in_order_and_within_the_bounds(
    concurrent: int, threshold: int, sessions: list[tuple[int, int, str, int | None]]
) -> None:
    """A lost wake-up leaves somebody in line for good: the virtual clock calls that a deadlock."""
    policy = BreakerPolicy(concurrent=concurrent, threshold=threshold, probe_s=1.0)
    begun: list[tuple[float, int]] = []
    stayed: set[int] = set()

    async def session(number: int, openings: Openings) -> None:
        arrives, takes, end, _ = sessions[number]
        await asyncio.sleep(arrives / 8)

        async def opening() -> None:
            begun.append((now(), number))
            await asyncio.sleep(takes / 8)
            if end == "fail":
                raise DOWN

        with contextlib.suppress(LinkClosed):
            await openings.attempt(opening, resumes=False)
        stayed.add(number)

    async def play() -> BreakerView:
        openings = Openings(policy, RecordingObserver())
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            for number, (_, _, _, leaves) in enumerate(sessions):
                task = group.create_task(session(number, openings), name=f"{number}")
                if leaves is not None:
                    loop.call_at(leaves / 8, task.cancel)
        return openings.view()

    loop = VirtualClockLoop()
    try:
        view = loop.run_until_complete(play())
    finally:
        loop.close()
    assert (view.waiting, view.opening) == (0, 0)
    assert {n for n, (_, _, _, leaves) in enumerate(sessions) if leaves is None} <= stayed
    came = [sessions[number][0] for _, number in begun]
    assert came == sorted(came)
