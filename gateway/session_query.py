"""Which sessions an admin asks for, read from a query string, and the page of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

import msgspec

from schemas.admin import Sessions, SessionStateName, SessionSummary

MOST: Final = 1_000
"""Rows of one page."""
STATES: Final = get_args(SessionStateName)
_KNOWN: Final = ("user", "state", "instance", "limit", "after")


class QueryInvalid(Exception):
    """The admin's doing: this is not asked for like that; the text says what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionQuery:
    """What is asked for.

    Attributes:
        user: what the user's name begins with.
        states: those that a session may be in; empty: any.
        instance: where it runs; empty: anywhere.
        limit: rows of a page at most; ``None``: all in one.
        after: the row that the last page ended with; empty: from the beginning.
    """

    user: str = ""
    states: frozenset[str] = frozenset()
    instance: str = ""
    limit: int | None = None
    after: str = ""

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> SessionQuery:
        """Read it.

        Raises:
            QueryInvalid: a parameter is not known, or has a value that it cannot have.
        """
        for name in parameters:
            if name not in _KNOWN:
                raise QueryInvalid(f"{name[:40]!r} is not known: use {', '.join(_KNOWN)}")
        states = frozenset(filter(None, parameters.get("state", "").split(",")))
        if not states <= frozenset(STATES):
            raise QueryInvalid(f"state: one or more of {', '.join(STATES)}, with commas between")
        return cls(
            user=parameters.get("user", ""),
            states=states,
            instance=parameters.get("instance", ""),
            limit=_limit(parameters.get("limit", "")),
            after=parameters.get("after", ""),
        )

    def wants(self, row: SessionSummary) -> bool:
        """Whether a session is among those asked for, on whichever page."""
        return (
            row.user_id.startswith(self.user)
            and (not self.states or row.state in self.states)
            and self.instance in ("", row.instance)
        )

    def page(self, sessions: Sessions) -> Sessions:
        """Return the rows asked for, in the order of users once there are pages.

        Each call looks anew: what begins meanwhile is on its page, if that is yet to come.
        """
        rows = tuple(row for row in sessions.sessions if self.wants(row))
        count = len(rows)
        following = None
        if self.limit is not None or self.after:
            rows = self._after(rows)
            if self.limit is not None and len(rows) > self.limit:
                rows = rows[: self.limit]
                following = _place(rows[-1])
        return msgspec.structs.replace(
            sessions, active_sessions=count, sessions=rows, next=following
        )

    def _after(self, rows: Iterable[SessionSummary]) -> tuple[SessionSummary, ...]:
        return tuple(sorted((row for row in rows if _place(row) > self.after), key=_place))


def _limit(text: str) -> int | None:
    if not text:
        return None
    # Not `isdigit`: that takes the digits of every script.
    if not (text.isascii() and text.isdigit() and len(text) <= len(f"{MOST}")):
        raise QueryInvalid(f"limit: a whole number from 1 to {MOST}")
    limit = int(text)
    if not 1 <= limit <= MOST:
        raise QueryInvalid(f"limit: a whole number from 1 to {MOST}")
    return limit


def _place(row: SessionSummary) -> str:
    """Return where a row stands among all: no user's name has a slash in it."""
    return f"{row.user_id}/{row.session_id}"
