"""Our gateway, what people would otherwise run, and a plain tunnel: measured side by side.

python -m bench.compare [--quick] [--only NAME …] [--write FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.compare.contestants import CONTESTANTS
from bench.compare.plan import FULL, QUICK
from bench.compare.run import compare, steps
from bench.compare.table import header_and_rows
from bench.processes import folder_for_logs, stoppable
from bench.service import ROOT

_RESULTS = ROOT / "bench" / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return 1 when a contestant of ours did not relay everything."""
    parser = argparse.ArgumentParser(prog="bench.compare", description=__doc__)
    keys = [each.key for each in CONTESTANTS]
    parser.add_argument("--quick", action="store_true", help="in less than three minutes")
    parser.add_argument("--only", nargs="+", default=[], choices=keys, metavar="NAME")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep what the processes log")
    given = parser.parse_args(arguments)
    plan = QUICK if given.quick else FULL
    console = Console(width=None if sys.stdout.isatty() else 400)
    with (
        stoppable(),
        folder_for_logs(given.folder) as folder,
        Progress(console=Console(stderr=True)) as bar,
    ):
        task = bar.add_task("", total=steps(plan, len(given.only) or len(keys)))

        def progress(what: str) -> None:
            bar.update(task, advance=1, description=what)

        results = compare(plan, folder, progress, only=given.only)
        bar.update(task, completed=steps(plan, len(keys)))
    header, rows = header_and_rows(results, plan.loads)
    table = Table(*header)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    print(f"written to {results.write(_RESULTS)}, after {results.took_s:.0f} s")
    return int(any(row.faults for row in results.rows if row.key.startswith("gateway")))


if __name__ == "__main__":
    sys.exit(main())
