"""A scenario: what happens to a link, where it was seen to happen, and what must come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.faults.environments import USUAL
from bench.faults.outcome import Promise
from bench.faults.pair import Environment
from bench.faults.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One fault.

    Attributes:
        name: by which it is chosen, lower case with hyphens.
        happens: what is done to the link, as a sentence.
        source: where that was seen.
        promise: what must be true of every run.
        script: what the phone does and what is done to the emulator.
        promised: the promise as a sentence.
        environment: how gateway and emulator are started.
        quick: it is also run by the tests.
        slow: takes more than half a minute.
    """

    name: str
    happens: str
    source: str
    promised: str
    promise: Promise
    script: Callable[[Stage], Awaitable[None]]
    environment: Environment = field(default=USUAL)
    quick: bool = False
    slow: bool = False
