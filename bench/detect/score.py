"""Counts what was told rightly: whole sentences, and each part of what they give. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bench.detect.corpus import SIGNS, Case, Operation

Way: TypeAlias = Literal["typed", "spoken"]
WAYS: Final[tuple[Way, ...]] = ("typed", "spoken")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the phone was told for a sentence.

    Attributes:
        case: the sentence.
        way: how it was put in.
        told: in order.
        trouble: what went wrong besides.
    """

    case: Case
    way: Way
    told: tuple[Operation, ...]
    trouble: str = ""

    @property
    def exact(self) -> bool:
        """Whether that was all it had to be, and nothing else."""
        return Counter(self.told) == Counter(self.case.gives) and not self.trouble


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there should have been, how many there were, and how many of these were right."""

    wanted: int
    got: int
    right: int

    @property
    def precision(self) -> float:
        """The share of what was told that was right; 1 if nothing was told."""
        return self.right / self.got if self.got else 1.0

    @property
    def recall(self) -> float:
        """The share of what should have been told that was; 1 if nothing should."""
        return self.right / self.wanted if self.wanted else 1.0


_Part: TypeAlias = Callable[[Operation], Hashable]
_SAID: Final = {"+": "add", "=": "update", "-": "remove", "~": "take back"}


def tallies(outcomes: Iterable[Outcome]) -> dict[str, Tally]:
    """Return the tally of each part: of each operation, of names, quantities and units.

    A part is right if its sentence should give it: an operation with its product's name, and a
    quantity or a unit likewise.
    """
    counted = list(outcomes)
    parts = {_SAID[sign]: _tally(counted, _named, sign) for sign in SIGNS}
    return parts | {
        "name": _tally(counted, lambda operation: operation.name),
        "quantity": _tally(counted, _with_quantity, "+="),
        "unit": _tally(counted, _with_unit, "+="),
    }


def _named(operation: Operation) -> Hashable:
    return operation.sign, operation.name


def _with_quantity(operation: Operation) -> Hashable:
    return operation.name, operation.quantity


def _with_unit(operation: Operation) -> Hashable:
    return operation.name, operation.unit


def _tally(outcomes: Sequence[Outcome], part: _Part, signs: str = "".join(SIGNS)) -> Tally:
    wanted = got = right = 0
    for outcome in outcomes:
        given = Counter(part(each) for each in outcome.case.gives if each.sign in signs)
        told = Counter(part(each) for each in outcome.told if each.sign in signs)
        wanted += given.total()
        got += told.total()
        right += (given & told).total()
    return Tally(wanted, got, right)
