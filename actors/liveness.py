"""Whether Gemini still listens, judged by what it says and not by its pongs alone. Pure.

Pongs of healthy sessions were seen to take 8 to 30 s (sip-to-ai#14), and a session may answer
pings while it does nothing else: a resume was seen to transcribe and never to generate
("poisoned", voiceclaw). So what counts is that speech gets an answer.
"""

from __future__ import annotations

import enum
from typing import Final

from schemas.gemini import GeminiMessage
from schemas.messages import SpeechReport

_NOISE_AFTER: Final = 3
"""Links that left the same sound unanswered: then it is the sound."""


class Stall(enum.Enum):
    """What is wrong with a link."""

    NONE = enum.auto()
    UNANSWERED = enum.auto()
    """Somebody said something, and no answer came."""
    SILENT = enum.auto()
    """Sound that holds no speech goes out, and nothing at all comes in."""


class Liveness:
    """What Gemini said last; times in monotonic seconds.

    Attributes:
        unanswered: links in a row that left speech unanswered.
        answers: whether the current link has answered anything yet.
    """

    def __init__(self, *, stall_s: float, silence_s: float) -> None:
        self._stall_s = stall_s
        self._silence_s = silence_s
        self._heard_at = self._answered_at = 0.0
        self._look_at: float | None = None
        self.unanswered = 0
        self.answers = False

    @property
    def look_at(self) -> float | None:
        """When to look whether there is speech that waits for an answer."""
        return self._look_at

    def looks(self, now: float) -> None:
        """Somebody looks: the next time is later."""
        self._look_at = now + self._stall_s / 2

    def opened(self, now: float) -> None:
        """A link is open."""
        self._heard_at = self._answered_at = now
        self._look_at = now + self._stall_s
        self.answers = False

    def closed(self) -> None:
        """There is no link to judge."""
        self._look_at = None

    def heard(self, message: GeminiMessage, now: float) -> None:
        """Gemini said something."""
        self._heard_at = now
        if _answers(message):
            self._answered_at = now
            self._look_at = now + self._stall_s
            self.unanswered = 0
            self.answers = True

    def judge(self, report: SpeechReport, now: float) -> Stall:
        """Say what the state of the speech means for a link that is open."""
        since, sent_at = report.unanswered_since, report.last_sent_at
        if since is not None and self.unanswered < _NOISE_AFTER:
            due_at = max(since, self._answered_at) + self._stall_s
            if now >= due_at:
                self.unanswered += 1
                return Stall.UNANSWERED
            self._look_at = due_at
        flows = sent_at is not None and sent_at > self._heard_at
        return Stall.SILENT if flows and now - self._heard_at >= self._silence_s else Stall.NONE


def _answers(message: GeminiMessage) -> bool:
    """Whether it shows that Gemini works at an answer; a transcript alone does not."""
    content = message.server_content
    return message.tool_call is not None or (
        content is not None
        and (
            content.turn_complete
            or content.generation_complete
            or content.interrupted
            or content.model_turn is not None
            or content.output_transcription is not None
        )
    )
