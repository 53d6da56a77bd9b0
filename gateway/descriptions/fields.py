"""Schemas for people: a table of an object's fields, a type in a word, its bounds, an example."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from gateway.descriptions.markup import Html, blocks, code, joined, line, tag
from gateway.descriptions.schemas_of import PREFIX, Node

_LONGEST: Final = 64
"""Characters of a string that is shown whole in an example; base64 goes on for long."""


def type_section(name: str, schema: Node) -> Html:
    """Return the section of a type that others are made of."""
    heading = tag("h3", code(name))
    text = blocks(schema["description"])
    return tag("article", heading, text, table_of_fields(schema), id=anchor(name))


def anchor(name: str) -> str:
    """Return where on the page a type is."""
    return f"type-{name}"


def table_of_fields(schema: Node) -> Html:
    """Return an object's fields, a row each; the fields of the objects in it are elsewhere."""
    required = schema["required"]
    rows = (
        tag(
            "tr",
            tag("td", code(name), "" if name in required else tag("small", "optional")),
            tag("td", type_of(part), *(tag("small", bound) for bound in bounds_of(part))),
            tag("td", line(part.get("description", "")), _values(part)),
        )
        for name, part in schema["properties"].items()
    )
    return table(("field", "type", "meaning"), rows, class_="fields")


def table(header: tuple[str, ...], rows: Iterator[Html], *, class_: str = "") -> Html:
    """Return a table of finished rows."""
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in header)))
    return tag("table", head, tag("tbody", joined(rows)), class_=class_)


def type_of(schema: Node) -> Html:
    """Return what a schema lets through, in a few words; the object types are links."""
    match schema:
        case {"$ref": reference}:
            name = str(reference).removeprefix(PREFIX)
            return tag("a", code(name), href=f"#{anchor(name)}")
        case {"anyOf": parts} | {"allOf": parts}:  # the latter only ever holds one
            return joined((type_of(part) for part in parts), " or ")
        case {"items": items}:
            return joined(("list of ", type_of(items)))
        case {"additionalProperties": values}:
            return joined(("object of ", type_of(values)))
        case _:
            return _simple_type_of(schema)


def bounds_of(schema: Node) -> Iterator[Html]:
    """Yield what else a schema asks for: of lengths, sizes and letters, and its default."""
    core = next((part for part in schema.get("anyOf", ()) if part != {"type": "null"}), schema)
    unit = "bytes" if core.get("format") == "binary" else "characters"
    for low, high, what in (
        ("minLength", "maxLength", unit),
        ("minItems", "maxItems", "of them"),
        ("minimum", "maximum", ""),
    ):
        if low in core or high in core:
            yield joined((_range(core.get(low), core.get(high), what),))
    if "exclusiveMinimum" in core:
        yield joined((f"above {_number(core['exclusiveMinimum'])}",))
    if "pattern" in core:
        yield code(core["pattern"])
    if schema.get("default") not in (None, ()):
        yield joined(("default ", _value(schema["default"])))


def example(value: object) -> Html:
    """Return JSON to read: a line if it is short, and strings that go on for long are cut."""
    short = _shortened(value)
    text = json.dumps(short, ensure_ascii=False)
    if len(text) > _LONGEST:
        text = json.dumps(short, ensure_ascii=False, indent=2)
    return tag("pre", code(text))


def _values(schema: Node) -> Html:
    meanings = schema.get("x-enumDescriptions", {})
    if not meanings:
        return joined(())
    pairs = (joined((tag("dt", code(v)), tag("dd", line(text)))) for v, text in meanings.items())
    return tag("dl", *pairs)


def _simple_type_of(schema: Node) -> Html:
    match schema:
        case {"x-enumDescriptions": _}:
            return joined(("one of these",))
        case {"const": value}:
            return _value(value)
        case {"enum": values}:
            return joined((_value(value) for value in values), " or ")
        case _:
            written = (schema.get("contentEncoding"), schema.get("format"))
            return joined((schema["type"], *(word for word in written if word)), ", ")


def _value(value: object) -> Html:
    return code(json.dumps(value, ensure_ascii=False))


def _range(low: float | None, high: float | None, what: str) -> str:
    if low is None:
        said = f"at most {_number(high)}"
    elif high is None:
        said = f"at least {_number(low)}"
    else:
        said = f"{_number(low)} to {_number(high)}"
    return f"{said} {what}".strip()


def _number(value: float | None) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _shortened(value: object) -> object:
    match value:
        case dict():
            return {name: _shortened(part) for name, part in value.items()}
        case list():
            return [_shortened(part) for part in value]
        case str() if len(value) > _LONGEST:
            return f"{value[:_LONGEST]}… ({len(value)} characters)"
        case _:
            return value
