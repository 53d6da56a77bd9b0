"""What one run of a scenario came to, what was promised, and where the two differ. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bench.recording import Item

FAULT: Final = "⚡"
"""Stands among what the client was told for the moment at which a fault began."""
LOSS_TOLERANCE_MS: Final = 100
"""One chunk: it may be on its way when the link breaks, and be counted on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What must be true of a run, beside every product arriving once.

    Attributes:
        told: the statuses and errors, in order, in one of these ways. An error is written as the
            beginning of its message behind ``error: ``; the moment of the fault is left out.
        speech: "kept": none is lost, and none said to be; "told": as much is said to be lost as
            is; "unheard": there was nobody to hear it, and the client knows.
        restarts: the fewest and the most that may be spent.
        back_within_ms: longest time from a fault until listening again.
    """

    told: tuple[tuple[str, ...], ...]
    speech: Literal["kept", "told", "unheard"] = "kept"
    restarts: tuple[int, int] = (0, 0)
    back_within_ms: float = 3_000


@dataclass(slots=True, kw_only=True)
class Outcome:
    """One run.

    Attributes:
        told: statuses, errors and closes as the client got them, with `FAULT` among them.
        expected: what was said, as products.
        received: the products that came.
        lost_told_ms: speech that the client was told is lost.
        lost_measured_ms: what no link received, `None` where that cannot be told; silence among
            it counts only where the client has to be told how much is lost.
        by_sentences: that is the length of the sentences of which a product did not come, because
            what a link received is no whole stretch of the stream: no long silence is sent again.
        lost_at_most_ms: the same, and what a lost link received and had not understood; silence
            among that is no loss, so the truth lies between the two.
        backs_ms: from each fault that the client noticed until it was listening again.
        restarts: spent by the session, `None` when it was closed before one could ask.
        problems: what else is wrong, each with its evidence.
        log: what the gateway logged about it, for whoever looks for the reason.
    """

    told: list[str] = field(default_factory=list)
    expected: list[Item] = field(default_factory=list)
    received: list[Item] = field(default_factory=list)
    lost_told_ms: int = 0
    lost_measured_ms: float | None = None
    by_sentences: bool = False
    lost_at_most_ms: float | None = None
    backs_ms: list[float] = field(default_factory=list)
    restarts: int | None = None
    problems: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[Item]:
        """Products that were said and did not come."""
        return sorted((Counter(self.expected) - Counter(self.received)).elements())

    @property
    def doubled(self) -> list[Item]:
        """Products that came more often than they were said."""
        extra = Counter(self.received) - Counter(self.expected)
        return sorted(item for item in extra.elements() if item in self.expected)

    @property
    def unexpected(self) -> list[Item]:
        """Products that nobody had said."""
        return sorted(item for item in self.received if item not in self.expected)


def broken(promise: Promise, outcome: Outcome) -> list[str]:
    """Return what a run did that it must not, each as a sentence; nothing when all is kept."""
    wrong = list(outcome.problems)
    for what, items in (
        ("lost", outcome.missing),
        ("came twice", outcome.doubled),
        ("came unasked", outcome.unexpected),
    ):
        wrong += [f"{what}: {_named(items)}"] if items else []
    told = tuple(entry for entry in outcome.told if entry != FAULT)
    if not any(_matches(told, way) for way in promise.told):
        wrong.append(f"the client was told: {compressed(outcome.told)}")
    wrong += _wrong_speech(promise, outcome)
    slow = [back for back in outcome.backs_ms if back > promise.back_within_ms]
    wrong += [f"listening again only after {max(slow):.0f} ms"] if slow else []
    fewest, most = promise.restarts
    if outcome.restarts is not None and not fewest <= outcome.restarts <= most:
        wrong.append(f"{outcome.restarts} restarts spent")
    return wrong


def compressed(told: Sequence[str]) -> str:
    """Return statuses and errors in one line, what repeats itself as ``(a, b) x3``."""
    parts: list[str] = []
    at = 0
    while at < len(told):
        length, times = _longest_repeat(told, at)
        block = " ".join(told[at : at + length])
        parts.append(block if times == 1 else f"({block}) x{times}")
        at += length * times
    return " ".join(parts)


def _longest_repeat(told: Sequence[str], at: int) -> tuple[int, int]:
    """Return the block at `at` that saves most when repeated: its length and how often it comes."""
    best = (1, 1)
    for length in range(1, (len(told) - at) // 2 + 1):
        block, times = told[at : at + length], 1
        while told[at + length * times : at + length * (times + 1)] == block:
            times += 1
        if times > 1 and length * (times - 1) > best[0] * (best[1] - 1):
            best = (length, times)
    return best


def _matches(told: Sequence[str], way: Sequence[str]) -> bool:
    return len(told) == len(way) and all(
        entry == wanted or (wanted.startswith("error: ") and entry.startswith(wanted))
        for entry, wanted in zip(told, way, strict=True)
    )


def _wrong_speech(promise: Promise, outcome: Outcome) -> list[str]:
    told, measured = outcome.lost_told_ms, outcome.lost_measured_ms
    if promise.speech == "unheard":
        return []
    if promise.speech == "kept":
        wrong = [f"{told} ms of speech told as lost"] if told else []
        missed = measured is not None and measured > 0
        return [*wrong, f"{measured:.0f} ms of speech not heard"] if missed else wrong
    most = outcome.lost_at_most_ms
    if measured is None or most is None:
        return ["the loss could not be measured"]
    if not measured - LOSS_TOLERANCE_MS <= told <= most + LOSS_TOLERANCE_MS:
        return [f"{told} ms told as lost, {measured:.0f} to {most:.0f} ms measured"]
    return []


def _named(items: Sequence[Item]) -> str:
    return ", ".join(f"{action} {name} {quantity:g}" for action, name, quantity in items)
