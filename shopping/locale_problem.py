"""Where something stands in a locale's data file, and what is wrong with it."""

from __future__ import annotations

from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys, and numbers of elements from 0: ``("products", "Dairy", "milk", "forms", 2)``."""
Problem: TypeAlias = tuple[Path, str]


def shown(path: Path) -> str:
    """Return a path as errors show it: ``measures[0].kg``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")
