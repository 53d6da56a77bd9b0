"""Our gateway, what people would otherwise run, and a plain tunnel: measured side by side.

python -m bench.compare [--quick] [--only NAME …] [--write FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import capacity
from bench.compare.contestants import CONTESTANTS
from bench.compare.document import written_into
from bench.compare.plan import FULL, QUICK, Plan
from bench.compare.results import Results, newest, read
from bench.compare.run import OURS, compare, steps
from bench.compare.table import lines
from bench.compare.targets import targets
from bench.processes import folder_for_logs, stoppable
from bench.service import ROOT

_RESULTS = ROOT / "bench" / "results"
_WIDTH = 160
"""Where the output is no terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return 1 when the gateway did not relay everything."""
    parser = argparse.ArgumentParser(prog="bench.compare", description=__doc__)
    keys = [each.key for each in CONTESTANTS]
    parser.add_argument("--quick", action="store_true", help="in less than three minutes")
    parser.add_argument("--only", nargs="+", default=[], choices=keys, metavar="NAME")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table in there too")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep what the processes log")
    given = parser.parse_args(arguments)
    plan = QUICK if given.quick else FULL
    with stoppable(), folder_for_logs(given.folder) as folder:
        results = _compare(plan, folder, given.only or keys)
    _show(results, plan)
    written = results.write(_RESULTS)
    print(f"written to {written.relative_to(ROOT)}, after {results.took_s:.0f} s")
    if given.write is not None:
        written_into(given.write, results, plan)
        capacity.written_into(given.write, read(newest(_RESULTS) or written))
    return int(any(row.faults for row in results.rows if row.key in OURS))


def _compare(plan: Plan, folder: Path, keys: Sequence[str]) -> Results:
    columns = (
        *(BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn()),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=steps(plan, len(keys)))

        def progress(what: str) -> None:
            bar.update(task, advance=1, description=what)

        results = compare(plan, folder, progress, only=keys)
        bar.update(task, completed=steps(plan, len(keys)), description="")
    return results


def _show(results: Results, plan: Plan) -> None:
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    header, *rest = lines(results, plan.loads)
    table = Table(*header)
    for cells in rest:
        table.add_row(*(cell.strip("*") for cell in cells))
    console.print(table)
    for target in targets(results, plan.loads[0]):
        print(target)


if __name__ == "__main__":
    sys.exit(main())
