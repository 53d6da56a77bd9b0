"""Tests for `gateway.websocket_frames`: what it makes is read by websockets' own server side."""

from __future__ import annotations

import itertools

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import SERVER, Protocol

from gateway.websocket_frames import masks, text_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_001])
def test_a_frame_of_any_length_is_read_as_it_was_written(length: int) -> None:
    payload = bytes(32 + at % 64 for at in range(length))
    server = Protocol(SERVER, max_size=None)
    server.receive_data(text_frame(payload, b"\x01\x80\xff\x55"))
    assert server.events_received() == [Frame(Opcode.TEXT, payload)]


def test_masks_are_four_bytes_and_do_not_repeat_where_the_pool_is_filled_again() -> None:
    some = list(itertools.islice(masks(), 3_000))
    assert {len(mask) for mask in some} == {4}
    # Of 3000 random ones, two are the same in one run of a thousand; a pool read twice has 1024.
    assert len(set(some)) > 2_990
