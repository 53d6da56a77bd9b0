"""Turns a msgspec type into the subset of OpenAPI 3.0's schema that Gemini takes for parameters.

Types are in upper case, references are resolved, and every keyword outside the subset is left out:
Gemini refuses those with close code 1007 (https://ai.google.dev/api/caching#Schema).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

Schema: TypeAlias = dict[str, object]
_KEPT: Final = ("description", "format", "minimum", "maximum")
_REF: Final = "#/$defs/{name}"


def gemini_schema(described: type) -> Schema:
    """Return the schema of a type made of structs, lists, literals, text, numbers and booleans.

    Raises:
        ValueError: the type has a part that Gemini's subset cannot say.
    """
    (schema,), definitions = msgspec.json.schema_components((described,), ref_template=_REF)
    return _convert(schema, definitions)


def _convert(schema: Mapping[str, object], definitions: Mapping[str, object]) -> Schema:
    match schema:
        case {"$ref": str(reference)}:
            return _resolve(reference, definitions)
        case {"enum": list(values)}:
            return {"type": "STRING", "enum": [str(value) for value in values]} | _kept(schema)
        case {"type": "object", "properties": dict(properties)}:
            return _object(schema, properties, definitions)
        case {"type": "array", "items": dict(items)}:
            return {"type": "ARRAY", "items": _convert(items, definitions)} | _kept(schema)
        case {"type": "string" | "number" | "integer" | "boolean" as name}:
            return {"type": str(name).upper()} | _kept(schema)
        case {"anyOf": [dict(value), {"type": "null"}]}:
            return _convert(value, definitions) | {"nullable": True}
        case _:
            raise ValueError(f"Gemini's schema cannot say {dict(schema)}")


def _resolve(reference: str, definitions: Mapping[str, object]) -> Schema:
    match definitions[reference.removeprefix(_REF.format(name=""))]:
        case dict(schema):
            return _convert(schema, definitions)
        case other:
            raise ValueError(f"{reference} is no schema but {other!r}")


def _object(
    schema: Mapping[str, object],
    properties: Mapping[str, Mapping[str, object]],
    definitions: Mapping[str, object],
) -> Schema:
    converted = {name: _convert(value, definitions) for name, value in properties.items()}
    return {
        "type": "OBJECT",
        "properties": converted,
        "required": schema["required"],
    } | _kept(schema)


def _kept(schema: Mapping[str, object]) -> Schema:
    return {key: schema[key] for key in _KEPT if key in schema}
