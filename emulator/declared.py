"""Reads the parameters of a declared function, whichever of Gemini's two notations they are in.

`parameters` holds Gemini's own Schema (types in capitals), `parametersJsonSchema` a JSON Schema
with references and unions, as Pydantic and Zod write it; either may have snake_case keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_PARAMETERS = ("parameters", "parametersJsonSchema", "parameters_json_schema")
_UNIONS = ("anyOf", "any_of", "oneOf", "one_of", "allOf", "all_of")
_DEFINITIONS = ("$defs", "defs", "definitions")
# A schema may refer to itself; no list item is nested deeper than this.
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value must look like.

    Attributes:
        kind: A JSON Schema type in lower case, "" when the schema leaves it open.
        choices: The values allowed, () when any is.
        properties: Of an object.
        required: Names of properties that must be there.
        items: Of an array; None when the schema leaves it open.
        default: None when the schema names none.
    """

    kind: str = ""
    choices: tuple[object, ...] = ()
    properties: Mapping[str, Shape] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Shape | None = None
    default: object = None


def parameters_of(declaration: Mapping[str, object]) -> Shape:
    """Returns the shape of a function's arguments; an open one when it declares none."""
    for key in _PARAMETERS:
        schema = declaration.get(key)
        if isinstance(schema, Mapping):
            return _shape(schema, _first_mapping(schema, _DEFINITIONS), depth=0)
    return Shape()


def _first_mapping(schema: Mapping[str, object], keys: Sequence[str]) -> Mapping[str, object]:
    for key in keys:
        value = schema.get(key)
        if isinstance(value, Mapping):
            return value
    return {}


def _shape(schema: object, definitions: Mapping[str, object], *, depth: int) -> Shape:
    resolved = _resolve(schema, definitions)
    if depth > _DEEPEST:
        return Shape()
    properties = {
        name: _shape(value, definitions, depth=depth + 1)
        for name, value in _first_mapping(resolved, ["properties"]).items()
    }
    items = resolved.get("items")
    choices = _choices(resolved)
    return Shape(
        kind=_kind(resolved, choices, properties),
        choices=choices,
        properties=properties,
        required=frozenset(_strings(resolved.get("required"))),
        items=None if items is None else _shape(items, definitions, depth=depth + 1),
        default=resolved.get("default"),
    )


def _resolve(schema: object, definitions: Mapping[str, object]) -> Mapping[str, object]:
    """Follows references and takes the first branch of a union that is not null."""
    for _ in range(_DEEPEST):
        if not isinstance(schema, Mapping):
            return {}
        reference = schema.get("$ref", schema.get("ref"))
        branch = _branch(schema)
        if isinstance(reference, str):
            schema = definitions.get(reference.rpartition("/")[2])
        elif branch is not None:
            schema = {**{k: v for k, v in schema.items() if k not in _UNIONS}, **branch}
        else:
            return schema
    return {}


def _branch(schema: Mapping[str, object]) -> Mapping[str, object] | None:
    for key in _UNIONS:
        branches = schema.get(key)
        for branch in branches if isinstance(branches, list) else []:
            if isinstance(branch, Mapping) and branch.get("type") not in ("null", "NULL"):
                return branch
    return None


def _choices(schema: Mapping[str, object]) -> tuple[object, ...]:
    if "const" in schema:
        return (schema["const"],)
    enum = schema.get("enum")
    return tuple(value for value in enum if value is not None) if isinstance(enum, list) else ()


def _kind(
    schema: Mapping[str, object], choices: Sequence[object], properties: Mapping[str, Shape]
) -> str:
    declared = schema.get("type")
    kinds = [kind.lower() for kind in _strings(declared if declared is not None else [])]
    named = [kind for kind in kinds if kind not in ("null", "type_unspecified")]
    if named:
        return named[0]
    if properties:
        return "object"
    return "string" if choices and isinstance(choices[0], str) else ""


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
