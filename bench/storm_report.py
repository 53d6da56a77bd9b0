"""What a storm of lost links came to, and whether that is as it should be."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bench.loglines import error_lines, exception_lines
from bench.shopper import Shopper
from bench.vitals import MEMORY_SPARE, TASKS_SPARE, Vitals, grew, medians_of_thirds

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Loss:
    """What was done to a shopper's link, and when (Unix seconds)."""

    shopper: int
    kind: str
    at: float


def report(  # noqa: PLR0913 - all by keyword but the two that it is about
    shoppers: Sequence[Shopper],
    losses: Sequence[Loss],
    *,
    vitals: Sequence[Vitals],
    tasks: tuple[int, int],
    memory_judged: bool,
    log: Sequence[str],
) -> int:
    """Print it; return 1 when anything was lost, doubled, growing or in the log that must not be.

    Args:
        shoppers: all of them.
        losses: what was done to their links.
        vitals: how the gateway was, from the end of the run-in.
        tasks: how many it had before the first shopper came and after the last one left.
        memory_judged: it raged for long enough.
        log: the gateway's.
    """
    kinds = Counter(loss.kind for loss in losses)
    late_ms = max((shopper.phone.late_ms for shopper in shoppers if shopper.phone), default=0.0)
    print(f"latest chunk sent         {late_ms:.0f} ms after its time, by these phones")
    print(f"links lost                {len(losses)}: {_counted(kinds)}")
    wrong = [
        not losses,
        _products_wrong(shoppers),
        _speech_wrong(shoppers, losses),
        _growing(vitals, tasks, memory_judged=memory_judged),
        _log_wrong(log),
    ]
    return int(any(wrong))


def _products_wrong(shoppers: Sequence[Shopper]) -> bool:
    expected = sum(len(shopper.expected()) for shopper in shoppers)
    received = sum(len(shopper.received()) for shopper in shoppers)
    lost = [(shopper.number, item) for shopper in shoppers for item in shopper.missing()]
    doubled = [(shopper.number, item) for shopper in shoppers for item in shopper.doubled()]
    print(f"products                  {expected} expected, {received} received")
    print(f"lost                      {len(lost)} {lost[:_SHOWN]}")
    print(f"doubled                   {len(doubled)} {doubled[:_SHOWN]}")
    return not expected or bool(lost or doubled)


def _speech_wrong(shoppers: Sequence[Shopper], losses: Sequence[Loss]) -> bool:
    """What is told as lost is no fault by itself: it may have held no product."""
    told_ms = sum(shopper.told_lost_ms() for shopper in shoppers)
    errors = Counter(text for shopper in shoppers for text in shopper.errors())
    troubled = [shopper for shopper in shoppers if shopper.trouble]
    print(f"speech told as lost       {told_ms} ms; errors: {_counted(errors) or 'none'}")
    print(f"listening again after     {_described(_felt(shoppers, losses))}")
    print(f"phones                    {len(shoppers)}, {len(troubled)} of them in trouble")
    for shopper in troubled[:_SHOWN]:
        print(f"  shopper {shopper.number}: {shopper.trouble}")
    return bool(troubled)


def _growing(vitals: Sequence[Vitals], tasks: tuple[int, int], *, memory_judged: bool) -> bool:
    tasks_grew = tasks[1] > tasks[0] or grew([each.tasks for each in vitals], TASKS_SPARE)
    memory_grew = grew([each.rss_mib for each in vitals], MEMORY_SPARE)
    shown = memory_grew if memory_judged else "not judged in less than a minute"
    print(f"tasks                     {tasks[0]} before, {tasks[1]} after")
    print(f"  while judged            {_medians(vitals, 'tasks')}")
    print(f"  grew                    {tasks_grew}: {_rule(*TASKS_SPARE)}, or more than before")
    print(f"memory while judged       {_medians(vitals, 'rss_mib')} MiB")
    print(f"  grew                    {shown}: {_rule(*MEMORY_SPARE)}")
    return tasks_grew or (memory_judged and memory_grew)


def _log_wrong(log: Sequence[str]) -> bool:
    exceptions = exception_lines(log)
    print(f"ERROR lines in the log    {len(error_lines(log))}")
    print(f"exceptions in the log     {len(exceptions)}")
    for line in exceptions[:_SHOWN]:
        print(f"  {line[:400]}")
    return bool(exceptions)


def _felt(shoppers: Sequence[Shopper], losses: Sequence[Loss]) -> list[tuple[float, int]]:
    """Return the ms for which each loss that a phone noticed was felt, and by which shopper."""
    return [
        ((back_at - at) * 1000, shopper.number)
        for shopper in shoppers
        for at, back_at in outages(
            shopper.statuses(), [loss.at for loss in losses if loss.shopper == shopper.number]
        )
    ]


def outages(
    statuses: Sequence[tuple[float, str]], losses: Sequence[float]
) -> list[tuple[float, float]]:
    """Return the beginning and end of each time that a phone was told `reconnecting`.

    It begins with the newest loss before the phone was told, and ends with `listening`.
    """
    found: list[tuple[float, float]] = []
    begun: float | None = None
    for at, status in statuses:
        if status == "reconnecting" and begun is None:
            begun = max((loss for loss in losses if loss <= at), default=at)
        elif status == "listening" and begun is not None:
            found.append((begun, at))
            begun = None
    return found


def _medians(vitals: Sequence[Vitals], what: Literal["tasks", "rss_mib"]) -> str:
    medians = medians_of_thirds([getattr(each, what) for each in vitals])
    return f"medians of the thirds {', '.join(f'{median:.1f}' for median in medians)}"


def _rule(factor: float, more: float) -> str:
    return f"the last third's median above {factor:g} times the middle third's and {more:g}"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{text} ({count})" for text, count in counts.most_common(_SHOWN))


def _described(delays: Sequence[tuple[float, int]]) -> str:
    if not delays:
        return "not measured: no phone noticed"
    median, (worst, who) = statistics.median(ms for ms, _ in delays), max(delays)
    return f"{median:.0f} ms median, {worst:.0f} ms worst (shopper {who}), {len(delays)} times"
