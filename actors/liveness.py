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

_MOST_PATIENT: Final = 8
"""Times `stall_s`: the longest that links which nothing is answered on are waited for."""
_FLOWS_S: Final = 2.0
"""Sound that went out this lately is going out."""


class Stall(enum.Enum):
    """What is wrong with a link."""

    NONE = enum.auto()
    UNANSWERED = enum.auto()
    """Somebody said something, Gemini understood it, and no answer came."""
    UNHEARD = enum.auto()
    """Something sounded like speech, and Gemini took no notice: it is deaf, or that was noise."""
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
        self._heard_at = self._understood_at = self._answered_at = 0.0
        self._look_at: float | None = None
        self._flows_since: float | None = None
        self.begin()

    def begin(self) -> None:
        """Whatever was not answered before is nobody's affair any more."""
        self.unanswered = 0
        self.answers = False

    @property
    def look_at(self) -> float | None:
        """When to look whether there is speech that waits for an answer."""
        return self._look_at

    def looks(self, now: float) -> None:
        """Somebody looks: what is said from now on is not due earlier than the next time."""
        self._look_at = now + self._stall_s

    def opened(self, now: float) -> None:
        """A link is open."""
        self._heard_at = self._understood_at = self._answered_at = now
        self._look_at = now + self._stall_s
        self._flows_since = None
        self.answers = False

    def closed(self) -> None:
        """There is no link to judge."""
        self._look_at = None

    def heard(self, message: GeminiMessage, now: float) -> None:
        """Gemini said something."""
        self._heard_at = now
        content = message.server_content
        if content is not None and content.input_transcription is not None:
            self._understood_at = now
        if _answers(message):
            self._answered_at = now
            self._look_at = now + self._stall_s
            self.begin()
            self.answers = True

    def judge(self, report: SpeechReport, now: float) -> Stall:
        """Say what the state of the speech means for a link that is open.

        The more links in a row have answered nothing, the longer the next one may take: it may
        be a sound that there is no answer to.
        """
        since, sent_at = report.unanswered_since, report.last_sent_at
        if since is not None:
            patience_s = self._stall_s * min(_MOST_PATIENT, 2 ** max(0, self.unanswered - 1))
            due_at = max(since, self._answered_at) + patience_s
            if now >= due_at:
                understood = self._understood_at > self._answered_at
                return Stall.UNANSWERED if understood else Stall.UNHEARD
            # It may end before: speech that goes on is given more time than speech that is over.
            self._look_at = min(due_at, now + self._stall_s)
        if sent_at is None or now - sent_at >= _FLOWS_S:
            self._flows_since = None
            return Stall.NONE
        # Who was not spoken to has had nothing to say.
        self._flows_since = now if self._flows_since is None else self._flows_since
        silent_s = now - max(self._heard_at, self._flows_since)
        return Stall.SILENT if silent_s >= self._silence_s else Stall.NONE


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
