"""Splits a sentence into clauses, each a verb with the things it is about.

People put the verb first ("add milk and bread"), last ("mleko i chleb usuń") or leave it out
("milk, bread, two apples"). A clause with words that fit none of it is talk and buys nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator.numbers import join_numbers
from emulator.phrases import Kind, Mark, Number, Product, Token, Unit, Verb, Word
from emulator.things import Part, Tail, Thing, read_parts

# More unknown words in a row than the name of a product has are talk.
LONGEST_NAME = 3

_COMMA = Mark(Kind.COMMA)
_IDLE = frozenset({Kind.COURTESY, Kind.FILLER})
_OPENINGS = frozenset({Kind.COMMA, Kind.CONNECTOR})


@dataclass(frozen=True, slots=True)
class Clause:
    """What is to be done with which things; without a verb, a bare list of things."""

    verb: Verb | None
    parts: tuple[Part, ...]


@dataclass(slots=True)
class _Group:
    """A verb and the tokens up to the next one."""

    verb: Verb | None
    tokens: list[Token]


def split_sentences(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yields the sentences of a text, each with its question mark if it has one."""
    sentence: list[Token] = []
    for at, token in enumerate(tokens):
        if token == Mark(Kind.STOP):
            if not _abbreviates(tokens, at):
                yield sentence
                sentence = []
        else:
            sentence.append(token)
            if token == Mark(Kind.ASK):
                yield sentence
                sentence = []
    yield sentence


def _abbreviates(tokens: Sequence[Token], at: int) -> bool:
    """Tells whether the full stop belongs to a unit: "2 szt. mleka", not "mleko 2 l. Chleb"."""
    match tokens[max(at - 3, 0) : at + 2]:
        case [Product(), Number(), Unit(), _, _]:
            return False
        case [*_, Unit(), _, Product() | Word()]:
            return True
        case _:
            return False


def read_clauses(sentence: Sequence[Token]) -> list[Clause]:
    """Returns the clauses of a sentence that ask for something; none for talk and questions."""
    tokens = _to_the_point(sentence)
    if not tokens or _asks(tokens):
        return []
    wanted = [token for token in tokens if not _is(token, {Kind.REQUEST, Kind.ASK})]
    lead, *groups = _groups(join_numbers(wanted))
    if not groups:
        return [clause for clause in [_clause(lead)] if not _talks(clause)]
    if _lists_products(lead) and _is_empty(groups[-1]):
        return _without_talk(_verbs_first(lead, groups))
    if _lists_products(lead) and not _names_product(groups[0]):
        groups[0].tokens[:0] = lead.tokens
        return _without_talk(groups)
    opening = _clause(_Group(None, _without_address(lead.tokens)))
    if _is_unrelated(opening):
        return []
    # What leads into talk is part of it: "mleko się skończyło pod sklepem".
    openings = [] if _talks(_clause(groups[0])) else [opening]
    return openings + _without_talk(groups)


def is_question(sentence: Sequence[Token]) -> bool:
    """Tells whether a sentence asks to be told, not for something to be done."""
    tokens = _to_the_point(sentence)
    return bool(tokens) and _asks(tokens)


def _to_the_point(sentence: Sequence[Token]) -> list[Token]:
    tokens = [token for token in sentence if not _is(token, _IDLE)]
    while tokens and _is(tokens[0], _OPENINGS):
        tokens = tokens[1:]
    return tokens


def _is(token: Token, kinds: frozenset[Kind] | set[Kind]) -> bool:
    return isinstance(token, Mark) and token.kind in kinds


def _asks(tokens: Sequence[Token]) -> bool:
    if any(_is(token, {Kind.REQUEST}) for token in tokens):
        return False
    return _is(tokens[0], {Kind.QUESTION}) or _is(tokens[-1], {Kind.ASK})


