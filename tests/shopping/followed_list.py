"""A shopping list with those who follow it: a phone, by the protocol's rule, and a stored copy."""

from __future__ import annotations

import json
import uuid

from schemas.client import EditOperation, ListedItem
from schemas.product import ProductDraft
from schemas.server import encode_v2
from schemas.shopping_list import By, ListEvent, Step
from shopping import Cause, Heard, ShoppingList, interpret, locale_for
from shopping.record import Record
from tests.shopping.support import call

Row = dict[str, object]


class Phone:
    """Keeps the list as docs/protocol.md tells an app to: it reads nothing but `frames`."""

    def __init__(self) -> None:
        self.items: dict[str, Row] = {}
        self.suggestions: dict[str, Row] = {}
        self.seqs: list[int] = []

    def receive(self, frame: str) -> None:
        match json.loads(frame):
            case {"type": "product_detected", "seq": seq, "product": product} as told:
                if told["item"] is None:
                    self.items.pop(product["id"], None)
                else:
                    self.items[told["item"]["id"]] = told["item"]
                self.suggestions.pop(told.get("suggestion", ""), None)
            case {"type": "product_suggested", "seq": seq, "product": product}:
                self.suggestions[product["id"]] = product
            case {"type": "product_retracted", "seq": seq, "id": gone}:
                self.items.pop(gone, None)
                self.suggestions.pop(gone, None)
            case other:
                raise AssertionError(other)
        self.seqs.append(seq)


class FollowedList:
    """A list, and shorthands for what is said and done to it; each is a sentence of its own."""

    def __init__(self, *, complete: bool = True, language: str = "pl") -> None:
        self.list = ShoppingList(complete=complete)
        self.locale = locale_for(language)
        self.phone = Phone()
        self.copy = Record()
        self.keys: list[str] = []
        self._causes = 0

    def cause(
        self, *, group: int | None = None, call: str | None = None, by: By = "model"
    ) -> Cause:
        self._causes += 1
        key = str(uuid.UUID(int=self._causes))
        number = self._causes if group is None else group
        return Cause(key=key, group=number, by=by, unix=1_000 + self._causes, call=call)

    def heard(self, name: str, **fields: object) -> Heard:
        (heard,) = interpret(call({"action": "add", "name": name} | fields), self.locale).heard
        return heard

    # What is said.

    def say(self, name: str, cause: Cause | None = None, /, **fields: object) -> ProductDraft:
        heard = self.heard(name, **fields)
        return self.list.hear(heard, cause or self.cause(), self.locale)

    def suggest(self, name: str, cause: Cause | None = None, /, **fields: object) -> str:
        cause = cause or self.cause()
        self.list.suggest(self.heard(name, **fields), cause)
        return cause.key

    # What is done by hand.

    def begin(self, *listed: ListedItem) -> None:
        """Start with a list; the phone and the copy have it from elsewhere."""
        self.list.begin_with(listed, self.locale)
        self.copy.restore(self.list.items)
        self.phone.items = _rows(self.list.record)

    def edit(self, *operations: EditOperation) -> None:
        group = self._causes + 1
        causes = [self.cause(group=group, by="shopper") for _ in operations]
        self.list.edit(operations, causes, self.locale)

    def confirm(self, suggestion_id: str) -> None:
        self.list.confirm(suggestion_id, self.cause(by="shopper"), self.locale)

    def reject(self, suggestion_id: str) -> None:
        self.list.reject(suggestion_id, self.cause(by="shopper"))

    def undo(self) -> None:
        self.list.undo(self.cause(by="shopper"))

    def cancel(self, call: str) -> None:
        self.list.cancel(call, self.cause())

    # What comes of it.

    def events(self) -> tuple[ListEvent, ...]:
        """Take the step and return its events; whoever follows the list has the same then."""
        step = self.list.take_step() or Step()
        self.copy.apply(step)
        for event in step.events:
            frame = encode_v2(event)
            assert isinstance(frame, str)
            self.phone.receive(frame)
        self.keys += [event.key for event in step.events]
        self.check()
        return step.events

    def check(self) -> None:
        record = self.list.record
        assert self.copy.items == record.items
        assert self.copy.suggestions == record.suggestions
        assert self.copy.log == record.log
        assert self.copy.seq == record.seq
        assert self.phone.items == _rows(record)
        assert list(self.phone.suggestions) == [each.id for each in record.suggestions]
        assert self.phone.seqs == list(range(1, record.seq + 1))
        assert len(set(self.keys)) == len(self.keys) == record.seq

    def amounts(self) -> list[tuple[str, float, str]]:
        return [(item.name, item.quantity, item.unit) for item in self.list.items]

    def ids(self) -> list[str]:
        return [item.id for item in self.list.items]


def _rows(record: Record) -> dict[str, Row]:
    return {
        item.id: {
            "id": item.id,
            "name": item.name,
            "quantity": item.quantity,
            "unit": item.unit,
            "category": item.category,
        }
        for item in record.items
    }


def shown(event: ListEvent) -> tuple[object, ...]:
    """Return of an event what most tests are about: kind, action, name, amount."""
    product = event.product
    return (event.kind, product.action, product.name, product.quantity, product.unit)
