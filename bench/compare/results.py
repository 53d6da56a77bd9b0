"""What a comparison found: plain data, kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.compare.window import Window


@dataclass(slots=True)
class Row:
    """One contestant's results.

    Attributes:
        key: its name in results.
        title: its name for people.
        start_s: from its start to the first answer.
        ready_s: from its start to its taking sessions.
        idle: the share of its core that it uses when nobody speaks.
        base_kib: memory of its process with a handful of sessions.
        phones: how many were connected for the memory figures.
        idle_kib: memory for each session that is open and silent.
        speaking_kib: the same after they have spoken.
        windows: all that was measured, by what it was for.
        limits: what was measured in the search for the next.
        saturated_at: how many sessions a core holds with p99 of delay below the limit.
        saturated_by: what limited it: the contestant, or the load generator.
    """

    key: str
    title: str
    start_s: float = 0.0
    ready_s: float = 0.0
    idle: float = 0.0
    base_kib: float = 0.0
    phones: int = 0
    idle_kib: float = 0.0
    speaking_kib: float = 0.0
    windows: dict[str, list[Window]] = field(default_factory=dict)
    limits: list[Window] = field(default_factory=list)
    saturated_at: int = 0
    saturated_by: str = ""

    def add(self, purpose: str, window: Window) -> None:
        """Keep what was measured."""
        self.windows.setdefault(purpose, []).append(window)

    def of(self, purpose: str) -> Sequence[Window]:
        """Return what was measured for a purpose."""
        return self.windows.get(purpose, ())

    @property
    def faults(self) -> list[str]:
        """What did not arrive as it was sent, outside the search for its limit."""
        found = [each for purpose in self.windows.values() for each in purpose]
        counts = {
            "chunks lost": sum(each.lost for each in found),
            "chunks spoilt": sum(each.spoilt for each in found),
            "products missing": sum(each.missing for each in found),
        }
        said = [f"{count} {what}" for what, count in counts.items() if count]
        return said + sorted({failure for each in found for failure in each.failures})


@dataclass(slots=True)
class Results:
    """All of them.

    Attributes:
        made: when, in ISO 8601.
        size: ``quick`` or ``full``.
        machine: what it ran on.
        rows: the contestants'.
        bare_start_s: how long a bare Starlette app took to its first answer, each time.
        start_s: how long the gateway took, each time.
        ready_s: how long it took until it was ready for sessions, each time.
        took_s: how long the comparison took.
    """

    made: str
    size: str
    machine: Mapping[str, Any]
    rows: list[Row]
    bare_start_s: list[float] = field(default_factory=list)
    start_s: list[float] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    took_s: float = 0.0

    def write(self, folder: Path) -> Path:
        """Write them as JSON, and return where to."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.made[:10]}-{self.size}.json"
        file.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")
        return file


def read(file: Path) -> Results:
    """Return what was written."""
    found = json.loads(file.read_text())
    rows = [
        Row(
            **{
                **row,
                "windows": {
                    purpose: [Window(**each) for each in windows]
                    for purpose, windows in row["windows"].items()
                },
                "limits": [Window(**each) for each in row["limits"]],
            }
        )
        for row in found["rows"]
    ]
    return Results(**{**found, "rows": rows})


def newest(folder: Path) -> Path | None:
    """Return the newest results of a full run, or of a quick one where there is none, if any."""
    files = folder.glob("*.json")
    return max(files, key=lambda file: (file.stem.endswith("-full"), file.name), default=None)
