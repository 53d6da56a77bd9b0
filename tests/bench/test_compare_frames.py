from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from bench.compare import frames


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("masked", [False, True])
def test_a_frame_is_split_off_as_it_was_made(size: int, *, masked: bool) -> None:
    payload = bytes(size)
    made = frames.frame(frames.BINARY, payload, masked=masked)
    assert frames.split(made + b"\x82") == ([(frames.BINARY, payload)], b"\x82")


def test_it_is_what_websockets_makes() -> None:
    made = Frame(Opcode.TEXT, b"hello" * 100).serialize(mask=False, extensions=[])
    assert frames.frame(frames.TEXT, b"hello" * 100, masked=False) == made


def test_a_mask_is_taken_off() -> None:
    made = Frame(Opcode.TEXT, b"hello").serialize(mask=True, extensions=[])
    assert frames.split(made) == ([(frames.TEXT, b"hello")], b"")


def test_what_is_not_whole_is_left() -> None:
    made = frames.frame(frames.TEXT, b"hello" * 100, masked=True)
    for end in (0, 1, 3, 7, len(made) - 1):
        assert frames.split(made[:end]) == ([], made[:end])


def test_several_frames_come_in_order() -> None:
    made = [frames.frame(frames.TEXT, text, masked=True) for text in (b"a", b"b")]
    assert frames.split(b"".join(made)) == ([(frames.TEXT, b"a"), (frames.TEXT, b"b")], b"")


@pytest.mark.parametrize("first", [0x01, 0xC1])
def test_parts_of_messages_and_extensions_are_refused(first: int) -> None:
    with pytest.raises(frames.BadFrame):
        frames.split(bytes([first, 0]))


def test_a_handshake_is_answered_as_the_standard_says() -> None:
    # RFC 6455, section 1.3.
    request = b"GET /chat HTTP/1.1\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in frames.accepted(request)


def test_what_asks_for_no_websocket_is_refused() -> None:
    with pytest.raises(frames.BadFrame):
        frames.accepted(b"GET / HTTP/1.1")


def test_a_handshake_holds_the_headers_that_are_wanted() -> None:
    asked = frames.upgrade("localhost", "/ws/a", {"Sec-WebSocket-Protocol": "shopping.v2"})
    assert asked.startswith(b"GET /ws/a HTTP/1.1\r\nHost: localhost\r\n")
    assert asked.endswith(b"\r\nSec-WebSocket-Protocol: shopping.v2\r\n\r\n")


def test_a_goodbye_has_code_1000() -> None:
    assert frames.split(frames.goodbye(masked=True)) == ([(frames.CLOSE, b"\x03\xe8")], b"")
