"""What can be done to an open connection, read from JSON for the control endpoint and scripts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

CloseCode = Annotated[int, msgspec.Meta(ge=1000, le=4999)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
TimeLeft = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,9})?s\Z")]
"""A `google.protobuf.Duration` in JSON, as in "10s"."""
FillerBytes = Annotated[int, msgspec.Meta(ge=1, le=64 << 20)]
_UNSENDABLE = frozenset({1004, 1005, 1006, 1015})
"""Codes that RFC 6455 §7.4.1 keeps out of close frames."""


class ScriptError(Exception):
    """A script, an action or a rule that cannot be read; the text says where and why."""


class Close(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A close frame's code and reason."""

    code: CloseCode
    reason: str = ""


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence, as if the user had said it."""

    text: Annotated[str, msgspec.Meta(min_length=1)]


class GoAway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A goAway, and what follows."""

    time_left: TimeLeft
    then: Literal["close", "abort", "nothing"] = "close"
    """What happens when the time is up."""
    silent: bool = False
    """Whether the model says nothing more until then."""

    @property
    def seconds(self) -> float:
        """Return the time left."""
        return float(self.time_left.removesuffix("s"))


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be done to a connection; exactly one field is set."""

    close: Close | None = None
    abort: Literal[True] | None = None
    go_away: TimeLeft | GoAway | None = None
    """A time alone: it is closed when that is up."""
    say: Say | None = None
    send: dict[str, Any] | None = None
    send_text: str | None = None
    """One frame, exactly this."""
    send_filler: FillerBytes | None = None
    """A message of a type that nobody knows, of at least that many bytes."""
    mute: bool | Literal["generation"] | None = None
    """Whether the model holds back what it has to say, or has nothing to say ("generation")."""
    stall_reads: Seconds | None = None
    """For how long nothing is read; 0 ends a stall."""
    half_open: Literal[True] | None = None
    pong_delay: Seconds | None = None
    """How late pings are answered from now on."""

    @property
    def sends(self) -> bool:
        """Whether it sends a message."""
        messages = (self.go_away, self.send, self.send_text, self.send_filler)
        return any(message is not None for message in messages)

    @property
    def needs_setup(self) -> bool:
        """Whether it makes no sense before setupComplete."""
        return self.sends or self.say is not None or self.mute is not None


def read_action(body: bytes) -> Action:
    """Read one action; raise `ScriptError` naming the field."""
    try:
        action = msgspec.json.decode(body, type=Action)
    except (msgspec.MsgspecError, UnicodeError) as exc:
        raise ScriptError(str(exc)) from exc
    check_action(action)
    return action


def check_action(action: Action) -> None:
    """Raise `ScriptError` unless exactly one field is set, and can be done."""
    given = [name for name in action.__struct_fields__ if getattr(action, name) is not None]
    if len(given) != 1:
        names = ", ".join(f"`{name}`" for name in action.__struct_fields__)
        raise ScriptError(f"an action has exactly one of {names}")
    if action.close is not None:
        check_close(action.close, "close")


def check_close(close: Close, field: str) -> None:
    """Raise `ScriptError` for a code that no close frame may hold."""
    if close.code in _UNSENDABLE:
        raise ScriptError(f"`{field}.code` {close.code} cannot be sent in a close frame")
