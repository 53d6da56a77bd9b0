"""What Redis says that it was asked, parsed; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SENT: Final = frozenset(
    {
        *("evalsha", "eval", "fcall", "script|load", "publish", "spublish"),
        *("subscribe", "unsubscribe", "ssubscribe", "ping", "multi", "exec"),
        *("hello", "auth", "select", "client|setinfo"),
    }
)
"""Commands that instances send; all others are carried out within their scripts."""


_NOW_AND_THEN: Final = 2


@dataclass(frozen=True, slots=True)
class Work:
    """What Redis did from one look to the next.

    Attributes:
        seconds: between them.
        sent: commands that clients sent.
        inside: commands that their scripts carried out.
    """

    seconds: float
    sent: int
    inside: int

    def beyond(self, alone: Work) -> float:
        """Return the commands that were sent beyond what instances send when alone.

        A look may fall on either side of what they send now and then, so a few are none.
        """
        return max(0.0, self.sent - alone.sent_a_minute * self.seconds / 60 - _NOW_AND_THEN)

    @property
    def sent_a_minute(self) -> float:
        """Commands that clients sent a minute."""
        return 60 * self.sent / self.seconds


def calls_of(commandstats: Mapping[str, str]) -> dict[str, int]:
    """Return how often each command was carried out, as `INFO commandstats` has it."""
    return {
        name.removeprefix("cmdstat_"): int(_fields(told)["calls"])
        for name, told in commandstats.items()
        if name.startswith("cmdstat_")
    }


def work(before: Mapping[str, int], after: Mapping[str, int], seconds: float) -> Work:
    """Return what was done between two looks; what the looks themselves took is left out."""
    done = {name: after[name] - before.get(name, 0) for name in after if name not in _LOOKING}
    sent = sum(count for name, count in done.items() if name in SENT)
    return Work(seconds, sent, sum(done.values()) - sent)


def p99_ms(latencystats: Mapping[str, str], command: str) -> float:
    """Return the p99 of a command within Redis, as `INFO latencystats` has it; 0 without any."""
    told = latencystats.get(f"latency_percentiles_usec_{command}", "p99=0")
    return float(_fields(told)["p99"]) / 1000


_LOOKING: Final = frozenset({"info", "quit", "config|resetstat", "keys", "command"})


def _fields(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.strip().split(",") if "=" in pair)
