"""Tests for `gateway.talk_screen` and `gateway.talk_lines`."""

from __future__ import annotations

import io

import msgspec
import pytest

from gateway.talk_endings import Ending, Outcome
from gateway.talk_expect import Expectation, ExpectedProduct
from gateway.talk_lines import Lines
from gateway.talk_record import Record
from gateway.talk_screen import Screen
from gateway.talk_socket import SocketClosed
from gateway.talk_sources import Typed, Utterance
from gateway.talk_wav import Recording
from gateway.talk_wire import Heard
from schemas.product import Product
from schemas.server import (
    AudioGap,
    ErrorV2,
    Interrupted,
    Pong,
    ProductDetected,
    ProductRetracted,
    ProductSuggested,
    SpokenAudio,
    Status,
    Transcript,
)
from tests.support.fake_gateway import MILK, detected, item, session

A = Utterance("a.wav", "pl-PL", Recording(bytes(32_000)))
B = Utterance("b.wav", None, Recording(bytes(16_000)))
EGGS = ExpectedProduct("jajka", "add", 10)
WELL = Ending(Outcome.WELL)
BOUGHT = detected(1, item())
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


SUGGESTED = ProductSuggested(2, Product("x1", "kefir", "add", 1, "l", "Nabiał", 0.3, 0))


def shown(*messages: Heard) -> list[str]:
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    for message in messages:
        screen.heard(message)
    return printed(out)


def test_conversation_is_printed_line_by_line() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.begins(A)
    screen.sent(bytes(3_200))
    for message in (
        session(),
        Status("listening", "Gemini Live API ready"),
        Transcript("Dodaj ml", is_user=True, final=False),
        Transcript("Dodaj mleko", is_user=True),
        BOUGHT,
        Transcript("Dodałem mleko", is_user=False),
        ErrorV2("type: odd", "unknown_type", retryable=False),
        AudioGap(480, "no_link"),
        Interrupted(),
        SpokenAudio(b""),
        Pong(),
    ):
        screen.heard(message)
    screen.puzzled("not JSON")
    screen.lost(SocketClosed(1012, "going away"))
    assert printed(out) == [
        "a.wav  pl-PL, 1.0 s",
        "    listening Gemini Live API ready",
        "          you Dodaj mleko",
        "          add mleko, 1 l (Nabiał)",
        "       gemini Dodałem mleko",
        "        error type: odd",
        "        error 480 ms of speech could not be kept",
        "        error not a message of protocol v2: not JSON",
        "         lost closed with 1012 going away; connecting again",
    ]


def test_corrections_and_what_is_taken_back_are_shown() -> None:
    more = msgspec.structs.replace(BOUGHT, seq=2, item=item("mleko", 3))
    less = detected(3, item("mleko", 2), action="update")
    assert shown(
        BOUGHT,
        more,
        less,
        SUGGESTED,
        ProductRetracted(5, "x1", "rejected", "shopper"),
        ProductRetracted(6, "p1", "undone", "shopper"),
        ProductRetracted(7, "p9", "expired", "model"),
        detected(8, item(), action="remove"),
        msgspec.structs.replace(BOUGHT, by="shopper"),
    ) == [
        "          add mleko, 1 l (Nabiał)",
        "          add mleko, 1 l (Nabiał); now 3 l",
        "       update mleko, 2 l (Nabiał)",
        "      perhaps add kefir, 1 l (Nabiał)",
        "    retracted kefir (rejected)",
        "    retracted mleko (undone)",
        "    retracted p9 (expired)",
        "       remove mleko, 1 l (Nabiał)",
        "          add mleko, 1 l (Nabiał), by hand",
    ]


def test_resumed_session_is_shown_and_its_items_are_known() -> None:
    resumed = session(item(), resumed=True, suggestions=(SUGGESTED.product,))
    assert shown(
        resumed,
        ProductRetracted(1, "p1", "cancelled", "model"),
        ProductRetracted(2, "x1", "rejected", "shopper"),
    ) == [
        "      resumed Session with 1 items on the list",
        "    retracted mleko (cancelled)",
        "    retracted kefir (rejected)",
    ]


