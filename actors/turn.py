"""One turn of the conversation with Gemini: its transcripts, its products, what it cost. Pure.

Protocol v1 knows no unfinished transcripts, so the pieces that Gemini sends are put together
until the utterance is over.
"""

from __future__ import annotations

import uuid
from collections import deque
from typing import Final

from schemas.gemini import CallOutcome, FunctionCall, FunctionResponse, UsageMetadata
from schemas.product import Product
from schemas.server import ProductDetected, Transcript
from shopping import Locale, interpret

MAX_UTTERANCE: Final = 4_000
"""Characters after which an utterance is sent even if it is not over."""
REMEMBERED_CALLS: Final = 1_000
"""Ids of answered calls that are kept, so that a call seen twice has one effect."""


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
    """Carries out function calls, each id once.

    A product's id is derived from the session's and the call's, so the same call always gives
    the same product.
    """

    def __init__(self, session_id: str) -> None:
        self._namespace = uuid.uuid5(uuid.NAMESPACE_URL, session_id)
        self._answers: dict[str, FunctionResponse] = {}
        self._order: deque[str] = deque()
        self.seen = 0
        self.products = 0

    def carry_out(
        self, call: FunctionCall, locale: Locale, *, unix: float
    ) -> tuple[FunctionResponse, list[ProductDetected]]:
        """Return the call's answer, and the products to announce: none if it was seen before."""
        known = self._answers.get(call.id)
        if known is not None:
            return known, []
        self.seen += 1
        outcome = interpret(call, locale)
        answer = FunctionResponse(id=call.id, name=call.name, response=outcome, scheduling="SILENT")
        if call.id:
            self._remember(answer)
        products = [
            ProductDetected(product=product)
            for product in self._identify(call.id or f"#{self.seen}", outcome, int(unix))
        ]
        self.products += len(products)
        return answer, products

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
