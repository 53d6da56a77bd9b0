"""All cases, by what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bench.hostile.case import Case
from bench.hostile.cases import (
    admins,
    bombs,
    frames,
    handshakes,
    headers,
    limits,
    messages,
    resumes,
    slow,
    smuggling,
    tickets,
    tokens,
)

CASES: Final[Mapping[str, Sequence[Case]]] = {
    "tokens": tokens.CASES,
    "tickets and replay": tickets.CASES,
    "admin": admins.CASES,
    "headers": headers.CASES,
    "smuggling": smuggling.CASES,
    "handshakes": handshakes.CASES,
    "frames": frames.CASES,
    "messages": messages.CASES,
    "bombs": bombs.CASES,
    "resume": resumes.CASES,
    "slow": slow.CASES,
    "limits": limits.CASES,
}
ALONE: Final[Mapping[str, Sequence[Case]]] = {"limits, alone": limits.ALONE}
"""Those that keep others from being tried."""
