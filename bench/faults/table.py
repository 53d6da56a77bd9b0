"""The fault table as Markdown, one row for all runs of a scenario. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.faults.outcome import Outcome, broken, compressed
from bench.faults.scenario import Scenario

HEADER: Final = (
    "| scenario | what the client was told | products expected / received / doubled / lost "
    "| speech lost, ms: told / measured | listening again, ms: median / worst "
    "| restarts | verdict |\n|---|---|---|---|---|---|---|"
)
_LONGEST_ERROR: Final = 42


@dataclass(slots=True)
class Row:
    """A scenario and its runs."""

    scenario: Scenario
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """What runs did that they must not, each once, with how many runs did it."""
        counted = Counter(
            problem
            for outcome in self.outcomes
            for problem in dict.fromkeys(self._broken_in(outcome))
        )
        runs = len(self.outcomes)
        return [
            text if times == runs else f"{text} ({times} of {runs} runs)"
            for text, times in counted.items()
        ]

    def _broken_in(self, outcome: Outcome) -> list[str]:
        return broken(self.scenario.promise, outcome)

    def markdown(self) -> str:
        """Return the row."""
        cells = (
            self.scenario.name,
            self._told(),
            self._products(),
            self._speech(),
            self._back(),
            self._restarts(),
            "kept" if not self.broken else f"**broken**: {'; '.join(self.broken)}",
        )
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    def _told(self) -> str:
        ways = Counter(compressed([_short(one) for one in each.told]) for each in self.outcomes)
        if len(ways) == 1:
            return next(iter(ways))
        return "; ".join(f"{way} ({times} runs)" for way, times in ways.most_common())

    def _products(self) -> str:
        counts = (
            sum(len(each.expected) for each in self.outcomes),
            sum(len(each.received) for each in self.outcomes),
            sum(len(each.doubled) + len(each.unexpected) for each in self.outcomes),
            sum(len(each.missing) for each in self.outcomes),
        )
        return " / ".join(str(count) for count in counts)

    def _speech(self) -> str:
        if self.scenario.promise.speech == "unheard":
            return "-"
        told = max(each.lost_told_ms for each in self.outcomes)
        measured = [each.lost_measured_ms for each in self.outcomes]
        known = [one for one in measured if one is not None]
        shown = f"{max(known):.0f}" if len(known) == len(measured) else "?"
        shown += "*" if any(each.by_sentences for each in self.outcomes) else ""
        most = [each.lost_at_most_ms for each in self.outcomes if each.lost_at_most_ms is not None]
        between = self.scenario.promise.speech == "told" and known and most
        return f"{told} / {shown} to {max(most):.0f}" if between else f"{told} / {shown}"

    def _back(self) -> str:
        if self.scenario.promise.speech == "unheard":
            return "-"
        return span([back for outcome in self.outcomes for back in outcome.backs_ms])

    def _restarts(self) -> str:
        spent = [each.restarts for each in self.outcomes if each.restarts is not None]
        if not spent:
            return "-"
        return f"{min(spent)}" if min(spent) == max(spent) else f"{min(spent)} to {max(spent)}"


def table(rows: Sequence[Row]) -> str:
    """Return the whole table."""
    return "\n".join((HEADER, *(row.markdown() for row in rows)))


def span(times_ms: Sequence[float]) -> str:
    """Return median and worst, or that nobody was kept waiting."""
    if not times_ms:
        return "not noticed"
    return f"{statistics.median(times_ms):.0f} / {max(times_ms):.0f}"


def _short(entry: str) -> str:
    """Return an entry as it fits a table: the beginning of an error's text, in quotation marks."""
    if not entry.startswith("error: "):
        return entry
    text = entry.removeprefix("error: ")
    return f"“{text if len(text) <= _LONGEST_ERROR else text[:_LONGEST_ERROR] + '…'}”"
