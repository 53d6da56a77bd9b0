"""Tests for `gateway.talk_screen` and `gateway.talk_lines`."""

from __future__ import annotations

import io

import msgspec
import pytest

from gateway.talk_conversation import Ending, Outcome
from gateway.talk_expect import Expectation, ExpectedProduct
from gateway.talk_lines import Lines
from gateway.talk_record import Record
from gateway.talk_screen import Screen
from gateway.talk_sources import Utterance
from gateway.talk_wav import Recording
from schemas.product import Product
from schemas.server import Error, Pong, ProductDetected, Status, Transcript
from tests.support.fake_gateway import MILK

A = Utterance("a.wav", "pl-PL", Recording(bytes(32_000)))
B = Utterance("b.wav", None, Recording(bytes(16_000)))
EGGS = ExpectedProduct("jajka", "add", 10)
WELL = Ending(Outcome.WELL)
LONG = Product(
    id="p2",
    name="makaron pełnoziarnisty świderki",
    action="update",
    quantity=12.5,
    unit="opakowanie",
    category="Produkty zbożowe i makarony",
    confidence=0.5,
    timestamp=0,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def printed(screen_out: io.StringIO) -> list[str]:
    return [line.rstrip() for line in screen_out.getvalue().splitlines()]


def test_conversation_is_printed_line_by_line() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.begins(A)
    screen.sent(bytes(3_200))
    for message in (
        Status("listening", "Gemini Live API ready"),
        Transcript("Dodaj mleko", is_user=True),
        ProductDetected(MILK),
        Transcript("Dodałem mleko", is_user=False),
        Error("audio_data: odd"),
        Pong(),
    ):
        screen.heard(message)
    screen.puzzled("a binary frame")
    assert printed(out) == [
        "a.wav  pl-PL, 1.0 s",
        "    listening Gemini Live API ready",
        "          you Dodaj mleko",
        "          add mleko, 1 l (Nabiał)",
        "       gemini Dodałem mleko",
        "        error audio_data: odd",
        "         pong",
        "        error not a message of protocol v1: a binary frame",
    ]


def test_markup_and_control_characters_are_only_text() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.heard(Transcript("[bold]\x1b[2J\x07x[/bold]", is_user=True))
    assert printed(out) == ["          you [bold]�[2J�x[/bold]"]


def test_table_marks_what_was_expected_what_is_extra_and_what_was_missed() -> None:
    out, record = io.StringIO(), Record()
    record.begins(A)
    record.heard(ProductDetected(MILK))
    record.heard(ProductDetected(LONG))
    record.begins(B)
    expected = {
        "a.wav": Expectation("a.wav", (ExpectedProduct("mleko"), EGGS)),
        "b.wav": Expectation("b.wav", ()),
    }
    screen = Screen(out, io.StringIO())
    screen.closes(record.sessions, expected, Ending(Outcome.WELL, "1 of 2"))
    lines = printed(out)
    assert all(len(line) <= 80 for line in lines)
    rows = {mark: line for line in lines for mark in ("✓", "extra", "missed") if mark in line}
    assert "jajka" in rows["missed"]
    assert "12.5" in rows["extra"]
    assert [line.split()[0] for line in lines if "✓" in line] == ["a.wav", "b.wav"]
    assert "nothing" in rows["✓"]
    assert lines[-1] == "1 of 2"


def test_table_without_expectations_has_no_marks() -> None:
    out, record = io.StringIO(), Record()
    record.begins(A)
    record.heard(ProductDetected(MILK))
    record.begins(B)
    Screen(out, io.StringIO()).closes(record.sessions, None, WELL)
    assert "✓" not in out.getvalue()
    assert [line.split() for line in printed(out) if line.startswith(" b.wav")] == [
        ["b.wav", "nothing"]
    ]


def test_progress_is_shown_on_a_terminal_only() -> None:
    for out, err, shows in (
        (Terminal(), Terminal(), "out"),
        (io.StringIO(), Terminal(), "err"),
        (Terminal(), io.StringIO(), "none"),
        (io.StringIO(), io.StringIO(), "none"),
    ):
        screen = Screen(out, err)
        screen.begins(A)
        screen.sent(bytes(16_000))
        screen.begins(B)
        screen.closes([], None, WELL)
        assert ("speaking" in out.getvalue()) is (shows == "out")
        assert ("speaking" in err.getvalue()) is (shows == "err")


def test_lines_are_the_messages_and_a_summary() -> None:
    out, record = io.StringIO(), Record()
    lines = Lines(out)
    for audience in (record, lines):
        audience.begins(A)
        audience.sent(b"\0\0")
        audience.heard(ProductDetected(MILK))
        audience.puzzled("odd")
    expected = {"a.wav": Expectation("a.wav", (ExpectedProduct("mleko"),))}
    lines.summary(WELL, [page.report(expected) for page in record.sessions])
    first, second, last = (msgspec.json.decode(line) for line in out.getvalue().splitlines())
    assert first["type"] == "product_detected"
    assert first["product"]["name"] == "mleko"
    assert second == {"type": "unread", "problem": "odd"}
    assert last["type"] == "summary"
    assert last["exit_code"] == 0
    assert last["sessions"][0]["as_expected"] is True
    assert last["sessions"][0]["errors"] == ["odd"]
