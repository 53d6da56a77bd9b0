"""What was said and heard, utterance by utterance, for the tables and the summary at the end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from gateway.talk_expect import Expectations, compare
from gateway.talk_sources import Utterance
from schemas.client import BYTES_PER_MS
from schemas.product import Product
from schemas.server import Error, Pong, ProductDetected, ServerMessage, Status, Transcript


class SessionReport(msgspec.Struct, frozen=True):
    """One utterance in the summary.

    Attributes:
        seconds: how much sound was sent.
        sha256: of the PCM that was sent; the emulator shows the same of what it heard.
        as_expected: ``None`` where nothing was expected in particular.
    """

    name: str
    language: str | None
    seconds: float
    sha256: str
    transcripts: tuple[str, ...]
    products: tuple[Product, ...]
    errors: tuple[str, ...]
    as_expected: bool | None


@dataclass(slots=True)
class SessionRecord:
    """What came of one utterance so far."""

    utterance: Utterance
    sent_bytes: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    transcripts: list[str] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

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
            errors=tuple(self.errors),
            as_expected=self.as_expected(expected or {}),
        )


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

    def heard(self, message: ServerMessage) -> None:
        """Keep what belongs in the summary; before the first utterance there is nothing."""
        if not self.sessions:
            return
        page = self.sessions[-1]
        match message:
            case ProductDetected(product):
                page.products.append(product)
            case Transcript(text, is_user=True):
                page.transcripts.append(text)
            case Error(text):
                page.errors.append(text)
            case Transcript() | Status() | Pong():
                pass
            case other:
                assert_never(other)

    def puzzled(self, problem: str) -> None:
        """Keep it with the errors."""
        if self.sessions:
            self.sessions[-1].errors.append(problem)
