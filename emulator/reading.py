"""Collects what the clauses of a text ask for; later ones may correct what earlier ones said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import assert_never

from emulator.clauses import Clause, read_clauses
from emulator.intent import Intent
from emulator.phrases import Action, Kind, Mark, Token
from emulator.things import Part, Thing

_CORRECTIVE = frozenset({Kind.CORRECTION, Kind.NEGATION, Kind.CONTRAST})


class _Stance(Enum):
    """How the next thing relates to those before it."""

    PLAIN = auto()
    CORRECTING = auto()
    EXCLUDING = auto()
    REPLACED = auto()


@dataclass(slots=True)
class Reading:
    """What has been understood so far; later words may correct it.

    Attributes:
        intents: In the order said.
        replaced: The thing after "instead of", until its replacement is heard.
    """

    intents: list[Intent] = field(default_factory=list)
    replaced: Thing | None = None

    def read(self, tokens: Sequence[Token]) -> None:
        """Takes in a sentence or a part of one."""
        for clause in read_clauses(tokens):
            self._follow(clause)

    def _follow(self, clause: Clause) -> None:
        """Takes in one clause."""
        match clause.verb:
            case None if not self.intents and _opens_with_correction(clause):
                self._list("update", clause.parts)
            case None:
                self._list("add", clause.parts)
            case verb if verb.action == "update":
                self._update(clause.parts)
            case verb:
                taken_off = Mark(Kind.REMOVER) in clause.parts
                self._list("remove" if taken_off else verb.action, clause.parts)

    def end_sentence(self) -> None:
        """Settles what waited for more words; an update without a quantity changes nothing."""
        if self.replaced and self.intents:
            if self.replaced.name:
                self._append("remove", self.replaced)
            else:
                self.intents[-1] = replace(self.intents[-1], action="update")
        self.replaced = None
        self.intents = [
            intent
            for intent in self.intents
            if intent.action != "update" or intent.quantity is not None
        ]

    def _list(self, action: Action, parts: tuple[Part, ...]) -> None:
        stance = _Stance.PLAIN
        for at, part in enumerate(parts):
            match part:
                case Mark(kind):
                    stance = self._stance(kind, parts, at) or stance
                case Thing():
                    self._take(action, part, stance)
                    stance = _Stance.PLAIN
                case _:
                    pass

    def _stance(self, kind: Kind, parts: tuple[Part, ...], at: int) -> _Stance | None:
        match kind:
            case Kind.CORRECTION:
                return _Stance.CORRECTING
            case Kind.CONTRAST:
                return _Stance.EXCLUDING if self.intents else _Stance.CORRECTING
            case Kind.NEGATION:
                contrasts = self.intents and _contrasts(parts, at)
                return _Stance.EXCLUDING if contrasts else _Stance.CORRECTING
            case Kind.REPLACEMENT:
                return _Stance.REPLACED
            case _:
                return None

    def _take(self, action: Action, thing: Thing, stance: _Stance) -> None:
        match stance:
            case _Stance.PLAIN if thing.name:
                self._take_product(action, thing)
            case _Stance.PLAIN:
                self._take_quantity(action, thing)
            case _Stance.CORRECTING:
                self._correct(action, thing)
            case _Stance.REPLACED:
                self.replaced = thing
            case _Stance.EXCLUDING:
                # "milk and bread, but not bread"
                self.intents = [intent for intent in self.intents if intent.name != thing.name]
            case _:
                assert_never(stance)

    def _take_product(self, action: Action, thing: Thing) -> None:
        replaced, self.replaced = self.replaced, None
        if replaced is None:
            self._append(action, thing)
        elif replaced.name in ("", thing.name):
            self._append("update", thing)
        else:
            self._append("remove", replaced)
            self._append(action, thing)

    def _take_quantity(self, action: Action, thing: Thing) -> None:
        """Takes "mleka, dwa litry": the quantity after its product."""
        if self.replaced and self.replaced.name:
            self._append("update", _counted_as(self.replaced, thing))
            self.replaced = None
        elif self.intents and (self.intents[-1].quantity is None or action == "update"):
            self._count(-1, thing)

    def _correct(self, action: Action, thing: Thing) -> None:
        names = [intent.name for intent in self.intents]
        if not thing.name:
            if names:
                self._count(-1, thing)
        elif thing.name in names:
            self._count(names.index(thing.name), thing)
        elif names:
            self._append(self.intents.pop().action, thing)
        else:
            self._append(action, thing)

    def _update(self, parts: tuple[Part, ...]) -> None:
        subject: Thing | None = None
        targeted = False
        for part in parts:
            if part == Mark(Kind.TARGET):
                targeted = True
            elif isinstance(part, Thing):
                subject = self._change(subject, part, targeted=targeted)
                targeted = False
        self._settle(subject)

    def _change(self, subject: Thing | None, thing: Thing, *, targeted: bool) -> Thing | None:
        """Applies a thing to the subject of a change; returns the subject that then is open."""
        if subject is None:
            if thing.name:
                return thing
            if self.intents:
                self._count(-1, thing)
            return None
        if thing.name in ("", subject.name):
            self._append("update", _counted_as(subject, thing))
            return None
        if targeted:
            self._append("remove", subject)
            self._append("add", thing)
            return None
        self._settle(subject)
        return thing

    def _settle(self, subject: Thing | None) -> None:
        if subject and subject.counted:
            self._append("update", subject)

    def _append(self, action: Action, thing: Thing) -> None:
        quantity = None if action == "remove" and not thing.counted else thing.quantity
        self.intents.append(Intent(action, thing.name, quantity, thing.unit, thing.category))

    def _count(self, at: int, thing: Thing) -> None:
        intent = self.intents[at]
        said = thing.counted or intent.quantity is None
        self.intents[at] = replace(
            intent,
            quantity=thing.quantity if said else intent.quantity,
            unit=thing.unit or intent.unit,
        )


def _counted_as(product: Thing, count: Thing) -> Thing:
    return replace(
        product,
        quantity=count.quantity,
        unit=count.unit or product.unit,
        counted=count.counted,
    )


def _opens_with_correction(clause: Clause) -> bool:
    first = clause.parts[:1]
    return any(isinstance(part, Mark) and part.kind in _CORRECTIVE for part in first)


def _contrasts(parts: tuple[Part, ...], at: int) -> bool:
    """Tells "milk, no bread", a contrast, from "milk, no, bread" and "milk no bread"."""
    after = parts[at + 1] if at + 1 < len(parts) else None
    named = isinstance(after, Thing) and after.name != ""
    return named and parts[max(at - 1, 0)] == Mark(Kind.COMMA)
