"""What an app that speaks version 2 stores: its list and the number of the newest event.

It keeps the list by the rules of docs/protocol.md alone, so that a list that is wrong shows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

EVENTS: Final = frozenset({"product_detected", "product_suggested", "product_retracted"})
"""The messages that have a `seq`."""


@dataclass(slots=True)
class Notebook:
    """The storage of one app.

    Attributes:
        items: the list by the items' ids.
        last_seq: the number of the newest event that is stored.
        events: those that were stored, with the Unix seconds at which they came.
        again: events that came though they were stored already; they were dropped.
        missed: events that came in a replay and had not been stored.
        holes: numbers that were passed over.
    """

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_seq: int = 0
    events: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    again: int = 0
    missed: int = 0
    holes: int = 0
    _replayed_to: int = 0

    def open(self, session: Mapping[str, Any]) -> None:
        """Take in a `session` message: a session that begins brings its own list."""
        if not session["resumed"]:
            self.items = {item["id"]: item for item in session["list"]}
            self.last_seq = session["seq"]
        self._replayed_to = session["seq"]

    def take(self, event: dict[str, Any]) -> None:
        """Store an event, unless it is stored already."""
        seq = event["seq"]
        if seq <= self.last_seq:
            self.again += 1
            return
        self.missed += seq <= self._replayed_to
        self.holes += seq - self.last_seq - 1
        self.last_seq = seq
        self.events.append((time.time(), event))
        self._change(event)

    def _change(self, event: Mapping[str, Any]) -> None:
        item = event.get("item")
        if item is not None:
            self.items[item["id"]] = item
        elif event["type"] == "product_detected":
            self.items.pop(event["product"]["id"], None)
        elif event["type"] == "product_retracted":
            self.items.pop(event["id"], None)

    def differences(self, items: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return what another list has otherwise, by the items' ids."""
        other = {item["id"]: dict(item) for item in items}
        return [
            f"{self.items.get(item_id)} here, {other.get(item_id)} there"
            for item_id in sorted(self.items.keys() | other.keys())
            if self.items.get(item_id) != other.get(item_id)
        ]

    def amounts(self) -> dict[str, float]:
        """Return how much of what is on the list, by name."""
        amounts: dict[str, float] = {}
        for item in self.items.values():
            amounts[item["name"]] = amounts.get(item["name"], 0) + item["quantity"]
        return amounts