def test_typed_sentence_is_called_so() -> None:
    out = io.StringIO()
    Screen(out, io.StringIO()).begins(Utterance("dodaj ser", "pl-PL", Typed("dodaj ser")))
    assert printed(out) == ["dodaj ser  pl-PL, typed"]


def test_markup_and_control_characters_are_only_text() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.heard(Transcript("[bold]\x1b[2J\x07x[/bold]", is_user=True))
    assert printed(out) == ["          you [bold]�[2J�x[/bold]"]


def test_table_marks_what_was_expected_what_is_extra_and_what_was_missed() -> None:
    out, record = io.StringIO(), Record()
    record.begins(A)
    record.heard(BOUGHT)
    record.heard(ProductDetected(2, LONG, None, "model"))
    record.begins(B)
    expected = {
        "a.wav": Expectation("a.wav", (ExpectedProduct("mleko"), EGGS)),
        "b.wav": Expectation("b.wav", ()),
    }
    screen = Screen(out, io.StringIO())
    screen.closes(record.sessions, expected, [], Ending(Outcome.WELL, "1 of 2"))
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
    record.heard(BOUGHT)
    record.begins(B)
    Screen(out, io.StringIO()).closes(record.sessions, None, [], WELL)
    assert "✓" not in out.getvalue()
    assert [line.split() for line in printed(out) if line.startswith(" b.wav")] == [
        ["b.wav", "nothing"]
    ]


def test_list_is_printed_at_the_end() -> None:
    out, record = io.StringIO(), Record()
    record.begins(A)
    Screen(out, io.StringIO()).closes(record.sessions, None, [item("mleko", 2)], WELL)
    lines = [line.split() for line in printed(out)]
    at = next(number for number, line in enumerate(lines) if line[:1] == ["List"])
    assert lines[at] == ["List", "Qty", "Unit", "Category"]
    assert lines[at + 2] == ["mleko", "2", "l", "Nabiał"]
    out = io.StringIO()
    Screen(out, io.StringIO()).closes(record.sessions, None, [], WELL)
    assert printed(out)[-2].split() == ["empty"]


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
        screen.closes([], None, [], WELL)
        assert ("speaking" in out.getvalue()) is (shows == "out")
        assert ("speaking" in err.getvalue()) is (shows == "err")


def test_lines_are_the_messages_and_a_summary() -> None:
    out, record = io.StringIO(), Record()
    lines = Lines(out)
    for audience in (record, lines):
        audience.begins(A)
        audience.sent(b"\0\0")
        audience.heard(BOUGHT)
        audience.puzzled("odd")
        audience.heard(SpokenAudio(b"\0\0"))
        audience.lost(SocketClosed(1012, ""))
    expected = {"a.wav": Expectation("a.wav", (ExpectedProduct("mleko"),))}
    lines.summary(WELL, [page.report(expected) for page in record.sessions], [item()])
    first, second, third, last = (msgspec.json.decode(line) for line in out.getvalue().splitlines())
    assert first["type"] == "product_detected"
    assert first["product"]["name"] == "mleko"
    assert second == {"type": "unread", "problem": "odd"}
    assert third == {"type": "lost", "why": "closed with 1012"}
    assert last["type"] == "summary"
    assert last["list"] == [msgspec.to_builtins(item())]
    assert last["exit_code"] == 0
    assert last["sessions"][0]["as_expected"] is True
    assert last["sessions"][0]["errors"] == ["odd"]
    assert last["sessions"][0]["losses"] == ["closed with 1012"]


def test_what_is_taken_back_is_not_expected_any_more() -> None:
    record = Record()
    record.begins(A)
    for message in (
        BOUGHT,
        SUGGESTED,
        detected(3, item("chleb", item_id="p2")),
        ProductRetracted(4, "p2", "cancelled", "model"),
        ProductRetracted(5, "x1", "expired", "model"),
        ProductRetracted(6, "p9", "undone", "shopper"),
    ):
        record.heard(message)
    expected = {"a.wav": Expectation("a.wav", (ExpectedProduct("mleko"),))}
    report = record.sessions[0].report(expected)
    assert report.as_expected
    assert report.products == (MILK,)
    assert report.suggestions == ()
    assert [product.name for product in report.retracted] == ["chleb", "kefir"]
