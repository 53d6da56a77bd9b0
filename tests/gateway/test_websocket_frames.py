"""Tests for `gateway.websocket_frames`: what it makes is read by websockets' own other side."""

from __future__ import annotations

import itertools

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, SERVER, Protocol

from gateway.websocket_frames import masks, server_frame, text_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_001])
def test_a_frame_of_any_length_is_read_as_it_was_written(length: int) -> None:
    payload = bytes(32 + at % 64 for at in range(length))
    server = Protocol(SERVER, max_size=None)
    server.receive_data(text_frame(payload, b"\x01\x80\xff\x55"))
    assert server.events_received() == [Frame(Opcode.TEXT, payload)]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_001])
def test_a_servers_frames_of_any_length_are_read_as_they_were_written(length: int) -> None:
    payload = bytes(32 + at % 64 for at in range(length))
    client = Protocol(CLIENT, max_size=None)
    client.receive_data(server_frame(payload) + server_frame(payload.decode()))
    expected = [Frame(Opcode.BINARY, payload), Frame(Opcode.TEXT, payload)]
    assert client.events_received() == expected


def test_masks_are_four_bytes_and_do_not_repeat_where_the_pool_is_filled_again() -> None:
    some = list(itertools.islice(masks(), 3_000))
    assert {len(mask) for mask in some} == {4}
    # Of 3000 random ones, two are the same in one run of a thousand; a pool read twice has 1024.
    assert len(set(some)) > 2_990
