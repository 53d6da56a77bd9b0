"""Reads a Containerfile as far as this project's goes: one instruction a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Containerfile:
    """Its instructions, in order."""

    text: str
    instructions: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Parse the file."""
        text = path.read_text()
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        pairs = (line.partition(" ") for line in lines)
        return cls(text, tuple((name, rest) for name, _, rest in pairs))

    @property
    def commands(self) -> list[str]:
        """What it runs while it is built."""
        return [rest for name, rest in self.instructions if name == "RUN"]

    @property
    def copied(self) -> list[str]:
        """What it takes from the repository."""
        return [
            rest.split()[0]
            for name, rest in self.instructions
            if name == "COPY" and not rest.startswith("--from")
        ]

    @property
    def stages(self) -> list[list[str]]:
        """The instructions of each stage."""
        stages: list[list[str]] = []
        for name, rest in self.instructions:
            if name == "FROM":
                stages.append([])
            if stages:
                stages[-1].append(f"{name} {rest}")
        return stages

    def value(self, name: str) -> str:
        """Return what the only instruction of that name says."""
        (rest,) = [rest for given, rest in self.instructions if given == name]
        return rest
