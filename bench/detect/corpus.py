"""Reads the sentences of `tests/detection/*.toml`, and the notation of what they must give."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from bench.service import ROOT

LANGUAGES: Final = ("pl", "en")
FOLDER: Final = ROOT / "tests" / "detection"
Sign: TypeAlias = Literal["+", "=", "-", "~"]
SIGNS: Final[tuple[Sign, ...]] = get_args(Sign)
KINDS: Final = (
    "plain", "amount", "several", "repair", "correction", "change", "again", "removal", "undo",
    "nothing",
)  # fmt: skip
ORDINARY: Final = frozenset({"plain", "amount", "again", "removal"})
"""Kinds that neither name no purchase, nor correct something, nor carry several products."""
_BETWEEN: Final = re.compile(r",\s+(?=[-+=~]\s)")


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """One thing that becomes of the list.

    Attributes:
        sign: ``+`` put on it, ``=`` set to, ``-`` taken off, ``~`` taken back.
        name: canonical.
        quantity: with a unit; neither, where something leaves the list.
        unit: canonical.
    """

    sign: Sign
    name: str
    quantity: float | None = None
    unit: str | None = None

    def __str__(self) -> str:
        amount = "" if self.quantity is None else f" {self.quantity:g} {self.unit}"
        return f"{self.sign} {self.name}{amount}"


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, and what the phone must be told for it.

    Attributes:
        language: BCP 47, of the session.
        kind: one of `KINDS`.
        before: what is said earlier in the same session.
        say: the sentence.
        gives: in any order.
        spoken: fit for the ears too.
    """

    language: str
    kind: str
    before: tuple[str, ...]
    say: str
    gives: tuple[Operation, ...]
    spoken: bool

    def __str__(self) -> str:
        return " / ".join((*self.before, self.say))


def cases(language: str) -> tuple[Case, ...]:
    """Return the sentences of a language, ``pl`` or ``en``.

    Raises:
        ValueError: a case has an unknown field, or its operations cannot be read.
    """
    document = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return tuple(
        _case(document["language"], kind, fields)
        for kind, entries in document["kinds"].items()
        for fields in entries
    )


@dataclass(frozen=True, slots=True)
class Careless:
    """What a careless model makes of a sentence.

    Attributes:
        case: the sentence.
        sent: the arguments of the calls of one turn.
        makes: what must be read in them; nothing: all are rejected.
        as_said: that is what the sentence gives, for all that is known of the list.
    """

    case: Case
    sent: tuple[dict[str, Any], ...]
    makes: tuple[Operation, ...]
    as_said: bool

    def __str__(self) -> str:
        return f"{self.case.say}-{self.sent}"


def careless(language: str) -> tuple[Careless, ...]:
    """Return the careless calls for the sentences of a language.

    Raises:
        LookupError: the sentence of a call is not in the corpus.
    """
    said = {case.say: case for case in with_arguments(language)}
    text = (FOLDER / f"careless_{language}.toml").read_text(encoding="utf-8")
    return tuple(_careless(said[fields["say"]], fields) for fields in tomllib.loads(text)["calls"])


def with_arguments(language: str) -> tuple[Case, ...]:
    """Return the sentences for which a function with arguments is called: undo has none."""
    return tuple(case for case in cases(language) if case.gives and case.kind != "undo")


def noted(operations: tuple[Operation, ...]) -> str:
    """Return operations in the notation, in a fixed order."""
    return ", ".join(map(str, sorted(operations)))


def read_operations(text: str) -> tuple[Operation, ...]:
    """Read ``+ mleko 2 l, - chleb``; nothing from an empty text.

    Raises:
        ValueError: an operation cannot be read.
    """
    return tuple(_operations(text))


def _operations(text: str) -> Iterator[Operation]:
    # A comma may stand in a name: "mleko 3,2%".
    for part in filter(None, _BETWEEN.split(text.strip())):
        match part.split():
            case ["+" | "=" as sign, *name, quantity, unit] if name:
                yield Operation(sign, " ".join(name), float(quantity), unit)
            case ["-" | "~" as sign, *name] if name:
                yield Operation(sign, " ".join(name))
            case _:
                raise ValueError(f"no operation: {part!r}")


def _careless(case: Case, fields: dict[str, Any]) -> Careless:
    makes = fields.get("makes")
    read = case.gives if makes is None else read_operations(makes.replace("rejected", ""))
    return Careless(case, tuple(fields["sent"]), read, as_said=makes is None)


def _case(language: str, kind: str, fields: dict[str, Any]) -> Case:
    unknown = fields.keys() - {"before", "say", "gives", "spoken"}
    if unknown or kind not in KINDS:
        raise ValueError(f"{kind}, {fields}: unknown")
    return Case(
        language=language,
        kind=kind,
        before=tuple(fields.get("before", ())),
        say=fields["say"],
        gives=read_operations(fields.get("gives", "")),
        spoken=fields.get("spoken", False),
    )
