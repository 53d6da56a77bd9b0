"""Sessions as an admin sees them on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Callable

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from gateway.terminal import plain
from schemas.admin import QueueView, SessionDetail, Sessions, SessionSummary

_SHORT = 8
"""Characters of a session id in a row: enough to find it in the log."""
_YEAR = len("2026-")
"""What a row leaves out of a time, so that the user's name has room."""
_USER = 12
"""Columns that users' names have at least; longer ones go on below."""
_USUAL_USER = 32
"""The longest name that is not broken for want of room for other columns."""
_EDGE = 2
"""Columns before the first and behind the last one."""
_GAP = 3
"""Columns between two columns of a table."""


class Listing:
    """A table, and a sentence below it, in which no name that people copy is ever broken.

    Where the terminal is too narrow for the names, lines are longer than it is: it then breaks
    them by itself, and what is marked with the mouse is still whole.
    """

    def __init__(self, table: Table, sentence: str, *, least: int) -> None:
        """Put them together.

        Args:
            table: whatever of it may not be broken does not wrap.
            sentence: one line.
            least: columns that the table takes at least.
        """
        self._table = table
        self._sentence = sentence
        self._least = least

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Print as wide as it has to be."""
        room = max(options.max_width, self._least)
        yield from console.render(self._table, options.update_width(room))
        yield from console.render(
            Text(self._sentence, no_wrap=True, overflow="ignore"),
            options.update(no_wrap=True, overflow="ignore"),
        )


def listed(sessions: Sessions, *, width: int | None = None) -> Listing:
    """Return one row per session; the newest activity first.

    Where they run is told if that is more than one place. When they began is left out where there
    is no room for it beside users' names.

    Args:
        sessions: the gateway's answer.
        width: columns that there are; ``None``: as many as it takes.
    """
    places = {each.instance for each in sessions.instances}
    places |= {row.instance for row in sessions.sessions}
    columns: dict[str, Callable[[SessionSummary], str]] = {
        "Session": lambda row: row.session_id[:_SHORT],
        "State": lambda row: row.state,
        "Created": lambda row: _moment(row.created_at)[_YEAR:],
        "Last activity": lambda row: _moment(row.last_activity)[_YEAR:],
    }
    if len(places) > 1:
        columns["Instance"] = lambda row: row.instance
    rows = sorted(sessions.sessions, key=lambda row: row.last_activity, reverse=True)

    def least(user: int = _USER) -> int:
        """Return what the table takes if users' names are broken into such pieces."""
        longest = (max(len(name), *map(len, map(of, rows)), 0) for name, of in columns.items())
        return user + sum(_GAP + each for each in longest) + _EDGE

    usual = min(_USUAL_USER, max((len(row.user_id) for row in rows), default=0))
    if width is not None and least(usual) > width:
        del columns["Created"]
    table = _table()
    table.add_column("User", overflow="fold", min_width=_USER)
    for name in columns:
        table.add_column(name, no_wrap=True)
    for row in rows:
        cells = (row.user_id, *(of(row) for of in columns.values()))
        table.add_row(*(Text(plain(cell)) for cell in cells))
    count = sessions.active_sessions
    sentence = (
        f"{count} active session{'' if count == 1 else 's'}, times in UTC"
        f"{_lack(sessions)}{_further(sessions)}"
    )
    return Listing(table, sentence, least=least())


def running(sessions: Sessions) -> Listing:
    """Return one row per instance that is known to be there."""
    table = _table()
    table.add_column("Instance", no_wrap=True)
    table.add_column("Sessions", no_wrap=True, justify="right")
    for each in sessions.instances:
        told = "no reply" if each.sessions is None else f"{each.sessions}"
        table.add_row(Text(plain(each.instance)), Text(told))
    count = len(sessions.instances)
    names = (len(each.instance) for each in sessions.instances)
    return Listing(
        table,
        f"{count} instance{'' if count == 1 else 's'}{_lack(sessions)}",
        least=max(names, default=0) + _GAP + len("Sessions") + _EDGE,
    )


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False)


def _further(sessions: Sessions) -> str:
    """Return how to get the next page, as the rest of a sentence."""
    return "" if sessions.next is None else plain(f"; the next page: --after {sessions.next}")


def _lack(sessions: Sessions) -> str:
    """Return what is missing, as the rest of a sentence."""
    if sessions.complete:
        return ""
    names = f" ({', '.join(sessions.unanswered)})" if sessions.unanswered else ""
    return plain(f"; not all: {sessions.problem}{names}")


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
        "cost": "not known" if detail.cost is None else f"$ {detail.cost:.6f}",
        "debug": "on: a line in the log for each event" if detail.debugged else "off",
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
