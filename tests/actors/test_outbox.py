"""Tests for `actors.outbox`."""

from __future__ import annotations

import asyncio

from actors.outbox import Outbox
from schemas.server import (
    Error,
    Frame,
    Interrupted,
    Pong,
    ServerMessage,
    SpokenAudio,
    Transcript,
    encode_v1,
    encode_v2,
)
from tests.support.moments import a_moment


def transcript(text: str, *, final: bool = True, is_user: bool = True) -> Transcript:
    return Transcript(text=text, is_user=is_user, final=final)


def an_error(text: str) -> Error:
    return Error(message=text, code="not_started")


def frame(message: ServerMessage) -> Frame:
    """Return a message as a frame of v2."""
    encoded = encode_v2(message)
    assert encoded is not None
    return encoded


async def waiting(outbox: Outbox) -> list[Frame]:
    """Take all the frames that wait."""
    frames = []
    while outbox.view().depth:
        frames.append(await outbox.get())
    return frames


async def test_frames_leave_in_the_order_their_messages_came() -> None:
    outbox = Outbox(10_000, encode_v2)
    messages: list[ServerMessage] = [Pong(), an_error("x"), transcript("mleko")]
    assert all(outbox.put(message) for message in messages)
    assert [await outbox.get() for _ in messages] == [frame(message) for message in messages]


async def test_a_writer_waits_for_a_frame() -> None:
    outbox = Outbox(10_000, encode_v2)
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(outbox.get())
        await a_moment()
        assert not taking.done()
        outbox.put(Pong())
    assert taking.result() == frame(Pong())


async def test_the_oldest_transcripts_and_pongs_make_room() -> None:
    outbox = Outbox(225, encode_v2)
    outbox.put(transcript("a" * 20))
    outbox.put(an_error("kept"))
    outbox.put(Pong())
    assert outbox.put(transcript("b" * 20))
    left = [await outbox.get() for _ in range(3)]
    assert left == [frame(an_error("kept")), frame(Pong()), frame(transcript("b" * 20))]
    assert (outbox.view().dropped, outbox.view().depth) == (1, 0)


async def test_what_must_not_be_dropped_is_kept_above_the_bound_and_that_is_said() -> None:
    outbox = Outbox(110, encode_v2)
    assert outbox.put(an_error("a" * 20))
    assert not outbox.put(an_error("b" * 20))
    view = outbox.view()
    assert (view.unit, view.bound, view.dropped) == ("bytes", 110, 0)
    assert view.depth == view.peak > 110
    assert [await outbox.get() for _ in range(2)] == [
        frame(an_error("a" * 20)),
        frame(an_error("b" * 20)),
    ]


async def test_it_is_drained_when_the_last_frame_has_gone_not_when_it_was_taken() -> None:
    outbox = Outbox(10_000, encode_v2)
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
    outbox = Outbox(10, encode_v2)
    outbox.put(an_error("a" * 20))
    outbox.abandon()
    assert outbox.put(an_error("b" * 20))
    await outbox.wait_drained()
    view = outbox.view()
    assert (view.depth, view.peak) == (0, len(frame(an_error("a" * 20))))


async def test_what_the_phones_version_has_no_word_for_is_not_sent() -> None:
    outbox = Outbox(10_000, encode_v1)
    unknown: list[ServerMessage] = [
        Interrupted(),
        SpokenAudio(b"\1\2"),
        transcript("Dodaj", final=False),
    ]
    assert all(outbox.put(message) for message in unknown)
    await outbox.wait_drained()
    assert outbox.view().depth == outbox.view().peak == 0
    outbox.put(transcript("Dodaj mleko"))
    assert await waiting(outbox) == ['{"type":"transcript","text":"Dodaj mleko","isUser":true}']


async def test_a_growing_transcript_takes_the_place_of_the_one_that_waits() -> None:
    outbox = Outbox(10_000, encode_v2)
    outbox.put(transcript("Dodaj", final=False))
    outbox.put(Pong())
    outbox.put(transcript("Dobrze", final=False, is_user=False))
    outbox.put(transcript("Dodaj mleko", final=False))
    outbox.put(transcript("Dodaj mleko."))
    expected = [
        frame(transcript("Dodaj mleko.")),
        frame(Pong()),
        frame(transcript("Dobrze", final=False, is_user=False)),
    ]
    assert outbox.view().depth == sum(map(len, expected))
    assert await waiting(outbox) == expected
    assert outbox.view().dropped == 0


async def test_a_transcript_that_is_final_or_has_gone_gives_its_place_to_none() -> None:
    outbox = Outbox(10_000, encode_v2)
    outbox.put(transcript("Dodaj", final=False))
    assert await outbox.get() == frame(transcript("Dodaj", final=False))
    outbox.put(transcript("Dodaj mleko"))
    outbox.put(transcript("i", final=False))
    outbox.put(transcript("i chleb"))
    assert await waiting(outbox) == [
        frame(transcript("Dodaj mleko")),
        frame(transcript("i chleb")),
    ]


async def test_spoken_replies_make_room_before_any_words_do() -> None:
    sound = SpokenAudio(bytes(100))
    outbox = Outbox(300, encode_v2)
    outbox.put(transcript("mleko"))
    for _ in range(3):
        assert outbox.put(sound)
    assert await waiting(outbox) == [frame(transcript("mleko")), sound.pcm, sound.pcm]
    assert outbox.view().dropped == 1


async def test_words_make_room_where_no_spoken_reply_is_left() -> None:
    outbox = Outbox(120, encode_v2)
    outbox.put(transcript("a" * 20, final=False))
    outbox.put(SpokenAudio(bytes(30)))
    assert outbox.put(an_error("kept"))
    assert await waiting(outbox) == [frame(an_error("kept"))]
    assert outbox.view().dropped == 2
    outbox.put(transcript("a", final=False))
    assert await waiting(outbox) == [frame(transcript("a", final=False))]


async def test_a_reply_that_the_shopper_spoke_into_is_not_sent_on() -> None:
    outbox = Outbox(10_000, encode_v2)
    outbox.put(SpokenAudio(bytes(100)))
    outbox.put(transcript("mleko"))
    outbox.put(SpokenAudio(bytes(100)))
    outbox.put(Interrupted())
    outbox.put(SpokenAudio(b"\1\2"))
    assert await waiting(outbox) == [frame(transcript("mleko")), frame(Interrupted()), b"\1\2"]
