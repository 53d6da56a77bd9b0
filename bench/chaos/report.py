"""What the faults came to, and whether that is as it should be. Pure but for printing."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from bench.chaos.ending import Ending
from bench.chaos.faults import Fault
from bench.chaos.roamer import Loss, Roamer
from bench.chaos.seen import Seen
from bench.loglines import exception_lines
from bench.recording import Item, item_of

_SHOWN: Final = 6
_REPLACED: Final = 4009
"""After which a phone does not come back: for an older connection, never for the newest."""
_Found = TypeVar("_Found")


def report(seen: Seen, endings: Sequence[Ending], log: Sequence[str]) -> int:
    """Print it; return 1 when something was lost, doubled or unequal, or was not resumed."""
    _print_table(seen, endings)
    exceptions = exception_lines(log)
    broken = [
        *_resumes(seen, endings),
        *_events(seen, endings),
        *_lists(endings),
        *_service(seen, endings),
    ]
    print(f"exceptions in the logs    {len(exceptions)}")
    for line in exceptions[:_SHOWN]:
        print(f"  {line[:400]}")
    if exceptions:
        broken.append("exceptions in the logs")
    print(f"broken promises           {'; '.join(broken) or 'none'}")
    return int(bool(broken))


def caused_by(loss: Loss, windows: Sequence[tuple[float, Fault]]) -> Fault:
    """Return the fault that a connection was lost by: the newest one, unless it was cut."""
    before = [fault for at, fault in windows if at <= loss.at]
    if loss.away:
        return Fault.REDIS_FLUSHED
    return Fault.CUT if loss.cut or not before else before[-1]


def _print_table(seen: Seen, endings: Sequence[Ending]) -> None:
    losses = [
        (caused_by(loss, seen.windows), loss) for one in endings for loss in one.roamer.losses
    ]
    print(f"{'fault':<32}{'times':>6}{'lines lost':>12}{'resumed':>9}{'median':>10}{'worst':>10}")
    for fault in [*Fault]:
        _print_row(str(fault), seen.done[fault], [loss for by, loss in losses if by is fault])
    _print_row("together", sum(seen.done.values()), [loss for _, loss in losses])


def _print_row(name: str, times: int, losses: Sequence[Loss]) -> None:
    took_ms = [loss.took_s * 1000 for loss in losses]
    median, worst = (
        (f"{statistics.median(took_ms):.0f} ms", f"{max(took_ms):.0f} ms") if losses else ("", "")
    )
    resumed = sum(loss.resumed for loss in losses)
    print(f"{name:<32}{times:>6}{len(losses):>12}{resumed:>9}{median:>10}{worst:>10}")


def _resumes(seen: Seen, endings: Sequence[Ending]) -> list[str]:
    phones = [one.roamer.phone for one in endings]
    resumed, fresh = sum(each.resumed for each in phones), sum(each.fresh for each in phones)
    without_a_cause = sum(one.fresh_without_a_cause for one in endings)
    flushed = sum(len(flush.sessions) for flush in seen.flushes)
    print(f"resumes                   {resumed}, and {fresh} fresh sessions instead; "
          f"{flushed} were in Redis alone when it was emptied")  # fmt: skip
    missed, again = sum(p.notebook.missed for p in phones), sum(p.notebook.again for p in phones)
    print(f"replayed                  {missed} events that the phones had missed, {again} that "
          "they had")  # fmt: skip
    took_ms = [loss.took_s * 1000 for one in endings for loss in one.roamer.losses]
    if took_ms:
        print(f"time to resume            {statistics.median(took_ms):.0f} ms median, "
              f"{max(took_ms):.0f} ms worst")  # fmt: skip
    if seen.stored_again_s:
        print(f"stored again              {max(seen.stored_again_s):.1f} s after Redis had been "
              "emptied, at the latest")  # fmt: skip
    promises = {
        "nothing was resumed": bool(resumed),
        f"{without_a_cause} sessions were not resumed": not without_a_cause,
        f"not everybody was back in time: {seen.not_recovered}": not seen.not_recovered,
        "Redis was not told again of what it had lost": float("inf") not in seen.stored_again_s,
    }
    return [what for what, is_kept in promises.items() if not is_kept]


def _events(seen: Seen, endings: Sequence[Ending]) -> list[str]:
    roamers = [one.roamer for one in endings]
    spoken = [sentence for one in roamers for sentence in one.spoken]
    typed, by_hand = sum(len(one.typed) for one in roamers), sum(len(o.by_hand) for o in roamers)
    given_up = sum(len(one.phone.given_up) for one in roamers)
    print(f"spoken                    {len(spoken)} sentences, "
          f"{sum(max(0, len(each.said_at) - 1) for each in spoken)} times again")  # fmt: skip
    print(f"typed, by hand            {typed} and {by_hand} products; {given_up} requests given up "
          "with their session")  # fmt: skip
    print(f"Gemini was asked for      {sum(len(one.asked) for one in endings)} products, "
          f"{seen.asked.repeated} times again")  # fmt: skip
    lost = _each(endings, lambda one: [*one.lost, *one.unasked])
    gone = _each(endings, lambda one: one.gone_with_redis)
    doubled = _each(endings, lambda one: one.story.doubled())
    unheard, holes = (
        sum(one.unheard for one in endings),
        sum(o.phone.notebook.holes for o in roamers),
    )
    print(f"lost                      {len(lost)} {lost[:_SHOWN]}")
    print(f"lost with Redis           {len(gone)} that nobody else held {gone[:_SHOWN]}")
    print(f"doubled                   {len(doubled)} {doubled[:_SHOWN]}")
    for one in endings:
        for item in one.story.doubled()[:_SHOWN]:
            print(f"  {one.roamer.user}: {item} {_history(one.roamer, item)}")
    print(f"never heard               {unheard} sentences; numbers passed over: {holes}")
    promises = {
        "nothing was asked for": any(one.asked for one in endings),
        f"{len(lost)} products are lost": not lost,
        f"{len(doubled)} products are doubled": not doubled,
        f"{unheard} sentences were not heard": not unheard,
        f"{holes} numbers were passed over": not holes,
    }
    return [what for what, is_kept in promises.items() if not is_kept]


def _history(roamer: Roamer, item: Item) -> str:
    """Return when an item was said, and when it came."""
    said = [_clock(at) for each in roamer.spoken if item in each.items for at in each.said_at]
    came = [
        _clock(at)
        for at, event in roamer.phone.notebook.events
        if event["type"] == "product_detected" and item_of(event["product"]) == item
    ]
    return f"said at {', '.join(said) or 'no time'}; came at {', '.join(came)}"


def _clock(at: float) -> str:
    return f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at % 1 * 1000):03}"


def _lists(endings: Sequence[Ending]) -> list[str]:
    unequal = _each(endings, Ending.differences)
    equal = len(endings) - len({number for number, _ in unequal})
    print(f"lists                     {equal} of {len(endings)} equal: the phone's, the other "
          "instance's, and what was asked for")  # fmt: skip
    for number, difference in unequal[:_SHOWN]:
        print(f"  shopper {number}: {difference}")
    return ["lists are unequal"] if unequal else []


def _service(seen: Seen, endings: Sequence[Ending]) -> list[str]:
    codes = Counter(
        str(loss.code or "none") for one in endings for loss in one.roamer.losses if not loss.cut
    )
    away = sum((one.roamer.turned_away for one in endings), Counter[str]())
    errors = Counter(
        str(error.get("code")) for one in endings for error in one.roamer.phone.errors()
    )
    print(f"closed by the service     {_counted(codes) or 'none'}; attempts that failed: "
          f"{_counted(away) or 'none'}; errors: {_counted(errors) or 'none'}")  # fmt: skip
    if seen.drains_s:
        exits = Counter(map(str, seen.exit_codes.elements()))
        print(f"SIGTERM                   exit codes {_counted(exits)}, after "
              f"{max(seen.drains_s):.1f} s at the latest")  # fmt: skip
    replaced = codes[str(_REPLACED)]
    troubled = [one.roamer for one in endings if one.roamer.trouble]
    for roamer in troubled[:_SHOWN]:
        print(f"  shopper {roamer.number}: {roamer.trouble}")
    promises = {
        f"{len(troubled)} shoppers were in trouble": not troubled,
        f"{replaced} phones were told that another took over": not replaced,
        "an instance did not end well": not set(seen.exit_codes) - {0},
    }
    return [what for what, is_kept in promises.items() if not is_kept]


def _each(
    endings: Sequence[Ending], found: Callable[[Ending], Sequence[_Found]]
) -> list[tuple[int, _Found]]:
    return [(ending.roamer.number, each) for ending in endings for each in found(ending)]


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{text} ({count})" for text, count in counts.most_common(_SHOWN))
