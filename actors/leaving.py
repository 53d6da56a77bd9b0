"""When a phone's connection is left: this instance is going away, or the connection is old. Pure.

A platform cuts a WebSocket at a known age (Cloud Run after 60 minutes), and kills an instance soon
after its signal. Before either, the connection is left at a quiet moment: nothing is being said,
and Gemini has answered all that was. Where there is none in time, what is being said is cut in two,
and, in a session that can be resumed, said again as a whole on the next connection's link.
"""

from __future__ import annotations

import math
from typing import Final

from actors.policy import SessionPolicy
from schemas.messages import SpeechReport

ASK_EVERY_S: Final = 0.25
"""How often a quiet moment is looked for."""
PARTING_S: Final = 1.5
"""How long the link may take to be closed, and the phone to answer our close frame, in all."""
_HURRIED_S: Final = 0.3
"""How much of that is left once the phone has connected elsewhere: its close frame went before."""
_NOTICE_SHARE: Final = 0.1
"""Of a connection's age: how long before it a quiet moment is looked for, at most."""
_ANSWER_S: Final = 2.0
"""Left for Gemini's answer, where what is being said could not be said again."""
_BREATH_S: Final = 0.3
"""A pause after an answer, in which Gemini would go on if it had not said all."""
_HUSHED_S: Final = 2.5
"""A phone that sends nothing for so long is not in the middle of a sentence any more."""
_HELD_BACK_S: Final = 1.0
"""The same where that may be a mistake: an app may keep what is said for its next connection."""
_NEVER: Final = math.inf


class Leaving:
    """The plan for one phone's connection; times in monotonic seconds.

    Attributes:
        announced: the phone was told.
        by: when it is left, whatever is going on.
    """

    __slots__ = (
        "_ask_at",
        "_drain_s",
        "_from",
        "_near_from",
        "_parted_by",
        "_quiet_s",
        "_quiet_since",
        "announced",
        "by",
    )

    def __init__(self, policy: SessionPolicy, *, connected_at: float, spread: float) -> None:
        """Plan for the connection's age.

        Args:
            policy: bounds and timeouts.
            connected_at: when the phone connected.
            spread: from 0 to 1; phones that connected together do not leave together.
        """
        age_s = policy.connection_age_s
        self._drain_s = policy.drain_s
        self._quiet_s = policy.stop_quiet_s
        self.by = connected_at + age_s if age_s else _NEVER
        self._from = self.by - age_s * _NOTICE_SHARE * (1 + spread) / 2
        self._near_from = max(self._from, self.by - policy.drain_s)
        self.announced = False
        self._ask_at: float | None = None
        self._quiet_since: float | None = None
        self._parted_by: float | None = None

    def begin(self, now: float) -> None:
        """This instance is going away."""
        self._from = min(self._from, now)
        self._near_from = min(self._near_from, now)
        self.by = min(self.by, now + self._drain_s)

    @property
    def deadline(self) -> float | None:
        """When something is to be done, `None` for never."""
        if self._parted_by is not None:
            return self._parted_by
        at = self._from if self._ask_at is None else self._ask_at
        return None if at == _NEVER else at

    def due(self, now: float) -> bool:
        """Whether it is time to do something."""
        return self.deadline is not None and now >= self.deadline

    def wanted(self, now: float) -> bool:
        """Whether a quiet moment is looked for."""
        return now >= self._from

    def near(self, now: float) -> bool:
        """Whether it is so near that the phone has to be told."""
        return now >= self._near_from

    def overdue(self, now: float, *, resumable: bool) -> bool:
        """Whether nothing more may be said, or, `resumable`, no more on this connection."""
        return now >= self.by - (0.0 if resumable else _ANSWER_S)

    def ask(self, now: float) -> None:
        """Somebody asks about the speech; set the next time."""
        at = now + ASK_EVERY_S
        self._ask_at = self.by if now < self.by < at else at

    def busy(self) -> None:
        """Gemini says something."""
        self._quiet_since = None

    def quiet(self, report: SpeechReport, now: float, *, idle: bool, resumable: bool) -> bool:
        """Return whether nothing has been under way for a moment.

        Args:
            report: what Gemini has not answered.
            now: monotonic seconds.
            idle: it acts on nothing, and is not about to.
            resumable: what begins now is not cut off, so that the moment may be short.
        """
        if report.unheard or not idle:
            self._quiet_since = None
            return False
        quiet_s = min(self._quiet_s, _BREATH_S) if resumable else self._quiet_s
        if self._quiet_since is None:
            self._quiet_since = now
        over_at = self._quiet_since + quiet_s
        if self._ask_at is not None and now < over_at < self._ask_at:
            self._ask_at = over_at
        return now >= over_at

    def hushed(self, report: SpeechReport, now: float, *, resumable: bool) -> bool:
        """Return whether the phone has stopped in mid-sentence: it waits for its next connection.

        That is what an app may do once it was told.
        """
        due, sent_at = report.unanswered_since, report.last_sent_at
        if not (self.announced and report.unheard) or sent_at is None:
            return False
        goes_on = due is None or due > now
        return goes_on and now - sent_at >= (_HELD_BACK_S if resumable else _HUSHED_S)

    def part(self, now: float) -> None:
        """The close frame goes out: the phone's own is waited for."""
        self.announced = True
        self._parted_by = now + PARTING_S

    def hurry(self, now: float) -> None:
        """The phone's next connection waits: what it said on this one has all but arrived."""
        if self._parted_by is not None:
            self._parted_by = min(self._parted_by, now + _HURRIED_S)
