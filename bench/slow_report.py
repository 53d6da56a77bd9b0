"""What a slow phone beside honest ones came to, and whether they noticed. Pure but for printing."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bench.loglines import exception_lines
from bench.recording import Item

TOO_SLOW: Final = 4008
"""The code with which the slow phone is closed."""
MOST_TIMES: Final = 3.0
"""As long as without the slow phone may be what 99 % of the honest ones' delays are below beside
it: noise, on a machine that does other things too."""
_NOISE_MS: Final = 5.0
"""A percentile below this is taken for this."""
_FEWEST: Final = 2
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Delay:
    """When a function call was sent (Unix seconds), and the ms until its product was there."""

    sent_at: float
    ms: float


@dataclass(frozen=True, slots=True)
class Slices:
    """Equal stretches of time, from a moment on (Unix seconds): every other with the slow phone."""

    begin_at: float
    each_s: float
    number: int

    def of(self, delays: Iterable[Delay], *, slow: bool) -> list[list[float]]:
        """Return the delays in ms, by slice, of those that had the slow phone, or had not."""
        found: list[list[float]] = [[] for _ in range(self.number)]
        for delay in delays:
            place = self.place(delay.sent_at)
            if 0 <= place < self.number:
                found[place].append(delay.ms)
        return found[int(slow) :: 2]

    def place(self, at: float) -> int:
        """Return in which slice a moment is, from 0."""
        return int((at - self.begin_at) // self.each_s)


@dataclass(frozen=True, slots=True)
class SlowOutcome:
    """What came of the slow phone.

    Attributes:
        resumed: how many went on with its session; `fresh` how many did not.
        behind: events that did not come when it read in the end.
    """

    resumed: int = 0
    fresh: int = 0
    behind: int = 0


def report(
    honest: tuple[Sequence[Sequence[float]], Sequence[Sequence[float]]],
    *,
    missing: Sequence[tuple[str, Item]],
    slow: SlowOutcome,
    closed: Sequence[int],
    log: Sequence[str],
) -> int:
    """Print it; return 1 when the slow phone was not closed, or the honest ones noticed it.

    Args:
        honest: the delays of honest phones in ms by slice, without the slow one and beside it.
        missing: products that did not come, and whose they are.
        slow: what came of the slow phone.
        closed: how often it was closed as it should be in each of its slices.
        log: the gateway's.
    """
    alone, beside = ([ms for delays in slices for ms in delays] for slices in honest)
    exceptions = exception_lines(log)
    print(f"{'function call to phone':<25} {'without':>10} {'beside the slow one':>20}")
    print(f"{'  products':<25} {len(alone):>10} {len(beside):>20}")
    for percent in (50, 95, 99, 100):
        one, other = percentile(alone, percent), percentile(beside, percent)
        print(f"{f'  {percent} %':<25} {one:>7.1f} ms {other:>17.1f} ms")
    ratio = times(*honest)
    print(f"  99 % of a slice         {ratio:.1f} times as long beside it, by the medians, at most "
          f"{MOST_TIMES:g}")  # fmt: skip
    print(f"slow phone closed with    {TOO_SLOW}, {list(closed)} times in its slices")
    print(f"  resumed                 {slow.resumed}, and {slow.fresh} fresh sessions instead; "
          f"{slow.behind} events behind in the end")  # fmt: skip
    print(f"products missing          {len(missing)} {list(missing[:_SHOWN])}")
    print(f"exceptions in the log     {len(exceptions)}")
    for line in exceptions[:_SHOWN]:
        print(f"  {line[:400]}")
    promises = {
        "nothing was measured": min(len(alone), len(beside)) >= _FEWEST,
        "the honest phones noticed": ratio <= MOST_TIMES,
        "a product is missing": not missing,
        f"the slow phone was not closed with {TOO_SLOW}": bool(closed) and all(closed),
        "its session was not resumed": slow.resumed > 0 and not slow.fresh,
        "events are missing after its return": not slow.behind,
        "an exception is in the log": not exceptions,
    }
    broken = [what for what, kept in promises.items() if not kept]
    print(f"broken promises           {'; '.join(broken) or 'none'}")
    return int(bool(broken))


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile; of fewer than two values, 0."""
    if len(values) < _FEWEST:
        return 0.0
    if percent == 100:  # noqa: PLR2004 - all of them
        return max(values)
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def times(alone: Sequence[Sequence[float]], beside: Sequence[Sequence[float]]) -> float:
    """Return how many times longer a slice's 99th percentile is beside the slow phone.

    The medians of the slices are compared: what else the machine is busy with comes and goes.
    """
    one, other = (
        statistics.median(percentile(delays, 99) for delays in slices) if slices else 0.0
        for slices in (alone, beside)
    )
    return other / max(_NOISE_MS, one)


def closed_at(code: int, user: str, log: Iterable[str]) -> list[float]:
    """Return the Unix seconds at which a user's phone was closed with a code."""
    lines = (json.loads(line) for line in log if line.startswith("{"))
    return [
        datetime.fromisoformat(line["time"]).timestamp()
        for line in lines
        if line["message"] == "closing_client"
        and line.get("code") == code
        and line.get("user_id") == user
    ]
