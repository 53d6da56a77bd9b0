"""Scripts: what is to happen to which connection and when, read from a JSON file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from emulator.actions import Action, ScriptError, check_action
from emulator.faults import Rule, check_rule

Milliseconds = Annotated[float, msgspec.Meta(ge=0)]


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
    faults: list[Rule] = []

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
        for rule in script.faults:
            check_rule(rule)
    except OSError as exc:
        raise ScriptError(f"{path}: {exc.strerror}") from exc
    except (msgspec.MsgspecError, UnicodeError, ScriptError) as exc:
        raise ScriptError(f"{path}: {exc}") from exc
    return script


def _check_step(step: Step) -> None:
    triggers = (step.after_ms, step.after_audio_ms, step.on)
    if sum(trigger is not None for trigger in triggers) != 1:
        raise ScriptError("a step has exactly one of `after_ms`, `after_audio_ms` and `on`")
    check_action(step.do)
