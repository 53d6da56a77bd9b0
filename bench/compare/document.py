"""Puts what was measured into docs/performance.md, between two comments each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.compare.plan import Plan
from bench.compare.plots import costs, delays, memory
from bench.compare.results import Results
from bench.compare.table import markdown
from bench.compare.targets import targets

END: Final = "<!-- to here -->"
_PLOTS: Final = (
    ("cpu", "CPU a chunk"),
    ("memory", "Memory a session"),
    ("delay", "Delay by sessions"),
)


def begin(who: str) -> str:
    """Return the comment that begins what somebody writes."""
    return f"<!-- `{who}` writes from here -->"


BEGIN: Final = begin("make bench")


def between(page: str, text: str, *, begin: str = BEGIN) -> str:
    """Return a page with `text` between the comment `begin` and the next `END`.

    Raises:
        ValueError: it has no such comments.
    """
    before, found, rest = page.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise ValueError(f"there is no {begin!r} and {END!r} in it")
    return f"{before}{begin}\n\n{text}\n\n{END}{after}"


def section(results: Results, plan: Plan) -> str:
    """Return what stands between them."""
    machine = results.machine
    made = (
        f"Measured on {results.made[:10]} by a {results.size} run of {results.took_s / 60:.0f} "
        f"minutes: {machine['cores']} cores, CPython {machine['python']}, {machine['system']}."
    )
    met = "\n".join(f"* {target}" for target in targets(results, plan.loads[0]))
    plots = "\n\n".join(f"![{about}](performance-{name}.svg)" for name, about in _PLOTS)
    return "\n\n".join([made, markdown(results, plan.loads), met, plots])


def written_into(page: Path, results: Results, plan: Plan) -> None:
    """Write the table into a page, and the plots beside it."""
    page.write_text(between(page.read_text(), section(results, plan)))
    drawn = {
        "cpu": costs(results, plan.loads),
        "memory": memory(results),
        "delay": delays(results),
    }
    for name, _ in _PLOTS:
        (page.parent / f"performance-{name}.svg").write_text(drawn[name])
