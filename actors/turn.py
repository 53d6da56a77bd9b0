"""One turn of the conversation with Gemini: its transcripts, its products, what it cost. Pure.

Protocol v1 knows no unfinished transcripts, so the pieces that Gemini sends are put together
until the utterance is over.
"""

from __future__ import annotations

import uuid
from collections import Counter, deque
from typing import Final, TypeAlias

from schemas.gemini import CallOutcome, FunctionCall, FunctionResponse, UsageMetadata
from schemas.product import Product
from schemas.server import ProductDetected, Transcript
from shopping import Locale, interpret

MAX_UTTERANCE: Final = 4_000
"""Characters after which an utterance is sent even if it is not over."""
REMEMBERED_CALLS: Final = 1_000
"""Ids of answered calls that are kept, so that a call seen twice has one effect."""

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


class Calls:
    """Carries out function calls: each id once, and each product of a repeated sentence once.

    When a link is lost in a turn, its sentence is said again on the next link, and Gemini calls
    again, under new ids. What was announced of that sentence is not announced again.

    A product's id is derived from the session's and the call's, so the same call always gives
    the same product.
    """

    def __init__(self, session_id: str) -> None:
        self._namespace = uuid.uuid5(uuid.NAMESPACE_URL, session_id)
        self._answers: dict[str, FunctionResponse] = {}
        self._order: deque[str] = deque()
        self._answered_here: set[str] = set()
        self._announced: Counter[_Said] = Counter()
        self._said_again: Counter[_Said] = Counter()
        self._seen = 0
        self.products = 0

    def carry_out(
        self, call: FunctionCall, locale: Locale, *, unix: float
    ) -> tuple[FunctionResponse | None, list[ProductDetected]]:
        """Return the call's answer and the products to announce.

        A call that was seen before has the answer it had, and no products; one that was answered
        on this link already has no answer either.
        """
        if call.id in self._answered_here:
            return None, []
        if call.id:
            self._answered_here.add(call.id)
        known = self._answers.get(call.id)
        if known is not None:
            return known, []
        self._seen += 1
        outcome = interpret(call, locale)
        answer = FunctionResponse(id=call.id, name=call.name, response=outcome, scheduling="SILENT")
        if call.id:
            self._remember(answer)
        products = [
            ProductDetected(product=product)
            for product in self._identify(call.id or f"#{self._seen}", outcome, int(unix))
            if self._is_new(product)
        ]
        self.products += len(products)
        return answer, products

    def turn_ended(self) -> None:
        """What Gemini calls for next is about another sentence."""
        self._announced.clear()
        self._said_again.clear()

    def link_lost(self) -> None:
        """The sentence that Gemini has not finished is said again on the next link."""
        self._said_again += self._announced
        self._announced.clear()
        self._answered_here.clear()

    def _is_new(self, product: Product) -> bool:
        said = product.action, product.name, product.quantity, product.unit
        self._announced[said] += 1
        new = not self._said_again[said]
        self._said_again[said] -= not new
        return new

    def _identify(self, call_id: str, outcome: CallOutcome, timestamp: int) -> list[Product]:
        return [
            Product(
                id=str(uuid.uuid5(self._namespace, f"{call_id}/{index}")),
                name=item.name,
                action=item.action,
                quantity=item.quantity,
                unit=item.unit,
                category=item.category,
                confidence=item.confidence,
                timestamp=timestamp,
            )
            for index, item in enumerate(outcome.items)
        ]

    def _remember(self, answer: FunctionResponse) -> None:
        self._answers[answer.id] = answer
        self._order.append(answer.id)
        if len(self._order) > REMEMBERED_CALLS:
            del self._answers[self._order.popleft()]


class Usage:
    """Tokens billed. Gemini repeats a turn's figures as they grow: only the last ones count."""

    def __init__(self) -> None:
        self._turn = UsageMetadata()
        self._prompt = 0
        self._response = 0

    def report(self, usage: UsageMetadata) -> None:
        """Take note of the current turn's figures so far."""
        self._turn = usage

    def turn_ended(self) -> None:
        """Count the current turn's figures and start the next."""
        self._prompt, self._response = self.prompt_tokens, self.response_tokens
        self._turn = UsageMetadata()

    @property
    def prompt_tokens(self) -> int:
        """Tokens sent to the model, the current turn's included."""
        return self._prompt + self._turn.prompt_token_count

    @property
    def response_tokens(self) -> int:
        """Tokens made by the model, the current turn's included."""
        return self._response + self._turn.response_token_count
