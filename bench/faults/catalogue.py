"""All scenarios, in the order of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.faults import (
    calls,
    endings,
    fresh,
    handles,
    messages,
    outages,
    refusals,
    rotation,
    setups,
    stalls,
)
from bench.faults.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = (
    *endings.SCENARIOS,
    *fresh.SCENARIOS,
    *refusals.SCENARIOS,
    *handles.SCENARIOS,
    *setups.SCENARIOS,
    *rotation.SCENARIOS,
    *calls.SCENARIOS,
    *messages.SCENARIOS,
    *stalls.SCENARIOS,
    *outages.SCENARIOS,
)


def chosen(names: Sequence[str]) -> tuple[Scenario, ...]:
    """Return the scenarios of those names, all if there are none.

    Raises:
        ValueError: a name that no scenario has.
    """
    known = {scenario.name: scenario for scenario in SCENARIOS}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"no such scenario: {', '.join(unknown)}")
    return tuple(known[name] for name in names) or SCENARIOS
