"""Recognises what is said about something mentioned before: "no, three", "one more", "undo that".

A stretch of a sentence is recognised as a whole or not at all: one word that does not fit makes
it something else, as in "one more time".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.numbers import join_numbers
from emulator.phrases import Kind, Mark, Reference, Token, Verb
from emulator.recall import Recall, Recalled
from emulator.stretches import is_mark, is_reference
from emulator.things import Part, Tail, Thing, read_parts

_IDLE = frozenset({Kind.COURTESY, Kind.FILLER, Kind.REQUEST, Kind.ASK})
_CORRECTIVE = frozenset({Kind.CORRECTION, Kind.NEGATION})
_EXCLUDING = frozenset({Kind.CONTRAST, Kind.REPLACEMENT})
_SEPARATING = frozenset({Kind.COMMA, Kind.CORRECTION})
_LEADING = _CORRECTIVE | {Kind.COMMA}
_MORE = frozenset({Kind.MORE, Kind.ANOTHER})
_RATHER = frozenset({Kind.RATHER, Kind.ONLY})
_MOST_AMOUNTS = 2
"""In a correction: "not two but three"; who says more of them only counts."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch taken apart.

    Attributes:
        verb: None when it has none.
        parts: Without idle words and references.
        references: The kinds of the references in it.
    """

    verb: Verb | None
    parts: tuple[Part, ...]
    references: frozenset[Kind]

    @property
    def does(self) -> str:
        """What its verb does, "" without one."""
        return self.verb.action if self.verb else ""

    @property
    def things(self) -> list[Thing]:
        return [part for part in self.parts if isinstance(part, Thing)]

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(part.kind for part in self.parts if isinstance(part, Mark))

    @property
    def counts_only(self) -> bool:
        """Whether it names no product and says no word that the lexicon does not know."""
        tails = [part for part in self.parts if isinstance(part, Tail)]
        amounts = all(not thing.name and thing.quantity for thing in self.things)
        return amounts and not any(tail.words for tail in tails)


def recognise(tokens: Sequence[Token]) -> Recalled | None:
    """Returns what a stretch says about something mentioned before, None when it does not."""
    if any(is_reference(token, Kind.UNDO) for token in tokens):
        if _only_undoes(tokens):
            return Recalled(Recall.UNDO)
        # "scratch that, three" is a correction.
        tokens = [
            plain
            for token in tokens
            for plain in (
                token.otherwise
                if isinstance(token, Reference) and token.kind is Kind.UNDO
                else (token,)
            )
        ]
    stretch = _taken_apart(tokens)
    if stretch is None:
        return None
    return (
        _more(stretch)
        or _drop(stretch)
        or _count(stretch)
        or _count_of_another(stretch)
        or _amount(stretch)
        or _swap(stretch)
    )


def _only_undoes(tokens: Sequence[Token]) -> bool:
    idle = _IDLE | _LEADING | {Kind.CONNECTOR}
    return all(
        is_mark(token, idle)
        or is_reference(token, Kind.UNDO)
        or is_reference(token, Kind.LAST)
        or is_reference(token, Kind.RATHER)
        for token in tokens
    )


def _taken_apart(tokens: Sequence[Token]) -> _Stretch | None:
    verbs = [token for token in tokens if isinstance(token, Verb)]
    references = frozenset(token.kind for token in tokens if isinstance(token, Reference))
    if len(verbs) > 1 or Kind.ASIDE in references:
        return None
    verb = verbs[0] if verbs else None
    rest = [
        token
        for token in tokens
        if not isinstance(token, Verb | Reference) and not is_mark(token, _IDLE)
    ]
    changes = verb is not None and verb.action == "update"
    parts = tuple(read_parts(join_numbers(rest), to_targets=changes))
    return _Stretch(verb, parts, references)


def _more(stretch: _Stretch) -> Recalled | None:
    """Recognises "one more", "add two more litres", "two of those"."""
    if stretch.does not in {"", "add"} or not stretch.counts_only:
        return None
    more = stretch.references & _MORE
    such = Kind.SUCH in stretch.references and not stretch.kinds & _LEADING
    if not (more or such) or not stretch.kinds <= _LEADING | {Kind.LIST}:
        return None
    match stretch.things:
        case [amount]:
            return Recalled(Recall.MORE, amount)
        case [] if Kind.ANOTHER in more:
            return Recalled(Recall.MORE)
        case _:
            return None


def _drop(stretch: _Stretch) -> Recalled | None:
    """Recognises "remove that", "take it off the list", "delete one of those"."""
    verb, kinds = stretch.verb, stretch.kinds
    if verb is None or not stretch.counts_only or not kinds <= _LEADING | {Kind.LIST, Kind.REMOVER}:
        return None
    meant = verb.action == "remove" and (not verb.wish or Kind.LIST in kinds)
    taken_off = verb.action == "add" and Kind.REMOVER in kinds
    if not (meant or taken_off):
        return None
    match stretch.things:
        case [amount]:
            return Recalled(Recall.DROP, amount)
        case [] if stretch.references & {Kind.LAST, Kind.SUCH}:
            return Recalled(Recall.DROP)
        case _:
            return None


def _count(stretch: _Stretch) -> Recalled | None:
    """Recognises "no, two", "actually three litres", "not two but three", "make it three"."""
    kinds, references = stretch.kinds, stretch.references
    corrected = bool(kinds & (_CORRECTIVE | _EXCLUDING)) or Kind.ONLY in references
    changes = stretch.does == "update"
    if not changes and (stretch.does == "remove" or not corrected):
        return None
    allowed = _LEADING | _EXCLUDING | ({Kind.TARGET} if changes else set())
    fits = stretch.counts_only and kinds <= allowed and not references & _MORE
    if not fits or len(stretch.things) > _MOST_AMOUNTS:
        return None
    amount = _meant(stretch.parts)
    return Recalled(Recall.COUNT, amount) if amount else None


def _count_of_another(stretch: _Stretch) -> Recalled | None:
    """Recognises "milk, actually two litres"."""
    if stretch.verb is not None or stretch.references & _MORE:
        return None
    match stretch.parts:
        case [Thing(quantity=None) as named, *between, Thing(name="") as amount] if named.name:
            marks = {part.kind for part in between if isinstance(part, Mark)}
            fits = len(marks) > 0 and marks <= _SEPARATING and Kind.CORRECTION in marks
            return Recalled(Recall.COUNT, amount, named) if fits else None
        case _:
            return None


def _amount(stretch: _Stretch) -> Recalled | None:
    """Recognises "ten pieces", said of what was mentioned without an amount."""
    if stretch.verb is not None or stretch.references:
        return None
    match stretch.parts:
        case [Thing(name="", counted=True) as amount] if amount.unit:
            return Recalled(Recall.AMOUNT, amount)
        case _:
            return None


def _meant(parts: Sequence[Part]) -> Thing | None:
    """Returns the last amount that is not taken back: "three, not two"."""
    meant: Thing | None = None
    for at, part in enumerate(parts):
        if isinstance(part, Thing) and not _taken_back(parts[:at]):
            meant = part
    return meant


def _taken_back(before: Sequence[Part]) -> bool:
    match before:
        case [*_, Mark(kind=kind)] if kind in _EXCLUDING:
            return True
        case [*_, Mark(kind=Kind.COMMA), Mark(kind=Kind.NEGATION)]:
            return True
        case _:
            return False


def _swap(stretch: _Stretch) -> Recalled | None:
    """Recognises "not milk, cream", "cream, not milk", "no, cream", "change that to cream"."""
    if stretch.does == "update":
        match stretch.parts:
            case [Mark(kind=Kind.TARGET), Thing() as new] if Kind.LAST in stretch.references:
                return _swapped(new)
            case _:
                return None
    if stretch.verb is not None or stretch.references & (_MORE | {Kind.SUCH}):
        return None
    return _contrast(stretch)


def _contrast(stretch: _Stretch) -> Recalled | None:
    rather = bool(stretch.references & _RATHER)
    match _without_comma(stretch.parts):
        case [Mark(kind=Kind.NEGATION | Kind.CONTRAST), Thing() as old, *between, Thing() as new]:
            fits = all(isinstance(b, Mark) and b.kind in _SEPARATING for b in between)
            return _swapped(new, old) if fits and (between or rather) else None
        case [Thing() as new, Mark(kind=Kind.COMMA), Mark(kind=Kind.NEGATION), Thing() as old]:
            return _swapped(new, old, contrasts=True)
        case [Thing() as new, *between, Mark(kind=Kind.CONTRAST), Thing() as old]:
            fits = all(part == Mark(Kind.COMMA) for part in between)
            return _swapped(new, old, contrasts=True) if fits else None
        case [Mark(kind=Kind.NEGATION), Mark(kind=Kind.COMMA), Thing(quantity=None) as new]:
            return _swapped(new)
        case [*lead, Mark(kind=Kind.CORRECTION), Thing(quantity=None) as new]:
            fits = all(isinstance(part, Mark) and part.kind in _LEADING for part in lead)
            return _swapped(new) if fits else None
        case _:
            return None


def _without_comma(parts: Sequence[Part]) -> list[Part]:
    """Drops what only sets corrections off: the comma of "actually, cream", "no, not milk, …"."""
    match parts:
        case [Mark(kind=Kind.NEGATION), Mark(kind=Kind.COMMA), Mark(), *_]:
            return _without_comma(parts[2:])
        case _:
            pass
    return [
        part
        for at, part in enumerate(parts)
        if part != Mark(Kind.COMMA) or (at > 0 and parts[at - 1] != Mark(Kind.CORRECTION))
    ]


def _swapped(new: Thing, old: Thing | None = None, *, contrasts: bool = False) -> Recalled | None:
    """Takes a product of the lexicon for another one; other words may be anything."""
    if new.category is None or new.unlisted or (old is not None and not old.name):
        return None
    return Recalled(Recall.SWAP, new, old, contrasts)