def _groups(tokens: Sequence[Token]) -> list[_Group]:
    """Cuts before each verb; verbs with nothing between them are one: "need to … buy"."""
    groups = [_Group(None, [])]
    for token in tokens:
        if not isinstance(token, Verb):
            groups[-1].tokens.append(token)
        elif groups[-1].verb and _only_leads_on(groups[-1]):
            groups[-1].verb = _joint(groups[-1].verb, token)
            groups[-1].tokens.clear()
        else:
            groups.append(_Group(token, []))
    return groups


def _joint(first: Verb, second: Verb) -> Verb:
    return first if first.action == "remove" else second


def _only_leads_on(group: _Group) -> bool:
    """Tells whether nothing parts a verb from the next one: "need to … buy"."""
    return all(isinstance(token, Mark) and token.kind not in _OPENINGS for token in group.tokens)


def _is_empty(group: _Group) -> bool:
    return all(isinstance(token, Mark) for token in group.tokens)


def _names_product(group: _Group) -> bool:
    return any(isinstance(token, Product | Word) for token in group.tokens)


def _lists_products(lead: _Group) -> bool:
    return any(isinstance(token, Product) for token in lead.tokens) and not any(
        isinstance(token, Word) for token in lead.tokens
    )


def _verbs_first(lead: _Group, groups: Sequence[_Group]) -> Iterator[_Group]:
    """Gives each verb the things before it; what follows the last one names the list at most."""
    before = [lead, *groups[:-1]]
    for group, previous in zip(groups, before, strict=True):
        after = group.tokens if group is groups[-1] else []
        yield _Group(group.verb, [*previous.tokens, *after])


def _without_address(tokens: Sequence[Token]) -> list[Token]:
    """Drops whom the sentence speaks to: up to three unknown words before a comma."""
    kept: list[Token] = []
    start = 0
    for at, token in enumerate(tokens):
        if token == _COMMA:
            address = tokens[start:at]
            named = len(address) <= LONGEST_NAME and all(isinstance(t, Word) for t in address)
            kept += [] if named else [*address, token]
            start = at + 1
    return [*kept, *tokens[start:]]


def _clause(group: _Group) -> Clause:
    changes = group.verb is not None and group.verb.action == "update"
    return Clause(group.verb, tuple(read_parts(group.tokens, to_targets=changes)))


def _without_talk(groups: Sequence[_Group] | Iterator[_Group]) -> list[Clause]:
    return [clause for clause in map(_clause, groups) if not _talks(clause)]


def _talks(clause: Clause) -> bool:
    """Tells whether a clause says something that no shopping sentence says."""
    on_list = Mark(Kind.LIST) in clause.parts
    loose = clause.verb is None or (clause.verb.wish and not on_list)
    changes = clause.verb is not None and clause.verb.action == "update"
    if loose and not any(isinstance(part, Thing) for part in clause.parts):
        # "we need to talk"
        return any(isinstance(part, Tail) for part in clause.parts)
    for part in clause.parts:
        match part:
            case Thing() if part.unlisted > _strangeness(part, clause, loose=loose):
                return True
            case Thing(category=None, unlisted=unlisted) if changes and unlisted:
                return True
            case Tail(words, aside) if loose and (aside or words > LONGEST_NAME):
                return True
            case _:
                pass
    return False


def _strangeness(thing: Thing, clause: Clause, *, loose: bool) -> int:
    """Returns how many unknown words the name of a thing may have.

    A wish takes "fresh bread" and a bare list takes "two fresh breads", but neither "a holiday".
    Both take "two packs of quinoa".
    """
    if not loose:
        return LONGEST_NAME
    if thing.category is None:
        return int(thing.counted and thing.unit is not None)
    return int(clause.verb is not None or thing.counted)


def _is_unrelated(opening: Clause) -> bool:
    """Tells whether the words before the first verb make it part of a story."""
    return any(
        part.words > LONGEST_NAME if isinstance(part, Tail) else part.unlisted > 0
        for part in opening.parts
        if not isinstance(part, Mark)
    )
