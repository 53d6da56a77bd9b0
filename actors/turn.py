"""One turn of the conversation with Gemini: its transcripts and its products. Pure.

Protocol v1 knows no unfinished transcripts, so the pieces that Gemini sends are put together
until the utterance is over.
"""

from __future__ import annotations

import uuid
from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from schemas.gemini import FunctionCall, FunctionResponse
from schemas.product import Product, ProductDraft
from schemas.server import ProductDetected, Transcript
from shopping import Basket, Change, Locale, interpret

MAX_UTTERANCE: Final = 4_000
"""Characters after which an utterance is sent even if it is not over."""
REMEMBERED_CALLS: Final = 200
"""Calls that are remembered, so that one seen twice has one effect and can be taken back."""
_LATELY: Final = 50
"""Products announced last that are remembered, should what they were said with be said again."""

_Said: TypeAlias = tuple[str, str, float, str]
"""Action, name, quantity and unit."""


class Utterance:
    """What one side says, put together from pieces."""

    def __init__(self, *, is_user: bool) -> None:
        self._is_user = is_user
        self._text = ""

    def add(self, piece: str) -> list[Transcript]:
        """Add a piece; return a transcript if the utterance has grown too long to wait."""
        self._text += piece
        return self.finish() if len(self._text) >= MAX_UTTERANCE else []

    def finish(self) -> list[Transcript]:
        """Return what was said since the last time, if anything."""
        text, self._text = self._text.strip(), ""
        return [Transcript(text=text, is_user=self._is_user)] if text else []


@dataclass(slots=True)
class _Call:
    """One call that was seen: its answer, and what takes its products back.

    A call that Gemini cancelled before it came has neither.
    """

    answer: FunctionResponse | None
    effects: tuple[Change, ...] = ()
    cancelled: bool = False


class Calls:
    """Carries out function calls: each id once, and each product of a repeated sentence once.

    When a link is lost in a turn, its sentence is said again on the next link, and Gemini calls
    again, under new ids. What was announced of that sentence is not announced again.

    A call that Gemini cancels afterwards is taken back: the phone is told the opposite. One that
    it cancels before it comes has no effect.

    A product's id is derived from the session's and the call's, so the same call always gives
    the same product.

    Attributes:
        basket: what the products told so far add up to.
        products: how many were told.
    """

    def __init__(self, session_id: str) -> None:
        self._namespace = uuid.uuid5(uuid.NAMESPACE_URL, session_id)
        self._known: OrderedDict[str, _Call] = OrderedDict()
        self._answered_here: set[str] = set()
        self._announced: Counter[_Said] = Counter()
        self._said_again: Counter[_Said] = Counter()
        self._lately: deque[tuple[float, _Said]] = deque(maxlen=_LATELY)
        self._announced_at = 0.0
        self._repeats = 1
        self._seen = 0
        self.basket = Basket()
        self.products = 0

    def carry_out(
        self, call: FunctionCall, locale: Locale, *, now: float, unix: float
    ) -> tuple[FunctionResponse | None, list[ProductDetected]]:
        """Return the call's answer and the products to announce.

        A call that was seen before has the answer it had, and no products; one that was answered
        on this link already, or cancelled, has no answer either.
        """
        known = self._known.get(call.id)
        if call.id in self._answered_here or (known is not None and known.cancelled):
            return None, []
        if call.id:
            self._answered_here.add(call.id)
        if known is not None:
            return known.answer, []
        self._seen += 1
        outcome = interpret(call, locale)
        answer = FunctionResponse(id=call.id, name=call.name, response=outcome, scheduling="SILENT")
        new: list[tuple[int, ProductDraft]] = []
        effects: list[Change] = []
        for at, item in enumerate(outcome.items):
            if self._is_new(item, now):
                new.append((at, item))
                effects.append(self.basket.apply(item))
            else:
                effects += self._take_over(item)
        if call.id:
            self._remember(call.id, _Call(answer, tuple(effects)))
        known_as = call.id or f"#{self._seen}"
        return answer, self._tell([(f"{known_as}/{at}", item) for at, item in new], unix)

    def cancel(self, ids: Sequence[str], *, unix: float) -> list[ProductDetected]:
        """Return what tells the phone that these calls should not have been carried out."""
        taken_back = []
        for call_id in ids:
            call = self._known.get(call_id, _Call(None))
            if call.cancelled:
                continue
            self._remember(call_id, _Call(call.answer, cancelled=True))
            for at, change in reversed([*enumerate(call.effects)]):
                self._unsay(_said(change.draft))
                inverse = self.basket.take_back(change)
                if inverse is not None:
                    taken_back.append((f"{call_id}/{at}/cancelled", inverse))
        return self._tell(taken_back, unix)

    def turn_ended(self) -> None:
        """What Gemini calls for next is about another sentence."""
        self._lately += ((self._announced_at, said) for said in self._announced.elements())
        self._announced.clear()
        self._repeats -= 1
        if self._repeats <= 0:
            self._said_again.clear()

    def link_lost(self) -> None:
        """The sentence that Gemini has not finished is said again on the next link."""
        self._repeats = 1
        self._said_again += self._announced
        self._announced.clear()
        self._answered_here.clear()

    def said_again(self, since: float | None, utterances: int) -> None:
        """So are others, and it may take as many turns until all of them were answered again.

        What was announced since `since`, in turns that are over, may have been about them.
        """
        self._repeats = max(1, utterances)
        if since is None:
            return
        self._said_again += Counter(said for at, said in self._lately if at >= since)

    def _is_new(self, item: ProductDraft, now: float) -> bool:
        said = _said(item)
        self._announced[said] += 1
        self._announced_at = now
        new = not self._said_again[said]
        self._said_again[said] -= not new
        return new

    def _take_over(self, item: ProductDraft) -> list[Change]:
        """Make the effect that a repeated product has the newer call's: it may be cancelled."""
        said = _said(item)
        for call in reversed(self._known.values()):
            for change in call.effects:
                if _said(change.draft) == said:
                    call.effects = tuple(each for each in call.effects if each is not change)
                    return [change]
        return []

    def _unsay(self, said: _Said) -> None:
        """If it is said again, it is announced again."""
        counts = self._announced if self._announced[said] else self._said_again
        counts[said] -= bool(counts[said])

    def _tell(
        self, items: Sequence[tuple[str, ProductDraft]], unix: float
    ) -> list[ProductDetected]:
        self.products += len(items)
        return [
            ProductDetected(
                Product(
                    id=str(uuid.uuid5(self._namespace, key)),
                    name=item.name,
                    action=item.action,
                    quantity=item.quantity,
                    unit=item.unit,
                    category=item.category,
                    confidence=item.confidence,
                    timestamp=int(unix),
                )
            )
            for key, item in items
        ]

    def _remember(self, call_id: str, call: _Call) -> None:
        self._known[call_id] = call
        if len(self._known) > REMEMBERED_CALLS:
            self._known.popitem(last=False)


def _said(item: ProductDraft) -> _Said:
    return item.action, item.name, item.quantity, item.unit
