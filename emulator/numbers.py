"""Joins number words into one quantity: "twenty five", "two dozen", "one and a half"."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.phrases import Kind, Mark, Number, Scale, Token, Unit

_AND = Mark(Kind.CONNECTOR)
_TEN, _TWENTY, _HUNDRED, _THOUSAND = 10, 20, 100, 1000


def join_numbers(tokens: Sequence[Token]) -> list[Token]:
    """Returns the tokens with each number as one `Number` and no `Scale` left.

    The half in "a kilo and a half of" moves to the number before its unit.
    """
    joined: list[Token] = []
    for at, token in enumerate(tokens):
        match token:
            case Scale(value):
                _multiply(joined, value)
            case Number():
                following = tokens[at + 1] if at + 1 < len(tokens) else None
                _append(joined, token, measures=isinstance(following, Unit))
            case _:
                joined.append(token)
    return joined


def _multiply(joined: list[Token], scale: float) -> None:
    times = 1.0
    if joined and isinstance(joined[-1], Number):
        times = joined[-1].value
        joined.pop()
    joined.append(Number(times * scale))


def _append(joined: list[Token], number: Number, *, measures: bool) -> None:
    match joined[-2:]:
        case [*_, Number() as before] if _continues(before, number):
            joined[-1:] = [Number(before.value + number.value)]
        case [Number() as before, mark] if mark == _AND and _follows_and(before, number):
            joined[-2:] = [Number(before.value + number.value)]
        case [Unit() as unit, mark] if mark == _AND and number.value < 1 and not measures:
            del joined[-2:]
            _add_to_unit(joined, number, unit)
        case _:
            joined.append(number)


def _continues(before: Number, number: Number) -> bool:
    """Tells whether "twenty" goes on as "five", "100" does not as "50", "1" does as "1/2"."""
    if not number.spoken:
        return number.value < 1 <= before.value
    return before.spoken and any(
        before.value >= floor and before.value % step == 0 and 1 <= number.value < step
        for floor, step in ((_TWENTY, _TEN), (_HUNDRED, _HUNDRED), (_THOUSAND, _THOUSAND))
    )


def _follows_and(before: Number, number: Number) -> bool:
    """Tells whether "and" stands inside a number: "two and a half", "a hundred and fifty"."""
    if number.value < 1:
        return before.value >= 1
    return before.spoken and before.value >= _HUNDRED and _continues(before, number)


def _add_to_unit(joined: list[Token], half: Number, unit: Unit) -> None:
    count = 1.0
    if joined and isinstance(joined[-1], Number):
        count = joined[-1].value
        joined.pop()
    joined += [Number(count + half.value), unit]
