"""Finds variables that nobody reads because their names are misspelt. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from gateway.settings import variables

_SHORTEST: Final = 6
"""Characters: HOST and PORT are much like what other programs read."""
_ALIKE: Final = 0.83
"""`difflib`'s ratio, 1 for the same name: GEMINI_KEY is so near to GEMINI_API_KEY."""
_OTHERS: Final = "OTEL_"
"""OpenTelemetry reads many that are much like the one that we read."""


def near_misses(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the names that are set and none of ours, each with the one that may be meant."""
    known = [variable.name for variable in variables().values()]
    found = {}
    for name, value in environment.items():
        odd = name not in known and len(name) >= _SHORTEST and not name.startswith(_OTHERS)
        if odd and value.strip():
            for meant in get_close_matches(name.upper(), known, n=1, cutoff=_ALIKE):
                if not name.endswith(f"_{meant}"):  # another program's of that name
                    found[name] = meant
    return found
