"""What an outage came to, and which promises it broke. Pure but for printing."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bench.dead_port import most_within
from bench.loglines import error_lines, exception_lines
from bench.recording import Item
from bench.shopper import Said, Shopper

KEPT_MS: Final = 15_000
"""Of speech that the gateway keeps while there is no link: its default."""
BACK_WITHIN_S: Final = 5.0
_SECOND: Final = 0.95
"""Two attempts a second apart may arrive a little closer together."""
_ARRIVING_S: Final = 0.2
"""From the beginning of an attempt to its arrival: it may be on its way when the breaker opens."""
_CHUNKS_MS: Final = 500
"""Of sound that may be on its way when Gemini dies."""
_LONGEST_UNHEARD_MS: Final = 5_000
"""Of speech that Gemini was sent and had not answered: it is repeated, or told as lost too."""
_ANSWERED_S: Final = 3.0
"""A sentence that ended this long before had its answer."""
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What an outage was for one shopper; times are Unix seconds.

    Attributes:
        killed_at: when Gemini died.
        back_at: when it listened to connections again.
        listened_at: when the phone was told `listening` again, `None` if never.
        sent_before_ms: sound that the phone had sent when Gemini died.
        heard_ms: sound that the new Gemini got, whether the old one had heard it or not.
    """

    shopper: Shopper
    killed_at: float
    back_at: float
    listened_at: float | None
    sent_before_ms: float
    heard_ms: float

    @property
    def due_ms(self) -> float:
        """Speech that had to be told as lost: what was said without a link, beyond the bound."""
        if self.listened_at is None:
            return 0.0
        return max(0.0, (self.listened_at - self.killed_at) * 1000 - KEPT_MS)

    @property
    def unheard_ms(self) -> float:
        """Sound of the time since Gemini died that it never got, at least so much."""
        sent_ms = self.shopper.phone.sent_ms if self.shopper.phone else 0.0
        return max(0.0, sent_ms - self.sent_before_ms - self.heard_ms)

    @property
    def told_truly(self) -> bool:
        """Whether what the phone was told is what was lost, as far as can be seen from outside."""
        told = self.shopper.told_lost_ms()
        if not self.due_ms and not self.unheard_ms:
            return told <= _LONGEST_UNHEARD_MS
        least = max(self.due_ms, self.unheard_ms)
        return least - _CHUNKS_MS <= told <= least + _LONGEST_UNHEARD_MS

    def kept(self, said: Said) -> bool:
        """Return whether a sentence must have been heard whole, whatever else was lost."""
        if said.ends_at < self.killed_at - _ANSWERED_S:
            return True
        # `listening` is told a moment after the backlog has begun to go.
        kept_from = float("inf") if self.listened_at is None else self.listened_at
        return said.starts_at >= kept_from - KEPT_MS / 1000 + _CHUNKS_MS / 1000

    def lost(self) -> list[Item]:
        """Return products of sentences that had to be heard, and were not."""
        received = self.shopper.received()
        must = [item for said in self.shopper.said if self.kept(said) for item in said.items]
        return [item for item in must if item not in received]

    def of_later(self) -> list[Item]:
        """Return the products that were asked for when Gemini was back."""
        later = (said for said in self.shopper.said if said.starts_at >= self.back_at)
        return [item for said in later for item in said.items]


def report(
    aftermaths: Sequence[Aftermath],
    *,
    attempts: Sequence[float],
    down_s: float,
    breakers: Sequence[dict[str, Any]],
    log: Sequence[str],
) -> int:
    """Print it; return 1 when a promise was broken."""
    troubled = [one.shopper for one in aftermaths if one.shopper.trouble]
    broken = [
        *_attempts(attempts, down_s, breakers),
        *_back(aftermaths),
        *(["a phone's socket was closed"] if troubled else []),
        *_speech(aftermaths),
        *_products(aftermaths),
        *(["an exception is in the log"] if exception_lines(log) else []),
    ]
    print(f"phones closed             {len(troubled)}")
    for shopper in troubled[:_SHOWN]:
        print(f"  shopper {shopper.number}: {shopper.trouble}; {shopper.errors()[-1:]}")
    print(f"ERROR lines in the log    {len(error_lines(log))}")
    print(f"exceptions in the log     {len(exception_lines(log))}")
    for line in exception_lines(log)[:_SHOWN]:
        print(f"  {line[:400]}")
    print(f"broken promises           {'; '.join(broken) or 'none'}")
    return int(bool(broken))


