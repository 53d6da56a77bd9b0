"""Messages that the protocol does not allow (docs/protocol.md), from phones that were let in."""

from __future__ import annotations

from typing import Final

from bench.hostile.case import Case, Target
from bench.hostile.talk import (
    START,
    Talk,
    answers,
    ending,
    first_error,
    first_of,
    inside,
    message,
    text,
)
from bench.hostile.wire import BINARY, Wire, frame

_OPERATION: Final = {"op": "add", "name": "mleko"}
_TOO_MANY: Final = 21


def started(sent: bytes) -> Talk:
    """Return what sends a frame in a session that has started."""

    async def talk(wire: Wire, _: Target, __: str) -> str:
        await wire.send(text(START))
        begun = await first_of(wire, "session")
        if isinstance(begun, str):
            return begun
        await wire.send(sent)
        return await first_error(wire)

    return talk


async def _error_and_on(wire: Wire, _: Target, __: str) -> str:
    """After one mistake the socket goes on."""
    await wire.send(text("hello"))
    return f"{await first_error(wire)}, {await answers(wire)}"


async def _never_read(wire: Wire, _: Target, __: str) -> str:
    """Ask for more than is taken, until the service has enough of it."""
    wire.stop_reading()
    asked = b"".join(text({"type": f"dance {'x' * 900}"}) for _ in range(20))
    await wire.send(asked + text({"type": "dance"}) * 2)
    wire.go_on_reading()
    return await ending(wire)


CASES: Final = (
    Case("no JSON, once", "error malformed, answers", inside(_error_and_on)),
    Case("no JSON, 21 times", "close 1008", message("hello", times=_TOO_MANY)),
    Case("an unknown type, 21 times", "close 1008", message({"type": "dance"}, times=_TOO_MANY)),
    Case("broken messages, unread", "close 1008", inside(_never_read)),
    Case("an array", "error malformed", message("[]")),
    Case("a number of 100 000 digits", "error malformed", message("9" * 100_000)),
    Case("NaN for a number", "error malformed", message('{"type":"ack","seq":NaN}')),
    Case("half a surrogate", "error malformed", message(
        '{"type":"text","text":"\\ud800"}'
    )),
    Case("a zero byte behind it", "error malformed", message(b'{"type":"ping"}\x00')),
    Case("1 MiB of text", "error too_large", message(b" " * (1 << 20))),
    Case("a typed sentence of 2 001 characters", "error invalid_field", message(
        {"type": "text", "text": "a" * 2_001}
    )),
    Case("an edit of 101 operations", "error invalid_field", message(
        {"type": "edit", "operations": [_OPERATION] * 101}
    )),
    Case("a list of 501 items", "error invalid_field", message(
        {**START, "list": [{"id": f"i{n}", "name": "mleko"} for n in range(501)]}
    )),
    Case("a quantity beyond 10 000", "error invalid_field", message(
        {"type": "edit", "operations": [{**_OPERATION, "quantity": 1e300}]}
    )),
    Case("an ack of what was not sent", "error invalid_field", inside(
        started(text({"type": "ack", "seq": 2**53}))
    )),
    Case("a seq beyond 53 bits", "error invalid_field", message(
        {"type": "ack", "seq": 2**64}
    )),
    Case("a language that is a path", "error invalid_field", message(
        {**START, "language": "../../etc/passwd"}
    )),
    Case("a ref with a line's end", "error invalid_field", message(
        {"type": "undo", "ref": "a\nb"}
    )),
    Case("undo before the start", "error not_started", message({"type": "undo"})),
    Case("sound of half a sample", "error invalid_audio", inside(
        started(frame(BINARY, bytes(321)))
    )),
    Case("three seconds of sound in one frame", "error invalid_audio", inside(
        started(frame(BINARY, bytes(96_000)))
    )),
    Case("an empty frame of sound", "error invalid_audio", inside(started(frame(BINARY)))),
)  # fmt: skip
