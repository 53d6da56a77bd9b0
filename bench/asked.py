"""What the emulator was asked for, as its record of function calls has it, by language tag."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bench.links import language_in
from bench.recording import Item, item_of


class Asked:
    """The function calls of all connections so far.

    The emulator remembers the last 500 connections that closed, so a long measurement has to note
    them now and then. The same call of one language is one: what a lost link may not have heard
    is said again.
    """

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], tuple[str, float, Item]] = {}

    def note(self, records: Iterable[dict[str, Any]]) -> None:
        """Take in records of connections, of which some may be known."""
        for record in records:
            language = language_in(record)
            for call in record["tool_calls"]:
                # A call whose answer came on a later connection is there too, without arguments.
                if language is not None and call["args"] is not None:
                    item = item_of({"quantity": None, **call["args"]})
                    sent_at = call["sent_at_unix_ms"] / 1000
                    self._calls[record["id"], call["id"]] = language, sent_at, item

    def of(self, language: str) -> dict[Item, float]:
        """Return what was asked for in a language, and the Unix seconds of its first call."""
        first: dict[Item, float] = {}
        for spoken, sent_at, item in self._calls.values():
            if spoken == language:
                first[item] = min(sent_at, first.get(item, sent_at))
        return dict(sorted(first.items(), key=lambda each: each[1]))

    @property
    def repeated(self) -> int:
        """How many calls said what another one had said."""
        return len(self._calls) - len({(call[0], call[2]) for call in self._calls.values()})
