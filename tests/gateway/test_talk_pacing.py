"""Tests for `gateway.talk_pacing`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from gateway.talk_pacing import MAX_CATCH_UP_S, Pace, chunked
from schemas.client import check_audio

CHUNK = 3_200


async def these(blocks: list[bytes]) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block


async def cut(*blocks: bytes) -> list[bytes]:
    return [chunk async for chunk in chunked(these(list(blocks)))]


@given(st.lists(st.binary(min_size=1, max_size=9_000), max_size=8))
def test_every_byte_comes_out_in_order_and_every_chunk_is_allowed(blocks: list[bytes]) -> None:
    chunks = asyncio.run(cut(*blocks))
    sound = b"".join(blocks)
    lost = len(sound) % 2 if len(sound) >= 320 else len(sound)
    assert b"".join(chunks) == sound[: len(sound) - lost]
    for chunk in chunks:
        check_audio(chunk, field="audio_data")


async def test_chunks_are_of_100_ms_and_a_short_rest_joins_the_last() -> None:
    assert [len(chunk) for chunk in await cut(bytes(3 * CHUNK))] == [CHUNK] * 3
    assert [len(chunk) for chunk in await cut(bytes(2 * CHUNK + 320))] == [CHUNK, CHUNK, 320]
    assert [len(chunk) for chunk in await cut(bytes(2 * CHUNK + 318))] == [CHUNK, CHUNK + 318]


async def test_chunk_is_due_when_its_last_sample_would_have_been_spoken() -> None:
    pace, clock = Pace(speed=1.0), asyncio.get_running_loop().time
    await pace.spoken(bytes(CHUNK))
    assert clock() == 0.1
    await pace.spoken(bytes(CHUNK // 2))
    assert round(clock(), 9) == 0.15


async def test_delays_between_chunks_do_not_add_up() -> None:
    pace, clock = Pace(speed=1.0), asyncio.get_running_loop().time
    for _ in range(100):
        await pace.spoken(bytes(CHUNK))
        await asyncio.sleep(0.03)
    assert round(clock(), 6) == 10.03


async def test_fast_is_a_multiple_of_the_pace_of_speech() -> None:
    pace, clock = Pace(speed=4.0), asyncio.get_running_loop().time
    for _ in range(40):
        await pace.spoken(bytes(CHUNK))
    assert round(clock(), 6) == 1.0


async def test_short_pause_is_caught_up_and_a_long_one_is_not() -> None:
    pace, clock = Pace(speed=1.0), asyncio.get_running_loop().time
    await asyncio.sleep(1)
    for _ in range(20):
        await pace.spoken(bytes(CHUNK))
    assert clock() == 2.0
    await asyncio.sleep(60)
    await pace.spoken(bytes(CHUNK))
    assert clock() == 62.0
    await pace.spoken(bytes(CHUNK))
    assert round(clock(), 6) == 62.1
    assert MAX_CATCH_UP_S < 15
