"""Fits what was understood to whatever shopping function the client declared.

A model would find out by itself that `item_name` wants a product; here names, types and choices
tell. A function that nothing can be fitted to is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.arguments import in_offered_unit, name_for, value_for
from emulator.brain import Intent
from emulator.declared import Shape, parameters_of
from emulator.phrases import ACTIONS, Action
from emulator.roles import (
    Role,
    actions_in,
    describes_undo,
    is_about_shopping,
    names_undo,
    role_of,
)


@dataclass(frozen=True, slots=True)
class FunctionCallDraft:
    """A function to call; the conversation gives it an id."""

    name: str
    args: dict[str, object]


def fill(
    declarations: Sequence[Mapping[str, object]], intents: Sequence[Intent]
) -> list[FunctionCallDraft]:
    """Returns the calls that carry out the intents, in their order.

    Args:
        declarations: As in a setup's `functionDeclarations`.
        intents: What was understood; one that no function can carry out is left out.
    """
    read = [function for function in map(_read, declarations) if function is not None]
    # One that only undoes goes before one that can do so too.
    functions = sorted(read, key=lambda function: function.actions != ("undo",))
    batches: list[tuple[_Function, list[Intent]]] = []
    for intent in intents:
        function = next((f for f in _able(functions, intent.action) if f.takes(intent)), None)
        if function is not None:
            _enter(batches, function, intent)
    return [FunctionCallDraft(function.name, function.arguments(b)) for function, b in batches]


@dataclass(frozen=True, slots=True)
class _Function:
    """A declared function that takes products, or undoes what was done to them.

    Attributes:
        name: As declared.
        shape: Of its arguments.
        actions: What it can do; all that is done to products when an argument says which.
        takes_many: One call carries several products.
        mixes: Each of those products says its own action.
    """

    name: str
    shape: Shape
    actions: tuple[Action, ...]
    takes_many: bool
    mixes: bool

    def takes(self, intent: Intent) -> bool:
        return _object(self.shape, [intent]) is not None

    def arguments(self, intents: Sequence[Intent]) -> dict[str, object]:
        return _object(self.shape, intents) or {}


def _read(declaration: Mapping[str, object]) -> _Function | None:
    name, about = declaration.get("name"), declaration.get("description")
    shape = parameters_of(declaration)
    roles = set(_roles(shape))
    if not isinstance(name, str):
        return None
    about = about if isinstance(about, str) else ""
    if _only_undoes(name, about, shape, roles):
        return _Function(name, shape, ("undo",), takes_many=False, mixes=False)
    if Role.NAME not in roles:
        return None
    texts = [name, about, *shape.properties]
    if Role.QUANTITY not in roles and not is_about_shopping(*texts):
        return None
    singles = [inner for _, inner in _items(shape) if inner.kind != "array"]
    lists = [inner.items for _, inner in _items(shape) if inner.items is not None]
    return _Function(
        name=name,
        shape=shape,
        actions=_chosen_actions(shape) if Role.ACTION in roles else _named_actions(name),
        takes_many=not singles,
        mixes=any(Role.ACTION in _roles(item) for item in lists),
    )


def _only_undoes(name: str, about: str, shape: Shape, roles: set[Role]) -> bool:
    """Tells whether a function undoes and takes no products: by name, by choice or as described."""
    if Role.ACTION in roles:
        return Role.NAME not in roles and _offers_undo(shape)
    return names_undo(name) or (Role.NAME not in roles and describes_undo(name, about))


def _chosen_actions(shape: Shape) -> tuple[Action, ...]:
    """Returns what a function with an action argument does: it undoes only if it says so."""
    return (*ACTIONS, "undo") if _offers_undo(shape) else ACTIONS


def _offers_undo(shape: Shape) -> bool:
    inner = [*shape.properties.values(), *([shape.items] if shape.items else [])]
    acts = any(names_undo(str(choice)) for choice in shape.choices)
    return acts or any(map(_offers_undo, inner))


def _named_actions(name: str) -> tuple[Action, ...]:
    """Returns what a function without an action argument does; `report_product` adds."""
    return tuple(actions_in(name)) or ("add",)


def _items(shape: Shape) -> Iterator[tuple[str, Shape]]:
    """Yields the properties that hold a product: a string, an object or an array of either."""
    for name, inner in shape.properties.items():
        item = inner.items if inner.kind == "array" and inner.items else inner
        if item.properties:
            if Role.NAME in _roles(item):
                yield name, inner
        elif item.kind in ("string", "") and role_of(name, item.choices) is Role.NAME:
            yield name, inner


def _roles(shape: Shape) -> Iterator[Role]:
    """Yields the roles of an object's properties and of those of the products in it."""
    items = dict(_items(shape))
    for name, inner in shape.properties.items():
        if name in items:
            yield Role.NAME
            yield from _roles(inner)
            yield from _roles(inner.items or Shape())
        else:
            role = role_of(name, inner.choices)
            yield Role.OTHER if role is Role.NAME else role


def _able(functions: Sequence[_Function], action: Action) -> Iterator[_Function]:
    """Yields the functions for an action; one named "update" adds when nothing else does."""
    yield from (function for function in functions if action in function.actions)
    if action == "add":
        yield from (function for function in functions if function.actions == ("update",))


def _enter(
    batches: list[tuple[_Function, list[Intent]]], function: _Function, intent: Intent
) -> None:
    for other, batch in batches:
        same = other is function and function.takes_many
        if same and (function.mixes or batch[0].action == intent.action):
            batch.append(intent)
            return
    batches.append((function, [intent]))


def _object(shape: Shape, intents: Sequence[Intent]) -> dict[str, object] | None:
    """Fills an object, None when something that it requires cannot be said."""
    roles = {name: role_of(name, inner.choices) for name, inner in shape.properties.items()}
    offered = [inner for name, inner in shape.properties.items() if roles[name] is Role.UNIT]
    measured = [in_offered_unit(i, offered[0]) if offered else i for i in intents]
    items = dict(_items(shape))
    filled: dict[str, object] = {}
    for name, inner in shape.properties.items():
        required = name in shape.required
        if name in items:
            value = _item(inner, measured)
        else:
            beside = frozenset(roles.values())
            value = value_for(roles[name], inner, measured[0], required=required, beside=beside)
        if value is not None:
            filled[name] = value
        elif required or (name in items):
            return None
    return filled


def _item(shape: Shape, intents: Sequence[Intent]) -> object:
    """Fills a property that holds one product or, being an array, all of them."""
    if shape.kind == "array":
        each = [_item(shape.items or Shape(), [intent]) for intent in intents]
        return None if None in each else each
    if shape.properties:
        return _object(shape, intents)
    return name_for(shape, intents[0])
