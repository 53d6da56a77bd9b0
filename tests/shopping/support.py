"""Calls as a model makes them."""

from __future__ import annotations

import msgspec

from schemas.gemini import CallOutcome, FunctionCall
from shopping import interpret, locale_for


def call(args: object, *, name: str = "update_shopping_list") -> FunctionCall:
    return FunctionCall(name=name, id="c1", args=msgspec.Raw(msgspec.json.encode(args)))


def outcome(language: str, **fields: object) -> CallOutcome:
    """Interpret one call; the action is add unless it is given."""
    return outcome_of(call({"action": "add"} | fields), language)


def outcome_of(made: FunctionCall, language: str) -> CallOutcome:
    return interpret(made, locale_for(language)).outcome
