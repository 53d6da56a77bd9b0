"""Puts a comparison's table and plots into docs/performance.md, between two comments."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.compare.plan import Plan
from bench.compare.plots import costs, delays
from bench.compare.results import Results
from bench.compare.table import markdown
from bench.compare.targets import targets

BEGIN: Final = "<!-- `make bench` writes from here -->"
END: Final = "<!-- to here -->"


def between(page: str, text: str) -> str:
    """Return a page with `text` between the two comments.

    Raises:
        ValueError: it has no such comments.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no {BEGIN!r} and {END!r} in it")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def section(results: Results, plan: Plan) -> str:
    """Return what stands between them."""
    machine = results.machine
    made = (
        f"Measured on {results.made[:10]} by a {results.size} run of {results.took_s / 60:.0f} "
        f"minutes: {machine['cores']} cores, CPython {machine['python']}, {machine['system']}."
    )
    met = "\n".join(f"* {target}" for target in targets(results, plan.loads[0]))
    plots = "![CPU a chunk](performance-cpu.svg)\n\n![Delay by sessions](performance-delay.svg)"
    return "\n\n".join([made, markdown(results, plan.loads), met, plots])


def written_into(page: Path, results: Results, plan: Plan) -> None:
    """Write the table into a page, and the plots beside it."""
    page.write_text(between(page.read_text(), section(results, plan)))
    (page.parent / "performance-cpu.svg").write_text(costs(results, plan.loads))
    (page.parent / "performance-delay.svg").write_text(delays(results))
