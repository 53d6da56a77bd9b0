"""What all connections of one emulator share: how it hears, thinks, speaks, and is to behave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.ears import Ears
from emulator.hearing import Segmenter
from emulator.ports import Mind, Voice
from emulator.resumption import HandleStore
from emulator.script import Script
from emulator.setup import ActivityDetection
from emulator.turn_engine import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the command line can change about the service."""

    refused_keys: frozenset[str] = frozenset()
    setup_delay_s: float = 0.0
    go_away_after_s: float | None = None
    """Age at which a connection is told to go; `None`: never."""
    notice_s: float = 50.0
    """How long before the end that is."""
    pretty: bool = True
    binary: bool = True
    half_open_lasts_s: float = 20.0
    """How long a half-open connection is kept."""
    any_path: bool = False
    """Whether upgrades on unknown paths are taken for Vertex AI's, as behind a custom base URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faculties:
    """One emulator's abilities."""

    mind: Mind
    voice: Voice
    ears: Ears | None
    """`None`: audio is counted and hashed, not listened to."""
    segmenter: Callable[[ActivityDetection], Segmenter]
    handles: HandleStore
    pace: Pace
    script: Script
    behaviour: Behaviour
