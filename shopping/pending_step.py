"""What has changed since the last step of a list was taken, in the order in which it happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from schemas.shopping_list import Item, ListEvent, Operation, Step, Suggestion


@dataclass(slots=True)
class PendingStep:
    """A step in the making; its fields are the step's, but for one.

    An item that leaves the list and comes back within one step is there twice, so that whoever
    does the step again has it in the same place.

    Attributes:
        told_by: how many events each cause has brought about, by the causes' keys.
    """

    operations: dict[str, Operation] = field(default_factory=dict)
    undone: list[str] = field(default_factory=list)
    items: list[tuple[str, Item | None]] = field(default_factory=list)
    suggestions: list[tuple[str, Suggestion | None]] = field(default_factory=list)
    events: list[ListEvent] = field(default_factory=list)
    told_by: Counter[str] = field(default_factory=Counter)

    def copy(self) -> PendingStep:
        """Return one that does not change with this one."""
        return PendingStep(
            operations=dict(self.operations),
            undone=list(self.undone),
            items=list(self.items),
            suggestions=list(self.suggestions),
            events=list(self.events),
            told_by=self.told_by.copy(),
        )

    def step(self) -> Step:
        """Return it as a step."""
        return Step(
            operations=tuple(self.operations.values()),
            undone=tuple(self.undone),
            items=tuple(self.items),
            suggestions=tuple(self.suggestions),
            events=tuple(self.events),
        )
