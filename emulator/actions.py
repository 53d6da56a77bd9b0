"""What can be done to an open connection, read from JSON for the control endpoint and scripts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

CloseCode = Annotated[int, msgspec.Meta(ge=1000, le=4999)]
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


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be done to a connection; exactly one field is set."""

    close: Close | None = None
    abort: Literal[True] | None = None
    go_away: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,9})?s\Z")] | None = None
    say: Say | None = None
    send: dict[str, Any] | None = None


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
