"""What a phone keeps of its session: the list, the last event, the token, what it has asked for.

Pure: messages go in, and the state is what an app stores. `msgspec.json.encode(state)` is enough to
go on after the app was closed; an app with a database stores `token`, `seq`, `items`,
`suggestions` and `requests` in one transaction with each event.

Exception
└── SeqHole  the gateway's events have a gap
"""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from gateway.talk_wire import Heard, encode
from schemas.client import (
    MAX_TEXT_FRAME_V2,
    Confirm,
    Edit,
    ListedItem,
    Reject,
    Reply,
    Resume,
    StartListSession,
    Text,
    Undo,
)
from schemas.product import Product
from schemas.server import (
    ErrorV2,
    ProductDetected,
    ProductRetracted,
    ProductSuggested,
    Received,
    SessionInfo,
)
from schemas.shopping_list import Item

REMEMBERED_REQUESTS: Final = 50
"""A `session` message lists as many as were received; of older ones nobody could tell."""

Request: TypeAlias = Text | Edit | Undo | Confirm | Reject
"""What carries a `ref`, and so can be sent again without being done twice."""
Event: TypeAlias = ProductDetected | ProductSuggested | ProductRetracted


class SeqHole(Exception):
    """An event came whose predecessor did not: a resume brings both."""

    def __init__(self, *, seq: int, last_seq: int) -> None:
        super().__init__(f"event {seq} came after event {last_seq}")


class ClientState(msgspec.Struct):
    """What an app shows, and stores.

    Attributes:
        token: of the newest `session` message; the one before it is good until we `ack`.
        session_id: the session that it resumes.
        seq: number of the last event that was stored.
        listed_at: number of the last event when the gateway last told the whole list.
        missed: events of which only their effect on the list was told.
        items: the shopping list, by id, in the order in which it grew.
        suggestions: what waits for the shopper's word, by id.
        requests: what was asked for and is not known to have arrived, by `ref`, oldest first; the
            newest `REMEMBERED_REQUESTS`.
    """

    token: str | None = None
    session_id: str | None = None
    seq: int = 0
    listed_at: int = 0
    missed: int = 0
    items: dict[str, Item] = {}
    suggestions: dict[str, Product] = {}
    requests: dict[str, Request] = {}

    def start(self, *, language: str | None, reply: Reply) -> StartListSession:
        """Return the message that resumes the session, or begins one with the list as it is."""
        resume = Resume(self.token, self.seq) if self.token else None
        listed = tuple(
            ListedItem(item.id, item.name, item.quantity, item.unit, item.category)
            for item in self.items.values()
        )
        start = StartListSession(language=language, resume=resume, list=listed, reply=reply)
        if len(encode(start)) <= MAX_TEXT_FRAME_V2:
            return start
        # 500 items with the longest names do not fit: they get the usual categories.
        return replace(start, list=tuple(replace(item, category=None) for item in listed))

    def asks(self, ref: str, request: Request) -> None:
        """Keep a request until it is known to have arrived."""
        self.requests[ref] = request
        if len(self.requests) > REMEMBERED_REQUESTS:
            del self.requests[next(iter(self.requests))]

    def take(self, message: Heard) -> bool:
        """Take what a message says; return whether it is new to the app.

        Raises:
            SeqHole: an event is missing before this one, which is not taken.
        """
        match message:
            case SessionInfo():
                self._adopt(message)
            case ProductDetected() | ProductSuggested() | ProductRetracted():
                return self._take_event(message)
            case ErrorV2(ref=str(ref)) | Received(ref):
                self.requests.pop(ref, None)
            case _:
                pass
        return True

    def _adopt(self, session: SessionInfo) -> None:
        goes_on = session.resumed or session.session_id == self.session_id
        # Of a session that goes on, events after ours follow, but for those that are not kept.
        self.seq = min(self.seq, session.seq) if goes_on else session.seq
        self.token, self.session_id = session.resume_token, session.session_id
        self.items = {item.id: item for item in session.list}
        self.suggestions = {product.id: product for product in session.suggestions}
        self.listed_at = session.seq
        for ref in session.received:
            self.requests.pop(ref, None)

    def _take_event(self, event: Event) -> bool:
        if event.seq <= self.seq:
            return False
        if event.seq > max(self.seq, self.listed_at) + 1:
            raise SeqHole(seq=event.seq, last_seq=self.seq)
        self.missed += event.seq - self.seq - 1
        self.seq = event.seq
        # What came of a request shows that it has arrived; `received` says so of all others.
        self.requests.pop(event.ref or "", None)
        # What the list held already when it was told must not be done to it again.
        if event.seq > self.listed_at:
            self._apply(event)
        return True

    def _apply(self, event: Event) -> None:
        match event:
            case ProductDetected(product=product, item=item, suggestion=suggestion):
                if item is None:
                    self.items.pop(product.id, None)
                else:
                    self.items[item.id] = item
                self.suggestions.pop(suggestion or "", None)
            case ProductSuggested(product=product):
                self.suggestions[product.id] = product
            case ProductRetracted(id=gone):
                self.items.pop(gone, None)
                self.suggestions.pop(gone, None)
            case other:
                assert_never(other)
