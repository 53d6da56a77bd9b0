"""What has changed between two looks at the live sessions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.admin import EndedSession, Sessions, SessionSummary


@dataclass(frozen=True, slots=True)
class Change:
    """One session.

    Attributes:
        kind: it is there now, is in another state or place than before, or is there no more.
        row: as it is; an `EndedSession` where it is there no more.
    """

    kind: Literal["began", "changed", "ended"]
    row: SessionSummary


class SessionChanges:
    """Compares each look with the one before; at the first, all that is there has begun."""

    def __init__(self) -> None:
        self._known: dict[str, SessionSummary] = {}

    def since(
        self,
        sessions: Sessions,
        rows: Iterable[SessionSummary],
        ended: Iterable[EndedSession] = (),
    ) -> Iterator[Change]:
        """Yield what has changed.

        Args:
            sessions: says whether all instances replied; without that nothing is told as ended
                that runs on one which did not.
            rows: those that are of interest. One that is not any more, and lives, has changed.
            ended: those of which it is known how they ended, the oldest first.
        """
        now = {row.session_id: row for row in rows}
        for session_id, row in now.items():
            before = self._known.get(session_id)
            if before is None:
                yield Change("began", row)
            elif (before.state, before.instance) != (row.state, row.instance):
                yield Change("changed", row)
        gone = [row for session_id, row in self._known.items() if session_id not in now]
        lives = {row.session_id: row for row in sessions.sessions} if gone else {}
        endings = {(each.session_id, each.instance): each for each in ended} if gone else {}
        for row in gone:
            if row.session_id in lives:
                yield Change("changed", lives[row.session_id])
            elif _may_be_there(sessions, row):
                now[row.session_id] = row
            else:
                ending = endings.get((row.session_id, row.instance))
                yield Change("ended", EndedSession.of(row) if ending is None else ending)
        self._known = now


def _may_be_there(sessions: Sessions, row: SessionSummary) -> bool:
    """Whether a session that is not listed may run on an instance that did not reply."""
    if sessions.complete:
        return False
    return row.instance in sessions.unanswered or not sessions.unanswered
