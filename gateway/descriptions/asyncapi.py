"""The AsyncAPI 3 description of the WebSocket, both versions of its protocol, from the schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from gateway.descriptions import examples
from gateway.descriptions.codes import CLOSINGS, REFUSALS
from gateway.descriptions.schemas_of import Kind, Node, reference, schemas_of, summary_of
from gateway.descriptions.versions import VERSIONS, Frames, Sound, Version
from gateway.version import NAME, VERSION

USER_ID_PATTERN: Final = "^[A-Za-z0-9._~@-]{1,128}$"
"""A test holds it against what the endpoint takes."""
USER_ID_TEXT: Final = "1 to 128 characters of `A-Z a-z 0-9 . _ ~ @ -`."
_SUBPROTOCOL: Final = "Sec-WebSocket-Protocol"
_QUERY: Final[Node] = {
    "type": "object",
    "properties": {
        "access_token": {
            "type": "string",
            "description": "A token, where phones are asked for one and no header can be set.",
        },
        "ticket": {"type": "string", "description": "A ticket of `POST /tickets`, in its place."},
    },
}
_INTRODUCTION: Final = """\
A phone opens one WebSocket, `/ws/{userId}`, streams speech, and is told which products were heard.
Text frames hold one JSON object each, with a `type`; fields that are not listed are ignored. The
handshake chooses the version of the protocol by its subprotocol (`Sec-WebSocket-Protocol`): none is
version 1, `shopping.v2` is version 2.

Connecting opens no link to Gemini: `start_session` does, and so does the first speech. Each user
has one connection: when the same user connects again, the older one is closed with 4009.

Where phones are asked who they are, they show a JWT whose `sub` is their `userId`, in one place:
`Authorization: Bearer <token>`, the subprotocol `bearer.<token>`, or the query. A ticket, good for
one connection, goes into the query or the subprotocol `ticket.<ticket>`."""


def document() -> Node:
    """Return the whole description."""
    received = _all(version.received.kinds for version in VERSIONS)
    sent = _all(version.sent.kinds for version in VERSIONS)
    sounds = [sound for version in VERSIONS for sound in _sounds(version)]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{NAME}: WebSocket",
            "version": VERSION,
            "description": f"{_INTRODUCTION}\n\n{_closings()}\n\n{_refusals()}",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"gateway": _server()},
        "channels": {_channel_key(version): _channel(version) for version in VERSIONS},
        "operations": {
            f"{action}V{version.number}": _operation(version, action)
            for version in VERSIONS
            for action in ("receive", "send")
        },
        "components": {
            "messages": {
                **{kind.__name__: _message(kind) for kind in (*received, *sent)},
                **{sound.key: _sound_message(sound) for sound in sounds},
            },
            "schemas": {**schemas_of(received, sent=False), **schemas_of(sent, sent=True)},
        },
    }


def _server() -> Node:
    return {
        "host": "{host}",
        "protocol": "ws",
        "description": "Where this description came from; `wss` behind TLS.",
        "variables": {
            "host": {"default": "localhost:8000", "description": "Host, and port if it needs one."}
        },
    }


def _channel_key(version: Version) -> str:
    return f"phoneV{version.number}"


def _channel(version: Version) -> Node:
    return {
        "address": "/ws/{userId}",
        "title": f"Version {version.number}",
        "description": version.text,
        "servers": [{"$ref": "#/servers/gateway"}],
        "parameters": {
            "userId": {
                "description": USER_ID_TEXT,
                "examples": ["anna"],
                "x-pattern": USER_ID_PATTERN,
            }
        },
        "messages": {
            key: {"$ref": f"#/components/messages/{key}"}
            for key in (*version.received.names(), *version.sent.names())
        },
        "bindings": {"ws": _handshake(version.subprotocol)},
        "x-close-codes": [closing._asdict() for closing in CLOSINGS],
    }


def _handshake(subprotocol: str | None) -> Node:
    headers = {
        "type": "object",
        "properties": {_SUBPROTOCOL: {"type": "string", "const": subprotocol}},
        "required": [_SUBPROTOCOL],
    }
    return {
        "method": "GET",
        "query": _QUERY,
        **({"headers": headers} if subprotocol else {}),
        "bindingVersion": "0.1.0",
    }


def _operation(version: Version, action: Literal["receive", "send"]) -> Node:
    """Return what this service does with one direction: AsyncAPI takes the service's view."""
    frames: Frames = version.received if action == "receive" else version.sent
    title = "What a phone sends" if action == "receive" else "What a phone receives"
    channel = f"#/channels/{_channel_key(version)}"
    return {
        "action": action,
        "title": title,
        "summary": f"{title} in version {version.number}.",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{key}"} for key in frames.names()],
    }


def _message(kind: Kind) -> Node:
    tag = str(kind.__struct_config__.tag)
    return {
        "name": tag,
        "title": tag,
        "summary": summary_of(kind),
        "contentType": "application/json",
        "payload": reference(kind),
        "examples": [{"payload": payload} for payload in examples.of(kind)],
    }


def _sound_message(sound: Sound) -> Node:
    largest = {} if sound.largest is None else {"maxLength": sound.largest}
    return {
        "name": sound.key,
        "title": "a binary frame",
        "summary": sound.text,
        "contentType": "application/octet-stream",
        "payload": {
            "type": "string",
            "format": "binary",
            "description": "Bytes, in whole 16-bit samples.",
            "minLength": sound.smallest,
            **largest,
        },
    }


def _sounds(version: Version) -> list[Sound]:
    return [frames.sound for frames in (version.received, version.sent) if frames.sound]


def _all(kinds: Iterable[Iterable[Kind]]) -> list[Kind]:
    return list(dict.fromkeys(kind for some in kinds for kind in some))


def _closings() -> str:
    """Return the table of close codes, in Markdown."""
    rows = (f"| {code} | {when} | {reconnect} |" for code, when, reconnect in CLOSINGS)
    table = ("| code | when | reconnect? |", "|---|---|---|", *rows)
    return "\n".join(("## Close codes", "", *table))


def _refusals() -> str:
    """Return the table of refused handshakes, in Markdown."""
    said = 'A handshake is refused with an HTTP status and `{"error":"…"}`:'
    rows = (f"| {status} | `{error}` |" for status, error in REFUSALS)
    table = ("| status | `error` |", "|---|---|", *rows)
    return "\n".join(("## Refused handshakes", "", said, "", *table))
