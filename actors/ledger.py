"""A session's list, and what of it the phone has to be told still: each event once, in order. Pure.

Whatever changes the list is taken as a step, and the step is stored before anybody is told.
"""

from __future__ import annotations

import uuid
from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from schemas.shopping_list import By, ListEvent, Said, Step
from schemas.stored import StoredList
from shopping import Cause, ShoppingList

MOST_UNACKNOWLEDGED: Final = 500
"""Events that are kept for a phone that acknowledges none; the oldest go first."""
MOST_AHEAD: Final = 10_000
"""How many more events than are stored a phone may have been told of; more is no phone's word."""
MOST_CALLED: Final = 50
"""Products that were called for between two steps and nothing came of; the oldest are forgotten."""
REMEMBERED_REFS: Final = 50
"""Requests that are remembered as dealt with."""


class Ledger:
    """One session's list and its events.

    Attributes:
        list: the list; change it, then `take_step`.
        products: events told, in all.
    """

    def __init__(self, session_id: str, *, keeps_events: bool) -> None:
        """Begin a list.

        Args:
            session_id: what the ids of events are derived from.
            keeps_events: the phone acknowledges them, and its list is this one.
        """
        self.list = ShoppingList(complete=keeps_events)
        self.products = 0
        self._called: Counter[Said] = Counter()
        self._keeps_events = keeps_events
        self._namespace = uuid.uuid5(uuid.NAMESPACE_URL, session_id)
        self._events: list[ListEvent] = []
        self._refs: OrderedDict[str, None] = OrderedDict()
        self._group = 0

    # Changing the list.

    def new_group(self) -> int:
        """Return what belongs to the next sentence or edit is told by."""
        self._group += 1
        return self._group

    def cause(  # noqa: PLR0913 - the fields of a cause, all but the first by keyword
        self,
        name: str,
        *,
        group: int,
        by: By,
        unix: float,
        call: str | None = None,
        ref: str | None = None,
    ) -> Cause:
        """Return the cause that `name` stands for: the same name gives the same ids."""
        key = str(uuid.uuid5(self._namespace, name))
        return Cause(key=key, group=group, by=by, unix=int(unix), call=call, ref=ref)

    def take_step(self, refs: Iterable[str | None] = ()) -> Step | None:
        """Return what has changed, to be stored and told; ``None`` if nothing has.

        Args:
            refs: the requests that it deals with.
        """
        dealt_with = tuple(ref for ref in refs if ref is not None)
        for ref in dealt_with:
            self.deal_with(ref)
        step = self.list.take_step()
        if step is None:
            # What was called for goes with the next change: as long as nothing changes, calling
            # for it again comes to the same.
            return Step(refs=dealt_with) if dealt_with else None
        self.products += len(step.events)
        if self._keeps_events:
            self._keep(step.events)
        return replace(step, refs=dealt_with, called=self._take_called())

    def note_called(self, said: Said, times: int) -> None:
        """Note what the model has called for, whatever came of it; less than 0 if it took it back.

        It goes into the next step.
        """
        self._called[said] += times
        if not self._called[said]:
            del self._called[said]
        elif len(self._called) > MOST_CALLED:
            del self._called[next(iter(self._called))]

    def _take_called(self) -> tuple[tuple[Said, int], ...]:
        called = tuple(self._called.items())
        self._called.clear()
        return called

    # Requests.

    def deal_with(self, ref: str) -> None:
        """Remember that a request is dealt with."""
        self._refs[ref] = None
        if len(self._refs) > REMEMBERED_REFS:
            self._refs.popitem(last=False)

    def forget(self, ref: str) -> None:
        """A request was not carried out after all: it may come again."""
        self._refs.pop(ref, None)

    def has_dealt_with(self, ref: str | None) -> bool:
        """Whether a request came before."""
        return ref in self._refs

    @property
    def refs(self) -> tuple[str, ...]:
        """The requests that were dealt with lately, oldest first."""
        return tuple(self._refs)

    # Delivery.

    @property
    def seq(self) -> int:
        """The number of the newest event."""
        return self.list.record.seq

    def acknowledge(self, seq: int) -> None:
        """Forget the events up to `seq`: the phone has stored them."""
        while self._events and self._events[0].seq <= seq:
            self._events.pop(0)

    def after(self, seq: int) -> tuple[ListEvent, ...]:
        """Return the events above `seq` that were not acknowledged, in order."""
        return tuple(event for event in self._events if event.seq > seq)

    def go_above(self, seq: int) -> int:
        """Use no number up to `seq` again; return how many events the phone has and this has not.

        Whoever told them has died before they could be stored.
        """
        lacking = seq - self.seq
        if not 0 < lacking <= MOST_AHEAD:
            return 0
        self.list.record.seq = seq
        return lacking

    def _keep(self, events: Iterable[ListEvent]) -> None:
        self._events += events
        del self._events[:-MOST_UNACKNOWLEDGED]

    # Between connections.

    def stored(self) -> StoredList:
        """Return all of it."""
        record = self.list.record
        return StoredList(
            items=record.items,
            suggestions=record.suggestions,
            log=record.log,
            seq=record.seq,
            events=tuple(self._events),
            refs=self.refs,
            group=self._group,
        )

    def restore(self, stored: StoredList, products: int = 0) -> None:
        """Go on with what was stored."""
        record = self.list.record
        record.restore(stored.items, stored.suggestions, stored.log, seq=stored.seq)
        self._keep(stored.events)
        self._refs.update(dict.fromkeys(stored.refs))
        self._group = stored.group
        self.products = products

    def catch_up(self, step: Step) -> None:
        """Do a step again that was stored after what was restored."""
        self.list.record.apply(step)
        self._keep(step.events)
        self._group = max([self._group, *(operation.group for operation in step.operations)])
        self.products += len(step.events)
        for ref in step.refs:
            self.deal_with(ref)
