"""Tests for `actors.outbox`."""

from __future__ import annotations

import asyncio

from actors.outbox import Outbox
from schemas.server import Error, Pong, ServerMessage, Transcript, encode
from tests.support.moments import a_moment


def transcript(text: str) -> Transcript:
    return Transcript(text=text, is_user=True)


async def test_frames_leave_in_the_order_their_messages_came() -> None:
    outbox = Outbox(10_000)
    messages: list[ServerMessage] = [Pong(), Error(message="x"), transcript("mleko")]
    assert all(outbox.put(message) for message in messages)
    assert [await outbox.get() for _ in messages] == [encode(message) for message in messages]


async def test_a_writer_waits_for_a_frame() -> None:
    outbox = Outbox(10_000)
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(outbox.get())
        await a_moment()
        assert not taking.done()
        outbox.put(Pong())
    assert taking.result() == encode(Pong())


async def test_the_oldest_transcripts_and_pongs_make_room() -> None:
    outbox = Outbox(150)
    outbox.put(transcript("a" * 20))
    outbox.put(Error(message="kept"))
    outbox.put(Pong())
    assert outbox.put(transcript("b" * 20))
    left = [await outbox.get() for _ in range(3)]
    assert left == [encode(Error(message="kept")), encode(Pong()), encode(transcript("b" * 20))]
    assert (outbox.view().dropped, outbox.view().depth) == (1, 0)


async def test_what_must_not_be_dropped_is_kept_above_the_bound_and_that_is_said() -> None:
    outbox = Outbox(60)
    assert outbox.put(Error(message="a" * 20))
    assert not outbox.put(Error(message="b" * 20))
    view = outbox.view()
    assert (view.unit, view.bound, view.dropped) == ("bytes", 60, 0)
    assert view.depth == view.peak > 60
    assert [await outbox.get() for _ in range(2)] == [
        encode(Error(message="a" * 20)),
        encode(Error(message="b" * 20)),
    ]


async def test_it_is_drained_when_the_last_frame_has_gone_not_when_it_was_taken() -> None:
    outbox = Outbox(10_000)
    await outbox.wait_drained()
    outbox.put(Pong())
    outbox.put(Pong())
    async with asyncio.TaskGroup() as group:
        draining = group.create_task(outbox.wait_drained())
        await outbox.get()
        outbox.sent()
        await outbox.get()
        await a_moment()
        assert not draining.done()
        outbox.sent()


async def test_nobody_waits_for_frames_that_will_never_go() -> None:
    outbox = Outbox(10)
    outbox.put(Error(message="a" * 20))
    outbox.abandon()
    assert outbox.put(Error(message="b" * 20))
    await outbox.wait_drained()
    assert outbox.view().depth == len(encode(Error(message="a" * 20)))
