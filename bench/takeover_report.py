"""What takeovers came to, and whether that is as it should be. Pure but for printing."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.loglines import exception_lines
from bench.vitals import NO_VITALS, Vitals

TAKEN_OVER: Final = 4009
"""The code with which the older connection is closed."""
_SHOWN: Final = 5


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was seen.

    Attributes:
        attempts: connections that were opened.
        beaten: those that were taken over before their phone was told the session.
        resumed: those that went on with their phone's session.
        fresh: those that were to, and did not.
        codes: with which connections were closed, `None` without a close frame.
        owners: open connections whenever a takeover was over, and how often there were so many.
        most_listed: sessions that `GET /sessions` listed at once, at most.
        looks: how often it was asked.
        took_s: seconds from each attempt to its `session` message.
        added: what each phone put on its list.
        listed: what is on each phone's list in the end, and on the service's.
        before: how the gateway was, and `after`.
        kept: what `/health` says of the sessions that it keeps, in the end.
    """

    attempts: int = 0
    beaten: int = 0
    resumed: int = 0
    fresh: int = 0
    codes: Counter[int | None] = field(default_factory=Counter)
    owners: Counter[int] = field(default_factory=Counter)
    most_listed: int = 0
    looks: int = 0
    took_s: list[float] = field(default_factory=list)
    added: list[float] = field(default_factory=list)
    listed: list[tuple[float, float]] = field(default_factory=list)
    before: Vitals = NO_VITALS
    after: Vitals = NO_VITALS
    kept: dict[str, Any] = field(default_factory=dict)


def report(tally: Tally, log: Sequence[str]) -> int:
    """Print it; return 1 when there was no owner or two, or something was lost or left."""
    exceptions = exception_lines(log)
    before, after = tally.before, tally.after
    print(f"takeovers                 {tally.attempts}, {tally.beaten} of them taken over before "
          "they were through")  # fmt: skip
    print(f"resumed                   {tally.resumed}, and {tally.fresh} fresh sessions instead")
    if tally.took_s:
        print(f"time to take over         {statistics.median(tally.took_s) * 1000:.0f} ms median, "
              f"{max(tally.took_s) * 1000:.0f} ms worst")  # fmt: skip
    print(f"closed with               {_counted(tally.codes)}")
    print(f"owners after a takeover   {_counted(tally.owners)}")
    print(f"sessions of the user      {tally.most_listed} at most, by GET /sessions, asked "
          f"{tally.looks} times")  # fmt: skip
    print(f"put on the two lists      {tally.added}; on the phones' and the service's "
          f"{tally.listed}")  # fmt: skip
    print(f"sessions kept in the end  {tally.kept}")
    print(f"tasks                     {before.tasks} before, {after.tasks} after")
    print(f"open files                {before.files} before, {after.files} after")
    print(f"exceptions in the log     {len(exceptions)}")
    for line in exceptions[:_SHOWN]:
        print(f"  {line[:400]}")
    broken = [*_broken(tally), *(["an exception is in the log"] if exceptions else [])]
    print(f"broken promises           {'; '.join(broken) or 'none'}")
    return int(bool(broken))


def _broken(tally: Tally) -> list[str]:
    kept = [name for name in ("parked", "live") if tally.kept.get(name) != 0]
    promises = {
        "nobody took over": bool(tally.resumed),
        "a session was not resumed": not tally.fresh,
        "an older connection was not closed with 4009": set(tally.codes) == {TAKEN_OVER},
        "there was no owner, or more than one": set(tally.owners) == {1},
        "more than one session was listed": tally.most_listed == 1,
        "a list is not what was put on it": tally.listed == [(each, each) for each in tally.added],
        f"sessions are left: {', '.join(kept)}": not kept,
        "there are more tasks than before": tally.after.tasks <= tally.before.tasks,
        "there are more open files than before": tally.after.files <= tally.before.files,
    }
    return [what for what, is_kept in promises.items() if not is_kept]


def _counted(counts: Counter[Any]) -> str:
    return ", ".join(f"{what} ({count})" for what, count in counts.most_common()) or "none"
