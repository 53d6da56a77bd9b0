"""The WebSocket's description as a page for people, made of the AsyncAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.descriptions.fields import (
    bounds_of,
    example,
    table_of_fields,
    type_section,
)
from gateway.descriptions.frame import described
from gateway.descriptions.markup import Html, blocks, code, joined, line, tag
from gateway.descriptions.schemas_of import Node


def page(document: Node) -> bytes:
    """Return the page."""
    channels = document["channels"].items()
    return described(
        document,
        json_at="../asyncapi.json",
        links=[*((key, channel["title"]) for key, channel in channels), ("types", "Types")],
        parts=[*(_channel(document, key) for key in document["channels"]), _types(document)],
    )


def _channel(document: Node, key: str) -> Html:
    channel = document["channels"][key]
    protocol = channel["bindings"]["ws"].get("headers", {}).get("properties", {})
    handshake = (
        tag("p", code(f"{name}: {value['const']}"), class_="call")
        for name, value in protocol.items()
    )
    (user_id,) = channel["parameters"].values()
    operations = (
        operation
        for operation in document["operations"].values()
        if operation["channel"]["$ref"] == f"#/channels/{key}"
    )
    return tag(
        "section",
        tag("h2", channel["title"]),
        tag("p", code(f"GET {channel['address']}"), class_="call"),
        *handshake,
        tag("p", code("userId"), ": ", line(user_id["description"])),
        blocks(channel["description"]),
        *(_operation(document, key, operation) for operation in operations),
        id=key,
    )


def _operation(document: Node, channel: str, operation: Node) -> Html:
    found = [
        (f"{channel}-{reference['$ref'].rpartition('/')[2]}", _at(document, reference["$ref"]))
        for reference in operation["messages"]
    ]
    contents = (tag("li", tag("a", _title(message), href=f"#{at}")) for at, message in found)
    return joined(
        (
            tag("h3", operation["title"]),
            tag("nav", tag("ul", *contents), class_="contents"),
            *(_message(document, at, message) for at, message in found),
        )
    )


def _title(message: Node) -> Html:
    binary = message["payload"].get("format") == "binary"
    return joined((message["title"],)) if binary else code(message["title"])


def _message(document: Node, at: str, message: Node) -> Html:
    payload = message["payload"]
    examples = (example(one["payload"]) for one in message.get("examples", ()))
    if "$ref" in payload:
        schema = _at(document, payload["$ref"])
        content = (blocks(schema["description"]), table_of_fields(schema))
    else:
        content = (blocks(message["summary"]), tag("p", *bounds_of(payload), "."))
    return tag("article", tag("h4", _title(message)), *content, *examples, id=at)


def _types(document: Node) -> Html:
    messages = document["components"]["messages"].values()
    payloads = {message["payload"].get("$ref", "").rpartition("/")[2] for message in messages}
    sections: Iterator[Html] = (
        type_section(name, schema)
        for name, schema in document["components"]["schemas"].items()
        if name not in payloads
    )
    return tag("section", tag("h2", "Types"), *sections, id="types")


def _at(document: Node, reference: str) -> Node:
    """Return what a reference stands for, through further ones."""
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return _at(document, found["$ref"]) if "$ref" in found else dict(found)
