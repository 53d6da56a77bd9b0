"""Rules about connections to come: which ones, and what goes wrong on them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from emulator.actions import Close, ScriptError, Seconds, check_close

Count = Annotated[int, msgspec.Meta(ge=1)]
Yes = Literal[True]


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The HTTP answer to an upgrade that is not to be had."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    body: str | None = None
    """`None`: Google's JSON error of that status."""


class HandleRefusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The close that a resumption handle is answered with."""

    refuse: Close


class Next(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many connections from now on."""

    next: Count


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong on a connection; a field that is not set goes right."""

    refuse: Refusal | None = None
    """The upgrade is answered with this instead."""
    setup_delay: Seconds | None = None
    """Instead of the command line's."""
    first_message: dict[str, Any] | None = None
    """Comes before setupComplete."""
    setup_never: Yes | None = None
    """Nothing follows the setup."""
    close_at_setup: Close | None = None
    """Comes instead of setupComplete."""
    abort_at_setup: Yes | None = None
    handles: Literal["refuse", "poison"] | HandleRefusal | None = None
    """How a handle is taken: "poison" resumes and transcribes, but generates no turn."""
    not_resumable: Yes | None = None
    """Every update of the handle is empty."""
    handle_with_false: Yes | None = None
    """Every update has its handle, and says that it cannot be resumed."""
    calls_twice: Yes | None = None
    """Each function call comes in `modelTurn.parts` too."""
    cancel_calls: Literal["before_answer", "after_answer"] | None = None
    """When function calls are taken back: right behind the call, or once it was answered."""
    bundle: Yes | None = None
    """Messages of one moment come as one message with several fields."""
    usage_often: Yes | None = None
    """Usage comes several times a turn, growing, with tokens that no modality accounts for."""
    slower_by: Seconds | None = None
    """How much later than the last each sentence is taken up."""
    pong_delay: Seconds | None = None
    """How late pings are answered."""
    go_away_after: Seconds | None = None
    """Instead of the command line's."""
    notice: Seconds | None = None
    """Instead of the command line's."""

    def under(self, others: Faults) -> Faults:
        """Return these faults and others; where both say something, the others count."""
        return msgspec.structs.replace(self, **_given(others))


class Rule(Faults, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Faults, and the connections that they are for."""

    connections: Literal["all"] | Count | Next
    """A number counts all connections from 1, refused ones included."""
    only: Literal["resumed", "fresh"] | None = None
    """Those whose setup holds a handle, or those whose does not."""

    def faults(self) -> Faults:
        """Return what goes wrong."""
        return Faults(**_given(self))


NO_FAULTS = Faults()
_EXCLUSIVE = (
    ("setup_never", "close_at_setup", "abort_at_setup"),
    ("not_resumable", "handle_with_false"),
)
"""Faults of which one connection can show only one."""


def read_rule(body: bytes) -> Rule:
    """Read one rule; raise `ScriptError` naming the field."""
    try:
        rule = msgspec.json.decode(body, type=Rule)
    except (msgspec.MsgspecError, UnicodeError) as exc:
        raise ScriptError(str(exc)) from exc
    check_rule(rule)
    return rule


def check_rule(rule: Rule) -> None:
    """Raise `ScriptError` when a rule's fields do not go together."""
    given = _given(rule)
    if not given:
        names = ", ".join(f"`{name}`" for name in Faults.__struct_fields__)
        raise ScriptError(f"a rule has one or more of {names}")
    for group in _EXCLUSIVE:
        if sum(name in given for name in group) > 1:
            raise ScriptError(f"a rule has only one of {', '.join(f'`{one}`' for one in group)}")
    if rule.refuse is not None and rule.only is not None:
        raise ScriptError("`only` asks for a setup, which an upgrade met with `refuse` never has")
    if rule.close_at_setup is not None:
        check_close(rule.close_at_setup, "close_at_setup")
    if isinstance(rule.handles, HandleRefusal):
        check_close(rule.handles.refuse, "handles.refuse")


def _given(faults: Faults) -> dict[str, Any]:
    fields = {name: getattr(faults, name) for name in Faults.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not None}
