"""docs/faults.md: how the table was made, the table, the timings, and where each fault was seen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from bench.faults.environments import USUAL
from bench.faults.outcome import FAULT
from bench.faults.run import LANES
from bench.faults.table import Row, table
from bench.faults.timings import Timings

_MADE: Final = (
    "Written by `make faults`. The whole gateway and the [emulator](emulator.md) run as processes "
    "of their own and speak TLS to each other over real sockets; a phone of protocol v1 streams "
    "sound all the time, at speaking pace. Before, during and after each fault sentences of "
    "`samples/` are spoken into it, which the emulator's ears have to hear, or taken as typed. "
    "{scenarios} scenarios, {runs} runs of each, {lanes} phones at once on {cores} cores. "
    "`{fault}` is the moment of the fault. “Speech lost” is first what the client was told, then "
    "what was measured: the emulator tells length and SHA-256 of what each link received, which "
    "shows where in the phone's stream it lay, and what no link received is lost; where a loss is "
    "promised to be told, the second figure adds what a lost link received and had not understood "
    "and no other one received (`*`: the length of the sentences of which a product did not come, "
    "because long silences are not sent again and so what a link received is no whole stretch; "
    "`-`: nobody was there to hear it, and the client knew). “Listening again” is from the fault "
    "to the status: it includes the outage, and the timeout of what only a timeout notices. A "
    "verdict is `kept` when every run did what is promised below, exactly."
)


def document(rows: Sequence[Row], timings: Timings | None, *, runs: int) -> str:
    """Return the whole page."""
    made = _MADE.format(
        scenarios=len(rows), runs=runs, lanes=LANES, cores=os.cpu_count(), fault=FAULT
    )
    parts = ["# What a Gemini link may suffer", made, table(rows)]
    if timings is not None:
        parts += ["## How soon, and how unnoticed", "\n".join(timings.lines())]
    parts += ["## The scenarios", "\n".join(map(_described, rows))]
    return "\n\n".join(parts) + "\n"


def _described(row: Row) -> str:
    one = row.scenario
    settings = "" if one.environment == USUAL else f" ({_settings(row)})"
    return (
        f"* **{one.name}**{settings}: {one.happens} Seen: {one.source}. "
        f"Promised: {one.promised[0].lower()}{one.promised[1:]}"
    )


def _settings(row: Row) -> str:
    chosen = row.scenario.environment
    return ", ".join((*(f"`{name}={value}`" for name, value in chosen.gateway), *chosen.emulator))
