"""JSON Schemas of our msgspec types, with their docstrings: what both descriptions are made of.

They keep to the words that JSON Schema 2020-12 (OpenAPI) and draft 7 (AsyncAPI) have in common, and
to regular expressions that mean in ECMAScript what they mean in Python.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.inspect import StructType, Type, UnionType, VarTupleType

from gateway.descriptions.notes import BOUNDS, FIELDS, VALUES

Node: TypeAlias = dict[str, Any]
"""A JSON object of a description: it is built here, and only printed elsewhere."""
Kind: TypeAlias = type[msgspec.Struct]
PREFIX: Final = "#/components/schemas/"


def reference(kind: Kind) -> Node:
    """Return a reference to the schema of `kind`."""
    return {"$ref": f"{PREFIX}{kind.__name__}"}


def schemas_of(kinds: Sequence[Kind], *, sent: bool) -> dict[str, Node]:
    """Return the schemas of `kinds` and of all that they are made of, by name.

    Args:
        kinds: the types.
        sent: we send them, so that a field which has a default is there all the same.
    """
    _, found = msgspec.json.schema_components(kinds, ref_template=PREFIX + "{name}")
    classes = dict.fromkeys(_structs(msgspec.inspect.multi_type_info(kinds)))
    return {kind.__name__: _described(found[kind.__name__], kind, sent=sent) for kind in classes}


def summary_of(kind: Kind) -> str:
    """Return the first sentence of its docstring."""
    return re.split(r"(?<=\.)\s", _text(kind), maxsplit=1)[0]


def _structs(types: Iterable[Type]) -> Iterator[Kind]:
    for found in types:
        match found:
            case StructType(cls=kind, fields=fields):
                yield kind
                yield from _structs(field.type for field in fields)
            case UnionType(types=alternatives):
                yield from _structs(alternatives)
            case VarTupleType(item_type=item):
                yield from _structs((item,))
            case _:
                pass


def _described(schema: Node, kind: Kind, *, sent: bool) -> Node:
    omits = kind.__struct_config__.omit_defaults
    documented = _attributes(kind)
    properties = {name: _common(part) for name, part in schema["properties"].items()}
    for field in msgspec.structs.fields(kind):
        path, name = f"{kind.__name__}.{field.name}", field.encode_name
        part = _as_sent(properties[name], omits=omits) if sent else properties[name]
        values = {"x-enumDescriptions": dict(VALUES[path])} if path in VALUES else {}
        text = FIELDS.get(path) or documented.get(field.name) or FIELDS.get(field.name, "")
        properties[name] = _with_description({**part, **values, **BOUNDS.get(path, {})}, text)
    return {
        "type": "object",
        "title": kind.__name__,
        "description": _text(kind),
        "properties": properties,
        "required": list(properties) if sent and not omits else schema.get("required", []),
    }


def _as_sent(part: Node, *, omits: bool) -> Node:
    """Return what goes out: all that has a value, or what is no default, which never is `null`."""
    words = {word: value for word, value in part.items() if word != "default"}
    match words:
        case {"anyOf": [one, {"type": "null"}]} if omits and "default" in part:
            return dict(one)
        case _:
            return words


def _with_description(part: Node, text: str) -> Node:
    """In draft 7 a `$ref` stands alone: whatever is beside it is not read."""
    return {"description": text, **({"allOf": [part]} if "$ref" in part else part)}


def _common(schema: Node) -> Node:
    """Return `schema` in the words that both dialects, and both regular expressions, share.

    AsyncAPI's `discriminator` is not OpenAPI's; the constant of each alternative tells as much.
    """
    words = {word: value for word, value in schema.items() if word != "discriminator"}
    if len(words.get("enum", ())) == 1:
        (words["const"],) = words.pop("enum")
    if "pattern" in words:
        words["pattern"] = words["pattern"].replace(r"\Z", "$")
    if "items" in words:
        words["items"] = _common(words["items"])
    if "anyOf" in words:
        words["anyOf"] = [_common(part) for part in words["anyOf"]]
        if words["anyOf"] == [{"type": "integer"}, {"type": "number"}]:
            return {"type": "number"}
    return words


def _text(kind: Kind) -> str:
    """Return what the docstring says before its list of attributes, in the words of JSON."""
    text = _docstring(kind).partition("\nAttributes:\n")[0].strip()
    for field in msgspec.structs.fields(kind):
        text = text.replace(f"`{field.name}`", f"`{field.encode_name}`")
    return text


def _attributes(kind: Kind) -> dict[str, str]:
    """Return the docstring's lines on attributes, by name."""
    listed = _docstring(kind).partition("\nAttributes:\n")[2]
    found = re.findall(r"^    (\w+): (.*(?:\n {8,}.*)*)", listed, re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text) for name, text in found}


def _docstring(kind: Kind) -> str:
    """Return it as Markdown that knows `null`."""
    text = inspect.cleandoc(kind.__doc__ or "")
    return text.replace("``None``", "`null`").replace("``", "`")
