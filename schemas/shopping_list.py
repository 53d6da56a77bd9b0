"""A session's shopping list as phones see it and as it is stored, and what happens to it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from schemas.product import Action, Product, ProductDraft

By: TypeAlias = Literal["model", "shopper"]
"""Whose doing a change is: the model's, for what it heard or read, or the shopper's own hand's."""
EventKind: TypeAlias = Literal["detected", "suggested", "retracted"]
RetractionReason: TypeAlias = Literal["undone", "cancelled", "rejected", "expired"]
"""Why something is no longer so: an undo, Gemini's own cancellation, the shopper's no, or too many
suggestions that nobody answered."""

Id: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~-]{1,64}\Z")]
"""What items and requests are called by: made here (UUIDs), or by the phone."""


class Item(msgspec.Struct, frozen=True):
    """One line of the list, with its whole amount.

    Attributes:
        id: the same for as long as the item is on the list.
        quantity: above zero; a whole number is an ``int``.
    """

    id: str
    name: str
    quantity: int | float
    unit: str
    category: str


class ListEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened to the list, numbered: what a phone is told, once, in order.

    Attributes:
        seq: its number in the session, from 1 without gaps.
        key: a UUID of its own, the same however often it is seen.
        kind: detected: the list changed. suggested: it may, if the shopper confirms it.
            retracted: an item or a suggestion is gone, because somebody took it back.
        product: what was heard or done; its `id` is the item's, or the suggestion's.
        item: the item as it is now, ``None`` when it is gone, or was only suggested.
        by: whose doing it is.
        ref: the request of the phone's that brought it about.
        suggestion: the suggestion that it settles.
        reason: of a retraction.
    """

    seq: int
    key: str
    kind: EventKind
    product: Product
    item: Item | None = None
    by: By = "model"
    ref: str | None = None
    suggestion: str | None = None
    reason: RetractionReason | None = None


class Suggestion(msgspec.Struct, frozen=True, array_like=True):
    """Something heard, but not surely: it waits for the shopper's word.

    Attributes:
        id: what the shopper confirms or rejects it by.
        draft: what would be done.
        quantity_said: the amount was said.
        unit_said: the unit was said.
        heard_at: Unix seconds.
    """

    id: str
    draft: ProductDraft
    quantity_said: bool
    unit_said: bool
    heard_at: int


class ItemChange(msgspec.Struct, frozen=True, array_like=True):
    """One item before and after an operation; ``None``: it was, or is, not there."""

    before: Item | None
    after: Item | None


class Operation(msgspec.Struct, frozen=True, array_like=True):
    """One entry of the log: what was done to the list, so that it can be undone.

    Attributes:
        key: a UUID of its own.
        group: operations of one sentence or one edit share it; they are undone together.
        by: whose doing it is.
        action: what was done.
        quantity: how much was added or taken, for an undo after something else has changed.
        changes: the items that it changed.
        call: the function call that it comes from.
        suggestion: the suggestion that it made and that nobody has settled yet.
    """

    key: str
    group: int
    by: By
    action: Action
    quantity: int | float
    changes: tuple[ItemChange, ...] = ()
    call: str | None = None
    suggestion: str | None = None


Said: TypeAlias = tuple[str, str, float, str]
"""A product as it was called for: action, name, quantity and unit."""


class Step(msgspec.Struct, frozen=True, array_like=True):
    """What one request or one message of Gemini's changed, as it is stored: all of it or nothing.

    Applied in order to the state before it, it gives the state after it.

    Attributes:
        operations: entries of the log that are new, or take the place of the one with their key.
        undone: keys of entries that the log no longer holds.
        items: the items that changed, in order: id and state, ``None`` when gone. What went and
            came back is there twice, for it stands at the end of the list now.
        suggestions: the suggestions that changed, likewise.
        events: what the phone is told, numbered.
        refs: requests of the phone's that are dealt with.
        called: what the model has called for since the step before, whatever came of it, and how
            often; less than 0 where it took that back. The events do not tell: of "two fewer"
            they have what is left.
    """

    operations: tuple[Operation, ...] = ()
    undone: tuple[str, ...] = ()
    items: tuple[tuple[str, Item | None], ...] = ()
    suggestions: tuple[tuple[str, Suggestion | None], ...] = ()
    events: tuple[ListEvent, ...] = ()
    refs: tuple[str, ...] = ()
    called: tuple[tuple[Said, int], ...] = ()
