"""What happens to sessions, a line each, as `gateway sessions watch` prints it. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from gateway.terminal import plain
from schemas.admin import EndedSession

_SHORT: Final = 8
"""Characters of a session id: enough to find it in the log."""
_EVENT: Final = len("draining")
_STATE: Final = len("reconnecting")
_USER: Final = 16
_AGAIN: Final = {
    "draining": "takes no more sessions and goes: connect again",
    "expired": "the token has expired: connect again with another",
}
"""What comes last."""


class _Facts(msgspec.Struct, frozen=True):
    """What comes with an event that is about no session."""

    at: str = ""
    instance: str = ""
    problem: str | None = None
    unanswered: tuple[str, ...] = ()


class Happenings:
    """Lines of 80 columns, unless names are long; those of instances come last, and once each.

    An instance is told of a session that has begun, and of one that has gone to another instance.
    """

    def __init__(self, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._wall_clock = wall_clock
        self._places: dict[str, str] = {}

    def line(self, event: str, data: str) -> str:
        """Return one line about one event of `/sessions/events`; `data` is its JSON."""
        try:
            row = msgspec.json.decode(data, type=EndedSession)
        except msgspec.DecodeError:
            return self._of_no_session(event, data)
        before = self._places.get(row.session_id)
        if event == "ended":
            self._places.pop(row.session_id, None)
        else:
            self._places[row.session_id] = row.instance
        state = row.state if row.close_code is None else f"{row.state} {row.close_code}"
        # One may begin to be among those asked for long after it began, and again.
        began = event == "began" and before is None
        at = row.created_at if began else row.ended_at or row.last_activity
        parts = (
            *(_second(at), f"{event:<{_EVENT}}", row.session_id[:_SHORT], f"{state:<{_STATE}}"),
            *(f"{row.user_id:<{_USER}}", "" if row.instance == before else row.instance),
        )
        return plain("  ".join(parts).rstrip())

    def _of_no_session(self, event: str, data: str) -> str:
        try:
            facts = msgspec.json.decode(data, type=_Facts)
        except msgspec.DecodeError:
            facts = _Facts(problem=data)
        at = facts.at or datetime.fromtimestamp(self._wall_clock(), UTC).isoformat()
        match event:
            case "draining":
                about = f"{facts.instance or 'the instance'} {_AGAIN[event]}"
            case "expired":
                about = _AGAIN[event]
            case "complete":
                about = "every instance replies again"
            case _:
                about = " ".join(filter(None, (facts.problem, ", ".join(facts.unanswered))))
        return plain(f"{_second(at)}  {event:<{_EVENT}}  {about}".rstrip())


def as_json(event: str, data: str) -> str:
    """Return the event for programs: one line of JSON."""
    return f'{{"event":{msgspec.json.encode(event).decode()},"data":{data}}}'


def _second(iso: str) -> str:
    """Return the time of day of an ISO 8601 time in UTC."""
    return iso[11:19]
