from __future__ import annotations

import pytest

from emulator.wire import Closing, encode, pieces, resumption_update


def test_frames_are_indented_and_end_with_a_line_feed() -> None:
    assert encode({"setupComplete": {}}) == b'{\n  "setupComplete": {}\n}\n'


def test_frames_can_be_compact() -> None:
    assert encode({"data": b"\xfb\xff"}, pretty=False) == b'{"data":"+/8="}\n'


def test_a_long_reason_is_cut_to_what_a_close_frame_holds() -> None:
    assert Closing(1011, "x" * 200).wire_reason() == b"x" * 123


def test_a_reason_is_not_cut_within_a_character() -> None:
    reason = Closing(1011, "x" + "ż" * 100).wire_reason()
    assert reason.decode() == "x" + "ż" * 61
    assert len(reason) == 123


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("milk", ["milk"]),
        ("add two litres of milk", ["add two litres", " of milk"]),
        ("  add   milk and bread ", ["add milk and", " bread"]),
    ],
)
def test_transcriptions_come_in_pieces_led_by_blanks(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_a_session_that_cannot_be_resumed_has_an_empty_handle() -> None:
    assert resumption_update("") == {
        "sessionResumptionUpdate": {"newHandle": "", "resumable": False}
    }
