"""When a healthy Gemini link is left for a new one: before Gemini ends it. Pure.

Gemini announces that it will end a connection (`goAway`), and ends connections and sessions of a
known age. A link is left at the first moment when nobody speaks and nothing is under way; when
there is none, a third of the notice before its end (MemberJunction's policy), by a timer, because
after a `goAway` Gemini may say nothing any more (tau2-bench#461).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

RotationCause: TypeAlias = Literal["go_away", "link_age", "session_age", "slow"]

NOTICE_SHARE: Final = 0.1
"""Of an age limit: how long before it a quiet moment is looked for."""
_LEFT_OVER: Final = 1 / 3
"""Of the notice: what is left when the link is left whatever is going on."""
_NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Ages:
    """The oldest that Gemini lets things get, in seconds.

    Attributes:
        link_s: one connection; 10 minutes (ai.google.dev/gemini-api/docs/live-session).
        session_s: one session over all connections that resume it; gemini-3.8-live ends it at
            58:00 with 1011, and does not take the resume that follows
            (discuss.ai.google.dev/186392).
    """

    link_s: float = 600.0
    session_s: float = 3_480.0


class Rotation:
    """The plan for one session's current link; times in monotonic seconds."""

    def __init__(self, ages: Ages) -> None:
        self._ages = ages
        self._session_from = self._session_by = _NEVER
        self._slow = False
        self.closed()

    def opened(self, now: float, *, resumed: bool, session_age_s: float = 0.0) -> None:
        """A link is open; with a new session unless it resumed one.

        Args:
            now: monotonic seconds.
            resumed: it goes on with a session.
            session_age_s: how old that is, if another connection began it.
        """
        self._from, self._by = _before(now + self._ages.link_s, self._ages.link_s * NOTICE_SHARE)
        if not resumed or self._session_by == _NEVER:
            self._slow = False
            session_s = self._ages.session_s
            self._session_from, self._session_by = _before(
                now + session_s - session_age_s, session_s * NOTICE_SHARE
            )

    def closed(self) -> None:
        """There is no link to leave."""
        self._from = self._by = _NEVER
        self._told = False
        """Gemini has announced the link's end."""

    def go_away(self, now: float, notice_s: float) -> None:
        """Gemini will end the link in `notice_s`."""
        self._told = True
        self._from = now
        self._by = min(self._by, _before(now + notice_s, notice_s)[1])

    def session_is_slow(self, now: float) -> None:
        """The next quiet moment is the time to begin another session."""
        self._slow = True
        self._session_from = min(self._session_from, now)

    def wanted(self, now: float) -> bool:
        """Whether the link is to be left at the next quiet moment."""
        return self._linked and (now >= self._from or now >= self._session_from)

    def overdue(self, now: float) -> bool:
        """Whether it is to be left now, quiet or not."""
        return self._linked and (now >= self._by or now >= self._session_by)

    def afresh(self, now: float) -> bool:
        """Whether the next link is to begin a new session: this one has grown old or slow."""
        return now >= self._session_from

    def cause(self, now: float) -> RotationCause:
        """Return why the link is left, once that is wanted."""
        if self._told:
            return "go_away"
        if self.afresh(now):
            return "slow" if self._slow else "session_age"
        return "link_age"

    @property
    def wanted_at(self) -> float | None:
        """From when a quiet moment is looked for."""
        return min(self._from, self._session_from) if self._linked else None

    @property
    def due_at(self) -> float | None:
        """When the link is left, quiet or not."""
        return min(self._by, self._session_by) if self._linked else None

    @property
    def _linked(self) -> bool:
        return self._by != _NEVER


def _before(end: float, notice_s: float) -> tuple[float, float]:
    """Return from when a quiet moment is looked for, and when the link is left without one."""
    return end - notice_s, end - notice_s * _LEFT_OVER
