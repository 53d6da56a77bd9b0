"""The HTTP calls' description as a page for people, made of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from gateway.descriptions.fields import bounds_of, example, table, type_of, type_section
from gateway.descriptions.frame import described
from gateway.descriptions.markup import Html, code, joined, line, tag
from gateway.descriptions.schemas_of import Node


def page(document: Node) -> bytes:
    """Return the page."""
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = document["components"]["schemas"].items()
    types = tag("h2", "Types"), *(type_section(name, schema) for name, schema in schemas)
    shared = _shared(document)
    return described(
        document,
        json_at="../openapi.json",
        links=[
            ("shared", "All calls"),
            *((o["operationId"], call) for call, o in operations),
            ("types", "Types"),
        ],
        parts=[
            _for_all(shared),
            *(_operation(call, operation, shared) for call, operation in operations),
            tag("section", *types, id="types"),
        ],
    )


def _shared(document: Node) -> Node:
    """Return the errors of the plainest call there is: others have them word by word as well."""
    responses = document["paths"]["/"]["get"]["responses"].items()
    return {code: said for code, said in responses if int(code) >= HTTPStatus.BAD_REQUEST}


def _for_all(shared: Node) -> Html:
    return tag(
        "article",
        tag("h2", "All calls"),
        tag(
            "p",
            "What calls may be answered besides what stands with them; the probes only the 500.",
        ),
        table(("status", "meaning", "body"), _responses(shared), class_="answers"),
        id="shared",
    )


def _operation(call: str, operation: Node, shared: Node) -> Html:
    responses = {
        status: response
        for status, response in operation["responses"].items()
        if shared.get(status) != response
    }
    return tag(
        "article",
        tag("h2", code(call)),
        tag("p", line(operation["summary"])),
        *_security(operation),
        *_parameters(operation.get("parameters", [])),
        table(("status", "meaning", "body"), _responses(responses), class_="answers"),
        *_examples(operation["responses"]),
        id=operation["operationId"],
    )


def _security(operation: Node) -> Iterator[Html]:
    named = {name for one in operation["security"] for name in one}
    if "adminToken" in named:
        yield tag("p", "Wants ", code("Authorization: Bearer ADMIN_TOKEN"), ".")
    if "phoneToken" in named:
        yield tag("p", "Wants a phone's token, where phones are asked for one.")


def _parameters(parameters: list[Node]) -> Iterator[Html]:
    rows = (
        tag(
            "tr",
            tag("td", code(each["name"]), tag("small", f"in the {each['in']}")),
            tag(
                "td",
                type_of(each["schema"]),
                *(tag("small", bound) for bound in bounds_of(each["schema"])),
            ),
            tag("td", line(each["description"])),
        )
        for each in parameters
    )
    if parameters:
        yield table(("parameter", "type", "meaning"), rows, class_="fields")


def _responses(responses: Node) -> Iterator[Html]:
    for status, response in responses.items():
        bodies = (
            type_of(content["schema"]) if "example" in content else joined((media,))
            for media, content in response.get("content", {}).items()
        )
        yield tag(
            "tr",
            tag("td", code(status), tag("small", HTTPStatus(int(status)).phrase)),
            tag("td", line(response["description"])),
            tag("td", *bodies),
        )


def _examples(responses: Node) -> Iterator[Html]:
    """Yield the examples of what is no error: errors are all alike."""
    for status, response in responses.items():
        for content in response.get("content", {}).values():
            if "example" in content and int(status) < HTTPStatus.BAD_REQUEST:
                yield example(content["example"])
