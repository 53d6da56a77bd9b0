"""The way of a sentence without the sockets: the brain's calls, and what the gateway reads in them.

The only place in these tests that knows how the brain and the gateway are called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from bench.detect.corpus import Operation, Sign
from emulator.brain import understand
from emulator.calls import fill
from schemas.gemini import CallOutcome, FunctionCall
from shopping import declaration, interpret, locale_for

Args = Mapping[str, object]
_SIGN: Mapping[str, Sign] = {"add": "+", "update": "=", "remove": "-"}


def called(text: str, language: str) -> list[Args]:
    """Return the arguments of the declared function's calls for a sentence that comes first."""
    drafts = fill([declaration(locale_for(language))], understand(text, language))
    return [draft.args for draft in drafts]


def made_of(calls: Sequence[Args], language: str) -> tuple[Operation, ...]:
    """Return what the gateway reads in calls; nothing for those that it rejects."""
    return tuple(operation for args in calls for operation in _read(args, language))


def answer(args: Args, language: str) -> CallOutcome:
    """Return what the model is told about a call."""
    sent = msgspec.Raw(msgspec.json.encode(args))
    call = FunctionCall("update_shopping_list", "c1", sent)
    return interpret(call, locale_for(language)).outcome


def _read(args: Args, language: str) -> tuple[Operation, ...]:
    return tuple(
        Operation("-", item.name)
        if item.action == "remove"
        else Operation(_SIGN[item.action], item.name, item.quantity, item.unit)
        for item in answer(args, language).items
    )
