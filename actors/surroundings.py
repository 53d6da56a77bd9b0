"""What all sessions of a process have in common: the ports, the policy, and what counts."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from actors.budget import Price
from actors.policy import SessionPolicy
from actors.ports import (
    FOR_GOOD,
    GeminiConnector,
    Observer,
    SessionStore,
    Spending,
    SpendingNowhere,
    Tenure,
)
from actors.tally import Tally

_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all sessions of a process have in common.

    Attributes:
        connector: opens Gemini links.
        store: keeps sessions between connections.
        observer: is told what happens.
        policy: bounds and timeouts.
        wall_clock: returns Unix seconds, for times shown to people only.
        jitter: returns a number from 0 to 1 that spreads restarts over time.
        new_token: returns a resume token that nobody can guess.
        tenure: returns how long this process may serve a session that begins now.
        tally: counts what happens.
        debug: each session writes a line for each of its events.
        spending: counts what is spent.
        price: what the model costs, if that is known.
        refused: is told the cause of each refusal.
    """

    connector: GeminiConnector
    store: SessionStore
    observer: Observer
    policy: SessionPolicy
    wall_clock: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random
    new_token: Callable[[], str] = lambda: secrets.token_urlsafe(_TOKEN_BYTES)
    tenure: Callable[[], Tenure] = lambda: FOR_GOOD
    tally: Tally = field(default_factory=Tally)
    debug: bool = False
    spending: Spending = field(default_factory=SpendingNowhere)
    price: Price | None = None
    refused: Callable[[str], None] = lambda _: None
