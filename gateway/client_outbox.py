"""What waits to be sent to the gateway, in order, while it does not take it or is not there.

Exception
└── Backlogged  too many requests wait
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, TypeAlias

from gateway.client_state import REMEMBERED_REQUESTS, Request
from schemas.client import BYTES_PER_MS, MIN_AUDIO_MS, AudioChunk, AudioEnd, StopSession

SPEECH_MS: Final = 15_000
"""Milliseconds of speech that are kept; as much as the gateway keeps while Gemini is not there."""

Speech: TypeAlias = AudioChunk | AudioEnd
Outgoing: TypeAlias = Speech | Request | StopSession


class Backlogged(Exception):
    """`REMEMBERED_REQUESTS` requests wait for the connection to come back: no more are taken."""


class Outbox:
    """Bounded: of speech the oldest is dropped and counted, and requests are refused.

    Attributes:
        speech_ms: milliseconds of speech that wait.
        dropped_ms: milliseconds of speech that had to go.
    """

    def __init__(self) -> None:
        self.speech_ms = 0.0
        self.dropped_ms = 0.0
        self._waiting: deque[Outgoing] = deque()

    def speak(self, speech: Speech) -> None:
        """Put speech, or its end, behind all else."""
        self._waiting.append(speech)
        self.speech_ms += _ms(speech)
        while self.speech_ms > SPEECH_MS:
            self._drop_oldest()

    def ask(self, request: Request) -> None:
        """Put a request behind all else, or raise `Backlogged`."""
        if sum(isinstance(one, Request) for one in self._waiting) >= REMEMBERED_REQUESTS:
            raise Backlogged
        self._waiting.append(request)

    def stop(self) -> None:
        """Put the end of the session behind all else."""
        self._waiting.append(StopSession())

    def again(self, asked: Mapping[str, Request], *, stop: bool) -> None:
        """Put in front what was sent on a connection that is lost and is not known to have arrived.

        Args:
            asked: requests by `ref`; those that wait here already are left where they are.
            stop: the session is to be stopped.
        """
        if stop and StopSession() not in self._waiting:
            self._waiting.appendleft(StopSession())
        waiting = {one.ref for one in self._waiting if isinstance(one, Request)}
        sent = [request for ref, request in asked.items() if ref not in waiting]
        self._waiting.extendleft(reversed(sent))

    def put_back(self, speech: Speech) -> None:
        """Put speech that could not be sent in front."""
        self._waiting.appendleft(speech)
        self.speech_ms += _ms(speech)

    def pop(self) -> Outgoing | None:
        """Return what is to be sent next, ``None`` if there is nothing."""
        if not self._waiting:
            return None
        first = self._waiting.popleft()
        if isinstance(first, Speech):
            self.speech_ms -= _ms(first)
        return first

    def drop_speech(self) -> None:
        """Forget speech that nobody will hear any more."""
        while self.speech_ms:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        speech = next(one for one in self._waiting if isinstance(one, Speech))
        self._waiting.remove(speech)
        self.speech_ms -= _ms(speech)
        if isinstance(speech, AudioChunk):
            self.dropped_ms += _ms(speech)


def _ms(speech: Speech) -> float:
    """Return how long it lasts; its end counts as a little, so that it too is bounded."""
    return len(speech.audio_data) / BYTES_PER_MS if isinstance(speech, AudioChunk) else MIN_AUDIO_MS
