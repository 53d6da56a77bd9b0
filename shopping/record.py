"""What a session's list holds, and each change of it as a step that can be stored and done again.

Whoever changes the record takes the step afterwards (`take_step`). The steps, applied in order to
an empty record (`apply`), give the same record again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from schemas.product import Action, Product
from schemas.shopping_list import (
    By,
    EventKind,
    Item,
    ItemChange,
    ListEvent,
    Operation,
    RetractionReason,
    Step,
    Suggestion,
)
from shopping.name_index import NameIndex
from shopping.pending_step import PendingStep
from shopping.words import fold

MOST_LOGGED: Final = 100
"""Operations that can be undone."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Where a change comes from.

    Attributes:
        key: a UUID, another one for each change.
        group: what belongs to one sentence or one edit shares it.
        by: whose doing it is.
        unix: when, in Unix seconds.
        call: the function call that it comes from.
        ref: the request of the phone's that it comes from.
    """

    key: str
    group: int
    by: By
    unix: int
    call: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A state to come back to, with what had changed before it and was not taken yet."""

    items: dict[str, Item]
    suggestions: dict[str, Suggestion]
    log: dict[str, Operation]
    seq: int
    pending: PendingStep


class Record:
    """Items and suggestions in the order in which they came, the log, and the newest event.

    Attributes:
        seq: the number of the newest event.
    """

    def __init__(self) -> None:
        self.seq = 0
        self._items: dict[str, Item] = {}
        self._suggestions: dict[str, Suggestion] = {}
        self._log: dict[str, Operation] = {}
        self._pending = PendingStep()
        self._named = NameIndex(fold)
        self._kinds: NameIndex | None = None

    # What it holds.

    @property
    def items(self) -> tuple[Item, ...]:
        """What is on the list."""
        return tuple(self._items.values())

    @property
    def item_count(self) -> int:
        """How many items are on the list."""
        return len(self._items)

    @property
    def oldest_item(self) -> Item:
        """The item that came first, of a list that is not empty."""
        return next(iter(self._items.values()))

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """What waits for the shopper's word, oldest first."""
        return tuple(self._suggestions.values())

    @property
    def log(self) -> tuple[Operation, ...]:
        """What is in force and can be undone, oldest first."""
        return tuple(self._log.values())

    def item(self, item_id: str) -> Item | None:
        """Return the item with that id."""
        return self._items.get(item_id)

    def named(self, name: str) -> list[Item]:
        """Return the items of that name, letter case aside."""
        return self._named.find(fold(name), self._items)

    def of_kind(self, name: str, kind_of: Callable[[str], str | None]) -> list[Item]:
        """Return the items that are a kind of something.

        Args:
            name: of that something.
            kind_of: returns the name of what an item's name is a kind of. As long as it is the
                same, the search takes no longer for a longer list.
        """
        if self._kinds is None or self._kinds.key != kind_of:
            self._kinds = NameIndex(kind_of)
        return self._kinds.find(name, self._items)

    def suggestion(self, suggestion_id: str) -> Suggestion | None:
        """Return the suggestion with that id."""
        return self._suggestions.get(suggestion_id)

    def restore(
        self,
        items: Iterable[Item],
        suggestions: Iterable[Suggestion] = (),
        log: Iterable[Operation] = (),
        *,
        seq: int = 0,
    ) -> None:
        """Hold what another record held; no events come of it."""
        self._items = {item.id: item for item in items}
        self._suggestions = {each.id: each for each in suggestions}
        self._log = {each.key: each for each in log}
        self.seq = seq
        self._pending = PendingStep()
        self._forget_indexes()

    # Steps.

    def take_step(self) -> Step | None:
        """Return what has changed since the last time, ``None`` if nothing has."""
        step = self._pending.step()
        self._pending = PendingStep()
        return None if step == Step() else step

    def apply(self, step: Step) -> None:
        """Do again what a step says was done."""
        for item_id, item in step.items:
            self.put(item_id, item)
        for suggestion_id, suggestion in step.suggestions:
            self.put_suggestion(suggestion_id, suggestion)
        for key in step.undone:
            self._log.pop(key, None)
        for operation in step.operations:
            self._log[operation.key] = operation
        if step.events:
            self.seq = step.events[-1].seq
        self._pending = PendingStep()

    def mark(self) -> Mark:
        """Return the state as it is, to `go_back` to."""
        return Mark(
            items=dict(self._items),
            suggestions=dict(self._suggestions),
            log=dict(self._log),
            seq=self.seq,
            pending=self._pending.copy(),
        )

    def go_back(self, mark: Mark) -> None:
        """Make what was done since `mark` as if it had never been; no step is taken in between."""
        self._items = mark.items
        self._suggestions = mark.suggestions
        self._log = mark.log
        self.seq = mark.seq
        self._pending = mark.pending
        self._forget_indexes()

    # What changes are made of.

    def put(self, item_id: str, item: Item | None) -> None:
        """Put an item on the list or in its own place; ``None`` takes it away."""
        self._pending.items.append((item_id, item))
        before = self._items.get(item_id)
        if item is None:
            self._items.pop(item_id, None)
        else:
            self._items[item_id] = item
        self._named.note(before, item)
        if self._kinds is not None:
            self._kinds.note(before, item)

    def put_suggestion(self, suggestion_id: str, suggestion: Suggestion | None) -> None:
        """Add a suggestion; ``None`` takes it away, and what would have undone it."""
        self._pending.suggestions.append((suggestion_id, suggestion))
        if suggestion is not None:
            self._suggestions[suggestion_id] = suggestion
            return
        self._suggestions.pop(suggestion_id, None)
        for operation in self.log:
            if operation.suggestion == suggestion_id:
                self.forget(operation)

    def note(
        self,
        cause: Cause,
        action: Action,
        quantity: float,
        *,
        changes: tuple[ItemChange, ...] = (),
        suggestion: str | None = None,
    ) -> None:
        """Add an operation to the log, which forgets the oldest if it is full."""
        if len(self._log) == MOST_LOGGED:
            self.forget(next(iter(self._log.values())))
        self.note_again(
            Operation(
                key=cause.key,
                group=cause.group,
                by=cause.by,
                action=action,
                quantity=quantity,
                changes=changes,
                call=cause.call,
                suggestion=suggestion,
            )
        )

    def note_again(self, operation: Operation) -> None:
        """Put an operation into the log, in the place of the one with its key."""
        self._log[operation.key] = operation
        self._pending.operations[operation.key] = operation

    def forget(self, operation: Operation) -> None:
        """Take an operation that is no longer in force out of the log."""
        del self._log[operation.key]
        self._pending.operations.pop(operation.key, None)
        self._pending.undone.append(operation.key)

    def tell(  # noqa: PLR0913 - the fields of an event, all but three by keyword
        self,
        kind: EventKind,
        product: Product,
        cause: Cause,
        *,
        item: Item | None = None,
        suggestion: str | None = None,
        reason: RetractionReason | None = None,
    ) -> None:
        """Number an event."""
        self.seq += 1
        self._pending.events.append(
            ListEvent(
                seq=self.seq,
                key=self._event_key(cause),
                kind=kind,
                product=product,
                item=item,
                by=cause.by,
                ref=cause.ref,
                suggestion=suggestion,
                reason=reason,
            )
        )

    def _forget_indexes(self) -> None:
        self._named.forget()
        self._kinds = None

    def _event_key(self, cause: Cause) -> str:
        """Return the cause's key, for its first event, or one that is derived from it."""
        told_by = self._pending.told_by
        number = told_by[cause.key]
        told_by[cause.key] += 1
        if number == 0:
            return cause.key
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{cause.key}/{number}"))
