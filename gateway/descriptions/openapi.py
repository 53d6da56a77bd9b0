"""The OpenAPI 3.1 description of the HTTP calls, from their table and from the schemas."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from gateway.descriptions import examples
from gateway.descriptions.asyncapi import USER_ID_PATTERN, USER_ID_TEXT
from gateway.descriptions.calls import CALLS, Call, Outcome, Parameter
from gateway.descriptions.outcomes import outcomes_of
from gateway.descriptions.schemas_of import Kind, Node, reference, schemas_of
from gateway.version import NAME, VERSION

_JSON: Final = "application/json"
_INTRODUCTION: Final = """\
Health, the live sessions for admins, and these descriptions. Phones use a WebSocket, which
`/asyncapi.json` describes.

Errors are `{"error":"…"}`, which says what is wrong and what to do. Paths that are not listed here
answer with 404, methods that are not allowed with 405. Before a call is one, it may be answered
with 400 (no HTTP), 408 (it arrives too slowly), 414 or 431 (it is too large), and with 429, without
`Retry-After`, if more than 16 on its connection wait for the answer to another."""
_USER_ID: Final[Node] = {
    "name": "user_id",
    "in": "path",
    "required": True,
    "description": USER_ID_TEXT,
    "schema": {"type": "string", "pattern": USER_ID_PATTERN},
    "example": "anna",
}
_SUBPROTOCOL: Final[Node] = {
    "name": "Sec-WebSocket-Protocol",
    "in": "header",
    "description": "Version 2 of the protocol; without it version 1 is spoken.",
    "schema": {"type": "string", "const": "shopping.v2"},
}
_RETRY_AFTER: Final[Node] = {
    "description": "Seconds after which it is worth another try.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}


def document() -> Node:
    """Return the whole description."""
    paths: dict[str, Node] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = _operation(call)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": f"{NAME}: HTTP",
            "version": VERSION,
            "description": _INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas_of(_bodies(), sent=True),
            "securitySchemes": {
                "adminToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The service's `ADMIN_TOKEN`, or an admin's JWT.",
                },
                "phoneToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A phone's token, where phones are asked for one.",
                },
            },
        },
    }


def _operation(call: Call) -> Node:
    parameters = [
        *([_USER_ID] if "{user_id}" in call.path else []),
        *([_SUBPROTOCOL] if call.handshake else []),
        *(_parameter(each) for each in call.query),
    ]
    return {
        "operationId": call.name,
        "summary": call.summary,
        **({"parameters": parameters} if parameters else {}),
        "responses": {
            str(outcome.status.value): _response(outcome) for outcome in outcomes_of(call)
        },
        "security": _security(call),
    }


def _parameter(parameter: Parameter) -> Node:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.meaning,
        "schema": dict(parameter.schema),
        "example": parameter.example,
    }


def _security(call: Call) -> list[Node]:
    if call.admin:
        return [{"adminToken": []}]
    # A phone's WebSocket may also be opened with a ticket, or where nobody is asked.
    return [{"phoneToken": []}, *([{}] if call.handshake else [])] if call.phone else []


def _response(outcome: Outcome) -> Node:
    described: Node = {"description": outcome.meaning}
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        described["headers"] = {"Retry-After": _RETRY_AFTER}
    match outcome.body:
        case None:
            return described
        case str(media):
            kind = "object" if media == _JSON else "string"
            content: Node = {media: {"schema": {"type": kind}}}
        case example:
            schema = reference(type(example))
            content = {_JSON: {"schema": schema, "example": examples.as_json(example)}}
    return {**described, "content": content}


def _bodies() -> list[Kind]:
    """Return the types of all bodies, in the order of the calls."""
    bodies = (outcome.body for call in CALLS for outcome in outcomes_of(call))
    return list(dict.fromkeys(type(body) for body in bodies if isinstance(body, msgspec.Struct)))
