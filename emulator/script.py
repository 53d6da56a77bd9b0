"""Scripts: what is to happen to which connection and when, read from a JSON file.

The same actions come through the control endpoint, so they are read here for both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

Milliseconds = Annotated[float, msgspec.Meta(ge=0)]
CloseCode = Annotated[int, msgspec.Meta(ge=1000, le=4999)]
_UNSENDABLE = frozenset({1004, 1005, 1006, 1015})
"""Codes that RFC 6455 §7.4.1 keeps out of close frames."""


class ScriptError(Exception):
    """A script or an action that cannot be read; the text says where and why."""


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


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One action and what it waits for; exactly one of the triggers is set."""

    do: Action
    after_ms: Milliseconds | None = None
    """Since the step before, or since setupComplete for the first one."""
    after_audio_ms: Milliseconds | None = None
    """Of audio received on this connection."""
    on: Literal["setup", "turn"] | None = None
    """"setup": once the setup is complete; "turn": at the next turnComplete."""


class ScriptedConnection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The steps for one connection, or for all."""

    connection: Annotated[int, msgspec.Meta(ge=1)] | Literal["all"]
    steps: list[Step]


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole script."""

    connections: list[ScriptedConnection] = []

    def steps_for(self, number: int) -> list[list[Step]]:
        """Return the lists of steps that apply to the connection of this number, from 1."""
        return [
            one.steps for one in self.connections if one.connection in {number, "all"} and one.steps
        ]


def read_script(path: Path) -> Script:
    """Read a script; raise `ScriptError` naming the file and the field."""
    try:
        script = msgspec.json.decode(path.read_bytes(), type=Script)
        for connection in script.connections:
            for step in connection.steps:
                _check_step(step)
    except OSError as exc:
        raise ScriptError(f"{path}: {exc.strerror}") from exc
    except (msgspec.MsgspecError, UnicodeError, ScriptError) as exc:
        raise ScriptError(f"{path}: {exc}") from exc
    return script


def read_action(body: bytes) -> Action:
    """Read one action; raise `ScriptError` naming the field."""
    try:
        action = msgspec.json.decode(body, type=Action)
    except (msgspec.MsgspecError, UnicodeError) as exc:
        raise ScriptError(str(exc)) from exc
    _check_action(action)
    return action


def _check_step(step: Step) -> None:
    triggers = (step.after_ms, step.after_audio_ms, step.on)
    if sum(trigger is not None for trigger in triggers) != 1:
        raise ScriptError("a step has exactly one of `after_ms`, `after_audio_ms` and `on`")
    _check_action(step.do)


def _check_action(action: Action) -> None:
    fields = (action.close, action.abort, action.go_away, action.say, action.send)
    if sum(field is not None for field in fields) != 1:
        raise ScriptError(
            "an action has exactly one of `close`, `abort`, `go_away`, `say` and `send`"
        )
    if action.close is not None and action.close.code in _UNSENDABLE:
        raise ScriptError(f"`close.code` {action.close.code} cannot be sent in a close frame")
