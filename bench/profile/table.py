"""Shows where the time goes: a line for each part, a column for each contestant. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.compare.window import middle
from bench.profile.parts import PARTS, PYTHON, scaled
from bench.profile.stages import STAGES

_GROUPS: Final = (
    ("write", ("write", "writev", "sendto", "sendmsg")),
    ("read", ("read", "readv", "recvfrom", "recvmsg")),
    ("epoll", ("epoll_pwait", "epoll_wait", "epoll_pwait2", "epoll_ctl")),
)
_LEAST: Final = 0.05
"""µs; a part that takes less in every column has no line."""


@dataclass(slots=True)
class Profile:
    """What was seen of one contestant.

    Attributes:
        title: its name for people.
        cpu_us: µs of CPU a chunk, of each stretch in which nobody looked.
        parts: samples by part.
        stages: samples of Python's part by stage; empty where there is no Python.
        calls: system calls by name.
        calls_chunks: chunks meanwhile.
    """

    title: str
    cpu_us: list[float] = field(default_factory=list)
    parts: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    calls: Mapping[str, int] = field(default_factory=dict)
    calls_chunks: int = 0

    @property
    def whole(self) -> float:
        """µs of CPU a chunk."""
        return middle(self.cpu_us)

    def us_of_parts(self) -> dict[str, float]:
        """Return µs a chunk by part."""
        return scaled(self.parts, self.whole)

    def us_of_stages(self) -> dict[str, float]:
        """Return µs a chunk of Python's part by stage."""
        return scaled(self.stages, self.us_of_parts().get(PYTHON, 0.0))

    def calls_a_chunk(self) -> dict[str, float]:
        """Return system calls a chunk, by group."""
        left = dict(self.calls)
        chunks = max(1, self.calls_chunks)
        found = {name: sum(left.pop(call, 0) for call in group) / chunks for name, group in _GROUPS}
        return found | {"others": sum(left.values()) / chunks}


def lines(profiles: Sequence[Profile]) -> list[list[str]]:
    """Return the table's cells, the header first."""
    rows = [["µs of CPU a chunk", *(profile.title for profile in profiles)]]
    rows += _rows(PARTS, [each.us_of_parts() for each in profiles], profiles)
    rows.append(["**together**", *(f"**{each.whole:.1f}**" for each in profiles)])
    groups = [each.calls_a_chunk() for each in profiles]
    for name in groups[0] if groups else ():
        rows.append([f"system calls a chunk: {name}", *(f"{each[name]:.2f}" for each in groups)])
    return rows


def markdown(profiles: Sequence[Profile]) -> str:
    """Return the table for a document."""
    header, *rest = lines(profiles)
    ruled = [header, ["---", *["---:"] * (len(header) - 1)], *rest]
    return "\n".join("| " + " | ".join(line) + " |" for line in ruled)


def section(made: str, machine: str, load: str, profiles: Sequence[Profile]) -> str:
    """Return what stands in the document.

    Args:
        made: the day.
        machine: what it ran on.
        load: how many phones spoke in which chunks.
        profiles: what was seen.
    """
    return f"Measured on {made}, {load}: {machine}.\n\n{markdown(profiles)}"


def _rows(
    names: Sequence[str], columns: Sequence[Mapping[str, float]], profiles: Sequence[Profile]
) -> Iterator[list[str]]:
    for name in names:
        cells = [column.get(name, 0.0) for column in columns]
        if max(cells, default=0.0) >= _LEAST:
            yield [name, *(f"{cell:.1f}" if cell else "" for cell in cells)]
        if name == PYTHON and any(profile.stages for profile in profiles):
            inner = [profile.us_of_stages() for profile in profiles]
            yield from ([f"· {first}", *rest] for first, *rest in _rows(STAGES, inner, ()))
