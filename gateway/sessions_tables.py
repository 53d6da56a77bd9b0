"""Sessions as an admin sees them on a terminal of 80 columns."""

from __future__ import annotations

import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from gateway.terminal import plain
from schemas.admin import EndedSession, QueueView, SessionDetail, Sessions

_SHORT = 8
"""Characters of a session id in a row: enough to find it in the log."""
_YEAR = len("2026-")
"""What a row leaves out of a time, so that the user's name has room."""


def listed(sessions: Sessions) -> Table:
    """Return one row per session; the newest activity first.

    Where they run is told if that is more than one place.
    """
    count = sessions.active_sessions
    places = {row.instance for row in sessions.sessions}
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        caption=f"{count} active session{'' if count == 1 else 's'}, times in UTC"
        f"{_lack(sessions)}{_further(sessions)}",
        caption_justify="left",
    )
    table.add_column("User", overflow="fold")
    table.add_column("Session", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Created", no_wrap=True)
    table.add_column("Last activity", no_wrap=True)
    if len(places) > 1:
        table.add_column("Instance", overflow="fold")
    for row in sorted(sessions.sessions, key=lambda row: row.last_activity, reverse=True):
        table.add_row(
            Text(plain(row.user_id)),
            Text(plain(row.session_id[:_SHORT])),
            Text(row.state),
            Text(_moment(row.created_at)[_YEAR:]),
            Text(_moment(row.last_activity)[_YEAR:]),
            *((Text(plain(row.instance)),) if len(places) > 1 else ()),
        )
    return table


def _further(sessions: Sessions) -> str:
    """Return how to get the next page, as the rest of a sentence."""
    return "" if sessions.next is None else plain(f"; the next page: --after {sessions.next}")


def _lack(sessions: Sessions) -> str:
    """Return what is missing, as the rest of a sentence."""
    if sessions.complete:
        return ""
    names = f" ({', '.join(sessions.unanswered)})" if sessions.unanswered else ""
    return plain(f"; not all: {sessions.problem}{names}")


def happened(event: str, data: str, *, as_json: bool) -> str:
    """Return one line about one event of `/sessions/events`."""
    if as_json:
        return f'{{"event":{msgspec.json.encode(event).decode()},"data":{data}}}'
    try:
        row = msgspec.json.decode(data, type=EndedSession)
    except msgspec.DecodeError:
        return plain(f"{'':8}  {event:<10}  {data}")
    at = _moment(row.ended_at or row.last_activity)[-len("17:30:05") :]
    where = f"  {row.instance}" if row.instance else ""
    code = "" if row.close_code is None else f" with {row.close_code}"
    about = f"{row.user_id}  {row.session_id[:_SHORT]}  {row.state}{code}{where}"
    return plain(f"{at}  {event:<10}  {about}")


def shown(detail: SessionDetail) -> Table:
    """Return one session, a line per fact."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    age = "no link" if detail.link_age_s is None else f"{detail.link_age_s:.1f} s"
    facts = {
        "user": detail.user_id,
        "session": detail.session_id,
        "instance": detail.instance or "unknown",
        "state": detail.state,
        "language": detail.language,
        "created": f"{_moment(detail.created_at)} UTC",
        "last activity": f"{_moment(detail.last_activity)} UTC",
        "link age": age,
        "links opened": f"{detail.links_opened}, lost or not granted: {detail.restarts}",
        "last error": detail.last_error or "none",
        "audio": f"{detail.audio_s:.1f} s",
        "products": f"{detail.products}",
        "tokens": f"prompt {detail.prompt_tokens}, response {detail.response_tokens}",
        "uplink": _queue(detail.uplink),
        "inbox": _queue(detail.inbox),
        "outbox": _queue(detail.outbox),
    }
    for name, fact in facts.items():
        table.add_row(name, Text(plain(fact)))
    return table


def _queue(queue: QueueView) -> str:
    return (
        f"{queue.depth} of {queue.bound} {queue.unit}, at most {queue.peak}, "
        f"dropped {queue.dropped}"
    )


def _moment(iso: str) -> str:
    """Return the day and the second of an ISO 8601 time in UTC."""
    return iso[:19].replace("T", " ")
