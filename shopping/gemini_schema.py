"""Turns a msgspec type into the subset of OpenAPI 3.0's schema that Gemini takes for parameters.

Types are in upper case, references are resolved, and every keyword outside the subset is left out:
Gemini refuses those with close code 1007 (https://ai.google.dev/api/caching#Schema).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec

_REF: Final = "#/$defs/{name}"
_SIMPLE: Final = frozenset({"string", "number", "integer", "boolean"})


class GeminiSchema(msgspec.Struct, frozen=True, omit_defaults=True):
    """A schema as Gemini takes it; `nullable` and what follows it only where they apply."""

    type: str
    description: str | None = None
    nullable: bool = False
    enum: list[str] | None = None
    items: GeminiSchema | None = None
    properties: dict[str, GeminiSchema] | None = None
    required: list[str] | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None


class _JsonSchema(msgspec.Struct, frozen=True, rename={"any_of": "anyOf", "ref": "$ref"}):
    """The keywords of JSON Schema that msgspec writes and Gemini has a word for."""

    type: str = ""
    description: str | None = None
    enum: list[str] | None = None
    items: _JsonSchema | None = None
    properties: dict[str, _JsonSchema] | None = None
    required: list[str] | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    any_of: tuple[_JsonSchema, ...] = ()
    ref: str = ""


@cache
def gemini_schema(described: type) -> GeminiSchema:
    """Return the schema of a type made of structs, lists, literals, text, numbers and booleans.

    It is made once: msgspec looks at the whole type anew each time, and leaves cycles behind.

    Raises:
        ValueError: the type has a part that Gemini's subset cannot say.
    """
    (schema,), definitions = msgspec.json.schema_components((described,), ref_template=_REF)
    return _convert(
        msgspec.convert(schema, _JsonSchema),
        {
            _REF.format(name=name): msgspec.convert(definition, _JsonSchema)
            for name, definition in definitions.items()
        },
    )


def _convert(schema: _JsonSchema, definitions: Mapping[str, _JsonSchema]) -> GeminiSchema:
    if schema.ref:
        return _convert(definitions[schema.ref], definitions)
    if schema.any_of:
        return _optional(schema, definitions)
    return GeminiSchema(
        type=_type_of(schema),
        description=schema.description,
        enum=schema.enum,
        items=None if schema.items is None else _convert(schema.items, definitions),
        properties=None
        if schema.properties is None
        else {name: _convert(value, definitions) for name, value in schema.properties.items()},
        required=schema.required,
        minimum=schema.minimum,
        maximum=schema.maximum,
    )


def _optional(schema: _JsonSchema, definitions: Mapping[str, _JsonSchema]) -> GeminiSchema:
    values = [value for value in schema.any_of if value.type != "null"]
    if len(values) != 1:
        raise ValueError("Gemini's parameters have no unions of several types")
    return msgspec.structs.replace(
        _convert(values[0], definitions), nullable=True, description=schema.description
    )


def _type_of(schema: _JsonSchema) -> str:
    if schema.enum:
        return "STRING"
    if schema.type in _SIMPLE or schema.properties or schema.items:
        return schema.type.upper()
    raise ValueError(f"Gemini's parameters cannot say {schema.type or 'any'!r}")
