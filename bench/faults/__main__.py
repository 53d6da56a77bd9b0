"""The fault table: every scenario, several times, and what came of it.

python -m bench.faults [--runs 3] [--only NAME …] [--list] [--no-timings] [--write FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.faults.catalogue import SCENARIOS, chosen
from bench.faults.document import document
from bench.faults.run import LANES, run_all
from bench.faults.table import table
from bench.faults.timings import Timings, measure


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return 1 when a scenario breaks its promise."""
    parser = argparse.ArgumentParser(prog="bench.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--no-timings", action="store_true", help="leave the two timings out")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page about it too")
    parser.add_argument("--lanes", type=int, default=LANES)
    given = parser.parse_args(arguments)
    if given.list:
        for scenario in SCENARIOS:
            print(f"{scenario.name:<32} {scenario.happens}")
        return 0
    try:
        scenarios = chosen(given.only)
    except ValueError as exc:
        parser.error(str(exc))
    rows = asyncio.run(run_all(scenarios, runs=given.runs, lanes=given.lanes, progress=_progress))
    print(table(rows), flush=True)
    timed = not (given.no_timings or given.only)
    timings = asyncio.run(_timings()) if timed else None
    if timings is not None:
        print("\n".join(["", *timings.lines(), *timings.broken]))
    if given.write is not None:
        given.write.write_text(document(rows, timings, runs=given.runs))
    timings_kept = not timed or (timings is not None and not timings.broken)
    return int(any(row.broken for row in rows) or not timings_kept)


async def _timings() -> Timings | None:
    """Measure them; without them the table is still worth having."""
    try:
        return await measure()
    except (OSError, RuntimeError, TimeoutError) as exc:
        print(f"the timings could not be measured: {exc}")
        return None


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
