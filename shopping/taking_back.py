"""Takes back what was done to a list: an undo, or a function call that Gemini cancels.

What was mentioned again since is not thrown away: of an amount that was added to, only what the
operation itself added is taken; what was set or removed later stands.
"""

from __future__ import annotations

from msgspec.structs import replace

from schemas.product import Action
from schemas.shopping_list import Item, ItemChange, Operation, RetractionReason, Suggestion
from shopping.changing import NotDone, product, product_of
from shopping.record import Cause, Record
from shopping.sums import rounded


def undo(record: Record, cause: Cause) -> None:
    """Take back the last sentence or edit that is in force, all of it.

    Raises:
        NotDone: there is none.
    """
    if not record.log:
        raise NotDone("there is nothing to undo")
    group = record.log[-1].group
    for operation in reversed(record.log):
        if operation.group == group:
            _take_back(record, operation, cause, "undone")


def cancel(record: Record, call: str, cause: Cause) -> None:
    """Take back what one function call has done."""
    for operation in reversed(record.log):
        if operation.call == call:
            _take_back(record, operation, cause, "cancelled")


def drop_suggestion(
    record: Record, suggestion: Suggestion, cause: Cause, reason: RetractionReason
) -> None:
    """Take a suggestion away before it was carried out."""
    record.put_suggestion(suggestion.id, None)
    dropped = product(suggestion.draft, suggestion.id, cause.unix)
    record.tell("retracted", dropped, cause, reason=reason)


def _take_back(
    record: Record, operation: Operation, cause: Cause, reason: RetractionReason
) -> None:
    since = _since(record, operation)
    record.forget(operation)
    pending = record.suggestion(operation.suggestion or "")
    if pending is not None:
        drop_suggestion(record, pending, cause, reason)
    for change in reversed(operation.changes):
        present = record.item(_id_of(change))
        wanted = _without(operation, change, present, since)
        item = wanted or present
        if item is not None and wanted != present:
            record.put(item.id, wanted)
            _tell(record, item, cause, reason, action=_action(present, wanted))


def _action(present: Item | None, wanted: Item | None) -> Action:
    if wanted is None:
        return "remove"
    return "add" if present is None else "update"


def _tell(
    record: Record, item: Item, cause: Cause, reason: RetractionReason, *, action: Action
) -> None:
    shown = product_of(item, action, cause.unix)
    if action == "remove":
        record.tell("retracted", shown, cause, reason=reason)
    else:
        record.tell("detected", shown, cause, item=item)


def _since(record: Record, operation: Operation) -> tuple[Operation, ...]:
    log = record.log
    return log[log.index(operation) + 1 :]


def _id_of(change: ItemChange) -> str:
    item = change.after or change.before
    return "" if item is None else item.id


def _without(
    operation: Operation, change: ItemChange, present: Item | None, since: tuple[Operation, ...]
) -> Item | None:
    """Return what the item would be without the operation."""
    if _was_set(change, since):
        return present
    if present == change.after:
        return change.before
    if operation.action != "add" or present is None or not _counted_alike(present, change.after):
        return present
    rest = rounded(present.quantity - operation.quantity)
    return replace(present, quantity=rest) if rest > 0 else None


def _counted_alike(present: Item, after: Item | None) -> bool:
    return after is not None and present.unit == after.unit


def _was_set(change: ItemChange, since: tuple[Operation, ...]) -> bool:
    return any(
        operation.action != "add"
        and any(_id_of(each) == _id_of(change) for each in operation.changes)
        for operation in since
    )