def _attempts(
    attempts: Sequence[float], down_s: float, breakers: Sequence[dict[str, Any]]
) -> list[str]:
    """Print how often Gemini was tried while it was down; return what is broken."""
    print(f"attempts while down       {len(attempts)} in {down_s:.0f} s")
    print(f"  mean                    {len(attempts) / down_s:.2f} a second")
    print(f"  worst                   {most_within(attempts, _SECOND)} in a second")
    opened = [each for each in breakers if each["state"] == "open"]
    if not opened:
        print("  bound                   not told by /health")
        return ["/health tells no bound of attempts"]
    opened_at = datetime.fromisoformat(opened[0]["opened_at"]).timestamp() + _ARRIVING_S
    burst = sum(at < opened_at for at in attempts)
    worst = most_within([at for at in attempts if at >= opened_at], _SECOND)
    bound, burst_bound = opened[0]["attempts_per_s_bound"], opened[0]["burst_bound"]
    print(f"  before the breaker opened {burst}, of {burst_bound} at most by /health")
    print(f"  worst after that        {worst} in a second, of {bound:g} at most by /health")
    over = worst > max(1.0, bound) or burst > burst_bound
    return ["Gemini was tried more often than the bound allows"] if over else []


def _back(aftermaths: Sequence[Aftermath]) -> list[str]:
    """Print how long it took until phones were listened to again; return what is broken."""
    took = [one.listened_at - one.back_at for one in aftermaths if one.listened_at is not None]
    never = len(aftermaths) - len(took)
    if took:
        median, worst = statistics.median(took), max(took)
        print(f"listening after return    {median:.2f} s median, {worst:.2f} s worst")
    print(f"  never again             {never} of {len(aftermaths)}")
    if never or max(took, default=0.0) > BACK_WITHIN_S:
        return [f"a phone was not listened to within {BACK_WITHIN_S:g} s"]
    return []


def _speech(aftermaths: Sequence[Aftermath]) -> list[str]:
    """Print what was told as lost beside what had to be; return what is broken."""
    for what, ms in (
        ("told as lost", [float(one.shopper.told_lost_ms()) for one in aftermaths]),
        ("due by the 15 s bound", [one.due_ms for one in aftermaths]),
        ("never got by Gemini", [one.unheard_ms for one in aftermaths]),
    ):
        print(
            f"speech {what:<22} {sum(ms) / 1000:.1f} s, of a phone {min(ms):.0f} to "
            f"{statistics.median(ms):.0f} to {max(ms):.0f} ms"
        )
    wrong = [one for one in aftermaths if not one.told_truly]
    for one in wrong[:_SHOWN]:
        told = one.shopper.told_lost_ms()
        print(f"  shopper {one.shopper.number}: {told} told, {one.due_ms:.0f} due, "
              f"{one.unheard_ms:.0f} never got")  # fmt: skip
    return [f"{len(wrong)} phones were told wrongly what was lost"] if wrong else []


def _products(aftermaths: Sequence[Aftermath]) -> list[str]:
    """Print what became of the products; return what is broken."""
    later = [(one.shopper, item) for one in aftermaths for item in one.of_later()]
    came = sum(item in shopper.received() for shopper, item in later)
    lost = [(one.shopper.number, item) for one in aftermaths for item in one.lost()]
    doubled = [(o.shopper.number, item) for o in aftermaths for item in o.shopper.doubled()]
    print(f"products after return     {len(later)} expected, {came} received")
    print(f"lost though within bound  {len(lost)} {lost[:_SHOWN]}")
    print(f"doubled                   {len(doubled)} {doubled[:_SHOWN]}")
    broken = ["products were lost that were kept or said in time"] if lost else []
    return [*broken, *(["products came twice"] if doubled else [])]
