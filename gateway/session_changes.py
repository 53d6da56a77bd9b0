"""What has changed between two looks at the live sessions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.admin import Sessions, SessionSummary


@dataclass(frozen=True, slots=True)
class Change:
    """One session.

    Attributes:
        kind: it is there now, is in another state or place than before, or is there no more.
        row: as it is, or as it was last.
    """

    kind: Literal["began", "changed", "ended"]
    row: SessionSummary


class SessionChanges:
    """Compares each look with the one before; at the first, all that is there has begun."""

    def __init__(self) -> None:
        self._known: dict[str, SessionSummary] = {}

    def since(self, sessions: Sessions, rows: Iterable[SessionSummary]) -> Iterator[Change]:
        """Yield what has changed.

        Args:
            sessions: says whether all instances replied; without that nothing is told as ended
                that runs on one which did not.
            rows: those that are of interest.
        """
        now = {row.session_id: row for row in rows}
        for session_id, row in now.items():
            before = self._known.get(session_id)
            if before is None:
                yield Change("began", row)
            elif (before.state, before.instance) != (row.state, row.instance):
                yield Change("changed", row)
        for session_id, row in self._known.items():
            if session_id in now:
                continue
            if _may_be_there(sessions, row):
                now[session_id] = row
            else:
                yield Change("ended", row)
        self._known = now


def _may_be_there(sessions: Sessions, row: SessionSummary) -> bool:
    """Whether a session that is not listed may run on an instance that did not reply."""
    if sessions.complete:
        return False
    return row.instance in sessions.unanswered or not sessions.unanswered
