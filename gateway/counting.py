"""Counts events on their way into the log, whatever its level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.ports import Fact, Observer
from actors.tally import Tally
from schemas.close_codes import CloseCode

_LABELLED: Final[Mapping[str, tuple[str, ...]]] = {
    "breaker_opened": (),
    "function_called": ("status",),
    "link_left": ("cause",),
    "link_lost": ("verdict", "closed_by"),
    "link_opened": ("resumed",),
    "link_stalled": ("understood",),
    "session_connected": (),
    "session_ended": ("code",),
}
"""Events that are counted by some of their facts; all are counted by name and severity."""
_CODES: Final = frozenset({*map(int, CloseCode), *range(1000, 1016)})
"""Close codes that are told apart: a phone may send any, and each would be a metric of its own."""
_AMOUNTS: Final[Mapping[str, str]] = {"speech_lost": "ms"}
"""Events of which a fact is added up."""


class CountingObserver:
    """Satisfies `actors.ports.Observer`: counts, then tells another one."""

    def __init__(self, observer: Observer, tally: Tally) -> None:
        self._observer = observer
        self._counts = tally.counts

    def rename(self, session_id: str) -> None:
        """Hand on the name."""
        self._observer.rename(session_id)

    def debug(self, event: str, /, **facts: Fact) -> None:
        """Hand on what somebody has asked to see."""
        self._count(event, "DEBUG", facts)
        self._observer.debug(event, **facts)

    def note(self, event: str, /, **facts: Fact) -> None:
        """Something an operator may want to see."""
        self._count(event, "INFO", facts)
        self._observer.note(event, **facts)

    def warn(self, event: str, /, **facts: Fact) -> None:
        """Something went wrong that is survived."""
        self._count(event, "WARNING", facts)
        self._observer.warn(event, **facts)

    def count(self, event: str, trouble: bool, /, **facts: Fact) -> None:  # noqa: FBT001 - the port's
        """Something that is counted, and has no line."""
        self._count(event, "WARNING" if trouble else "INFO", facts)

    def fail(self, event: str, error: BaseException, /, **facts: Fact) -> None:
        """A bug of ours."""
        self._count(event, "ERROR", facts)
        self._observer.fail(event, error, **facts)

    def _count(self, event: str, severity: str, facts: Mapping[str, Fact]) -> None:
        self._counts["events", event, severity] += 1
        labels = _LABELLED.get(event)
        if labels is not None:
            self._counts[event, *(_label(label, facts.get(label)) for label in labels)] += 1
        elif event in _AMOUNTS:
            self._counts[event,] += int(facts[_AMOUNTS[event]] or 0)


def _label(name: str, fact: Fact) -> str:
    return "other" if name == "code" and fact not in _CODES else str(fact).lower()
