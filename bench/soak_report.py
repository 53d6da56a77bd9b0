"""What a soak has shown, and whether a session came to cost more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.compare.window import Window, middle, middle_of
from bench.vitals import medians_of_thirds

FLAT: Final = 0.05
"""How much more the last third of the time may take than the middle one."""
_MORE: Final = 1.05
"""How much more a session may take among many, or with a long list."""


@dataclass(frozen=True, slots=True)
class Age:
    """What the sessions cost at some age."""

    at_s: float
    cpu_us_per_chunk: float
    rss_mib: float


@dataclass(slots=True)
class Soak:
    """What was seen.

    Attributes:
        sessions: how many spoke all the time.
        ages: what they cost, over time.
        tasks: the gateway's before they came and after they went.
        links: how often a link was replaced meanwhile.
        calls: how often the upstream called for a product.
        missing: products that did not come.
        failures: what happened to phones.
        few: windows of few sessions.
        many: windows of many.
        short: windows of sessions with a short list.
        long: windows of sessions with a long one.
    """

    sessions: int
    ages: Sequence[Age]
    tasks: tuple[int, int]
    links: int
    calls: int
    missing: int
    failures: Sequence[str] = ()
    few: list[Window] = field(default_factory=list)
    many: list[Window] = field(default_factory=list)
    short: list[Window] = field(default_factory=list)
    long: list[Window] = field(default_factory=list)


def report(soak: Soak) -> int:
    """Print it; return 1 when something grew."""
    cpu = medians_of_thirds([age.cpu_us_per_chunk for age in soak.ages])
    rss = medians_of_thirds([age.rss_mib for age in soak.ages])
    lasted = soak.ages[-1].at_s if soak.ages else 0.0
    print(f"sessions                  {soak.sessions}, for {lasted:.0f} s; thirds of that time:")
    print(f"CPU a chunk, µs           {_thirds(cpu)}")
    print(f"memory, MiB               {_thirds(rss)}")
    print(f"links replaced            {soak.links}")
    print(f"products                  {soak.calls} called for, {soak.missing} missing")
    print(f"tasks                     {soak.tasks[0]} before, {soak.tasks[1]} after")
    for name, (fewer, more) in _pairs(soak).items():
        costs = _cost(fewer), _cost(more)
        print(
            f"{name:<25} {costs[0]:.2f} and {costs[1]:.2f} ms of CPU a session-second, "
            f"ratio {costs[1] / costs[0]:.2f}"
        )
        delays = [middle_of("call_ms", "p50", windows) for windows in (fewer, more)]
        print(f"{'':<25} {delays[0]:.1f} and {delays[1]:.1f} ms from the call to the phone, median")
    broken = broken_promises(soak)
    print(f"broken promises           {'; '.join(broken) or 'none'}")
    return int(bool(broken))


def broken_promises(soak: Soak) -> list[str]:
    """Return what should not be."""
    found = []
    for name, values in (
        ("CPU", [age.cpu_us_per_chunk for age in soak.ages]),
        ("memory", [age.rss_mib for age in soak.ages]),
    ):
        thirds = medians_of_thirds(values)
        if not thirds or thirds[2] > thirds[1] * (1 + FLAT):
            found.append(f"{name} grew with the sessions' age")
    for name, (fewer, more) in _pairs(soak).items():
        if not _cost(more) <= _cost(fewer) * _MORE:
            found.append(f"a session costs more: {name}")
    windows = [*soak.few, *soak.many, *soak.short, *soak.long]
    if soak.missing or any(each.missing for each in windows):
        found.append("products are missing")
    if soak.failures or any(each.failures for each in windows):
        found.append("phones failed")
    if soak.tasks[1] > soak.tasks[0]:
        found.append("tasks were left")
    return found


def _pairs(soak: Soak) -> dict[str, tuple[Sequence[Window], Sequence[Window]]]:
    few, many = (windows[0].phones if windows else 0 for windows in (soak.few, soak.many))
    return {
        f"{few} and {many} sessions": (soak.few, soak.many),
        "10 and 400 items": (soak.short, soak.long),
    }


def _cost(windows: Sequence[Window]) -> float:
    return middle([each.cpu_ms_per_session_second for each in windows])


def _thirds(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in values) or "not measured"
