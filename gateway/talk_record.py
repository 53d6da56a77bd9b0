"""What was said and heard, utterance by utterance, for the tables and the summary at the end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from gateway.client_retry import Loss
from gateway.talk_expect import Expectations, compare
from gateway.talk_sources import Utterance
from gateway.talk_wire import Heard
from schemas.client import BYTES_PER_MS
from schemas.product import Product
from schemas.server import (
    AudioGap,
    ErrorV2,
    Interrupted,
    Pong,
    ProductDetected,
    ProductRetracted,
    ProductSuggested,
    Received,
    SessionInfo,
    SpokenAudio,
    Status,
    Transcript,
)


class SessionReport(msgspec.Struct, frozen=True):
    """One utterance in the summary.

    Attributes:
        seconds: how much sound was sent.
        sha256: of the PCM that was sent; the emulator shows the same of what it heard.
        products: what was detected and not taken back since.
        suggestions: what was heard, but not surely.
        retracted: what was taken back.
        losses: why connections were lost meanwhile.
        as_expected: ``None`` where nothing was expected in particular.
    """

    name: str
    language: str | None
    seconds: float
    sha256: str
    transcripts: tuple[str, ...]
    products: tuple[Product, ...]
    suggestions: tuple[Product, ...]
    retracted: tuple[Product, ...]
    errors: tuple[str, ...]
    losses: tuple[str, ...]
    as_expected: bool | None


@dataclass(slots=True)
class SessionRecord:
    """What came of one utterance so far."""

    utterance: Utterance
    sent_bytes: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    transcripts: list[str] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    suggestions: list[Product] = field(default_factory=list)
    retracted: list[Product] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    def as_expected(self, expected: Expectations) -> bool | None:
        """Tell whether exactly the expected products came; ``None`` if there is no telling."""
        expectation = expected.get(self.utterance.name)
        if expectation is None:
            return None
        return compare(expectation.products, self.products).as_expected

    def report(self, expected: Expectations | None) -> SessionReport:
        """Return it as the summary shows it."""
        return SessionReport(
            name=self.utterance.name,
            language=self.utterance.language,
            seconds=self.sent_bytes / BYTES_PER_MS / 1000,
            sha256=self.digest.hexdigest(),
            transcripts=tuple(self.transcripts),
            products=tuple(self.products),
            suggestions=tuple(self.suggestions),
            retracted=tuple(self.retracted),
            errors=tuple(self.errors),
            losses=tuple(self.losses),
            as_expected=self.as_expected(expected or {}),
        )

    def takes(self, message: Heard) -> None:
        """Keep what belongs in the summary."""
        match message:
            case ProductDetected() | ProductSuggested() | ProductRetracted():
                self._takes_event(message)
            case Transcript(text, is_user=True, final=True):
                self.transcripts.append(text)
            case ErrorV2(text):
                self.errors.append(text)
            case AudioGap(ms):
                self.errors.append(f"{ms} ms of speech could not be kept")
            case (
                Transcript()
                | SessionInfo()
                | Received()
                | Interrupted()
                | Status()
                | Pong()
                | SpokenAudio()
            ):
                pass
            case other:
                assert_never(other)

    def _takes_event(self, event: ProductDetected | ProductSuggested | ProductRetracted) -> None:
        match event:
            case ProductDetected(product=product, by=by):
                # What was put there by hand was not heard.
                self.products += [product] if by == "model" else []
            case ProductSuggested(product=product):
                self.suggestions.append(product)
            case ProductRetracted(id=gone):
                self._retracts(gone)
            case other:
                assert_never(other)

    def _retracts(self, gone: str) -> None:
        """Move the newest product of that id to what was taken back."""
        of_it = [product for product in (*self.suggestions, *self.products) if product.id == gone]
        for product in of_it[-1:]:
            (self.products if product in self.products else self.suggestions).remove(product)
            self.retracted.append(product)


class Record:
    """An audience that remembers."""

    def __init__(self) -> None:
        self.sessions: list[SessionRecord] = []

    def begins(self, utterance: Utterance) -> None:
        """Open a new page."""
        self.sessions.append(SessionRecord(utterance))

    def sent(self, pcm: bytes) -> None:
        """Count and digest the chunk."""
        self.sessions[-1].sent_bytes += len(pcm)
        self.sessions[-1].digest.update(pcm)

    def heard(self, message: Heard) -> None:
        """Keep what belongs in the summary; before the first utterance there is nothing."""
        if self.sessions:
            self.sessions[-1].takes(message)

    def puzzled(self, problem: str) -> None:
        """Keep it with the errors."""
        if self.sessions:
            self.sessions[-1].errors.append(problem)

    def lost(self, loss: Loss) -> None:
        """Keep why."""
        if self.sessions:
            self.sessions[-1].losses.append(str(loss))
