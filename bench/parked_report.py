"""What parked sessions cost, and whether they go when they should. Pure but for printing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.loglines import exception_lines
from bench.vitals import NO_VITALS, Vitals

MOST_KIB: Final = 12.0
"""Of the process's memory for one parked session."""
FEWEST_JUDGED: Final = 500
"""Sessions; what fewer cost is less than what a process's memory varies by anyway."""
LATE_S: Final = 10.0
"""After the window: the session first waits two seconds for its phone, finishes, and is parked."""
_KIB_IN_MIB: Final = 1024
_SHOWN: Final = 5


@dataclass(slots=True, kw_only=True)
class Round:
    """What was seen of as many sessions.

    Attributes:
        sessions: how many were left by their phones.
        window_s: how long each is kept.
        short: phones whose list was not as long as it should have been.
        before: how the gateway was; `parked` with all of them kept, `after` when they had gone;
            `uncollected` with all of them kept and what still waited for the garbage collector.
        store: what `/health` said of what is kept, with all of them; `store_after` in the end.
        gone_after_s: from the last phone's leaving until none was kept.
        asked: phones that came back after the window; `still_there` those that found their session.
    """

    sessions: int
    window_s: float
    short: int = 0
    before: Vitals = NO_VITALS
    parked: Vitals = NO_VITALS
    after: Vitals = NO_VITALS
    uncollected: Vitals = NO_VITALS
    store: dict[str, Any] = field(default_factory=dict)
    store_after: dict[str, Any] = field(default_factory=dict)
    gone_after_s: float = 0.0
    asked: int = 0
    still_there: int = 0

    @property
    def kib_each(self) -> float:
        """Of the process's memory, for each session that is kept."""
        return (self.parked.rss_mib - self.before.rss_mib) * _KIB_IN_MIB / self.sessions


def report(rounds: Sequence[Round], log: Sequence[str]) -> int:
    """Print it; return 1 when a session costs too much, or stays for longer than its window.

    The last round tells what a session costs.
    """
    exceptions = exception_lines(log)
    for number, seen in enumerate(rounds, start=1):
        _print(number, seen)
    print(f"exceptions in the log     {len(exceptions)}")
    for line in exceptions[:_SHOWN]:
        print(f"  {line[:400]}")
    broken = [what for seen in rounds for what in _broken(seen)]
    last = rounds[-1]
    if last.sessions >= FEWEST_JUDGED and last.kib_each >= MOST_KIB:
        broken.append(f"a session costs {MOST_KIB:g} KiB or more")
    if exceptions:
        broken.append("an exception is in the log")
    print(f"broken promises           {'; '.join(broken) or 'none'}")
    return int(bool(broken))


def _print(number: int, seen: Round) -> None:
    stored = seen.store.get("parked_bytes", 0) / 1024 / seen.sessions
    mib = [f"{each.rss_mib:.1f}" for each in (seen.before, seen.parked, seen.after)]
    print(f"round {number}                   {seen.sessions} sessions, kept for "
          f"{seen.window_s:g} s: {seen.store}")  # fmt: skip
    print(f"  memory                  {mib[0]} MiB before, {mib[1]} with all of them, "
          f"{mib[2]} after; {seen.uncollected.rss_mib:.1f} with garbage")  # fmt: skip
    print(f"  a session               {seen.kib_each:.1f} KiB of memory; {stored:.1f} KiB as it "
          "is stored")  # fmt: skip
    print(f"  gone                    {seen.gone_after_s:.1f} s after the last phone left: "
          f"{seen.store_after}")  # fmt: skip
    print(f"  asked for afterwards    {seen.asked}, {seen.still_there} still there")
    for what in ("tasks", "files"):
        then, parked, now = (getattr(each, what) for each in (seen.before, seen.parked, seen.after))
        print(f"  {what:<23} {then} before, {parked} with all of them, {now} after")


def _broken(seen: Round) -> list[str]:
    left = [seen.parked, seen.after]
    promises = {
        "a phone's list was too short": not seen.short,
        "not all were kept at once": seen.store.get("parked") == seen.sessions,
        "sessions outlived their window": seen.store_after.get("parked") == 0
        and seen.gone_after_s < seen.window_s + LATE_S,
        "a session was there after its window": not seen.still_there and bool(seen.asked),
        "there are more tasks than before": all(one.tasks <= seen.before.tasks for one in left),
        "there are more files than before": all(one.files <= seen.before.files for one in left),
    }
    return [what for what, is_kept in promises.items() if not is_kept]
