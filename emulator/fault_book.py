"""The rules in force, and how often each was met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from emulator.faults import NO_FAULTS, Faults, Next, Rule

RULES_KEPT = 1_000
"""Rules in force at once; the oldest leave."""


@dataclass(slots=True)
class _Entry:
    id: str
    rule: Rule
    met: int = 0

    def applies_to(self, number: int) -> bool:
        match self.rule.connections:
            case "all":
                return True
            case Next(next=count):
                return self.met < count
            case wanted:
                return wanted == number

    def view(self) -> dict[str, object]:
        shown: dict[str, object] = msgspec.to_builtins(self.rule)
        given = {name: value for name, value in shown.items() if value is not None}
        return {"id": self.id, "met": self.met, **given}


class FaultBook:
    """Tells each connection what goes wrong on it.

    It is asked twice: at the upgrade for the rules about any connection, and once the setup is
    there for those about resumed or fresh ones. Of two rules that both apply, the later counts
    where they contradict each other.
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._count = 0
        self._entries: dict[str, _Entry] = {}
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule) -> str:
        """Put a rule in force from the next connection on; return its id."""
        self._count += 1
        entry = _Entry(f"f{self._count}", rule)
        self._entries[entry.id] = entry
        if len(self._entries) > RULES_KEPT:
            del self._entries[next(iter(self._entries))]
        return entry.id

    def clear(self) -> None:
        """Forget all rules; connections that met one keep their faults."""
        self._entries.clear()

    def at_upgrade(self, number: int) -> Faults:
        """Return the faults of a connection that asks for its upgrade."""
        return self._meet(number, None)

    def at_setup(self, number: int, *, resumed: bool) -> Faults:
        """Return the further faults of a connection whose setup came."""
        return self._meet(number, "resumed" if resumed else "fresh")

    def views(self) -> list[dict[str, object]]:
        """Return the rules for the control endpoint, the oldest first."""
        return [entry.view() for entry in self._entries.values()]

    def _meet(self, number: int, only: str | None) -> Faults:
        faults = NO_FAULTS
        for entry in self._entries.values():
            if entry.rule.only == only and entry.applies_to(number):
                entry.met += 1
                faults = faults.under(entry.rule.faults())
        return faults


class ConnectionFaults:
    """One connection's faults: some are known at its upgrade, the others once its setup came."""

    def __init__(self, book: FaultBook, number: int, at_upgrade: Faults) -> None:
        self._book = book
        self._number = number
        self.now = at_upgrade
        """Those known so far."""

    def setup_came(self, *, resumed: bool) -> Faults:
        """Return all faults, given whether the setup holds a handle."""
        self.now = self.now.under(self._book.at_setup(self._number, resumed=resumed))
        return self.now
