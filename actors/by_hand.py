"""What the shopper does to the list by hand, carried out on the ledger. Pure."""

from __future__ import annotations

from typing import assert_never

from actors.ledger import Ledger
from schemas.client import Confirm, Edit, Reject, Undo
from schemas.messages import ListRequest
from shopping import Cause, EditRefused, Locale, NotDone


def carry_out(request: ListRequest, ledger: Ledger, locale: Locale, *, unix: float) -> None:
    """Change the list; the step is to be taken afterwards.

    Raises:
        EditRefused: the request cannot be carried out, and nothing of it was.
    """
    group = ledger.new_group()

    def cause(at: int = 0) -> Cause:
        name = f"by hand {group}/{at}"
        return ledger.cause(name, group=group, by="shopper", unix=unix, ref=request.ref)

    match request:
        case Edit(operations):
            causes = [cause(at) for at in range(len(operations))]
            ledger.list.edit(operations, causes, locale)
        case Undo():
            try:
                ledger.list.undo(cause())
            except NotDone as exc:
                raise EditRefused("undo", str(exc), "nothing_to_undo") from exc
        case Confirm(suggestion_id):
            ledger.list.confirm(suggestion_id, cause(), locale)
        case Reject(suggestion_id):
            ledger.list.reject(suggestion_id, cause())
        case other:
            assert_never(other)
