"""Handshakes that are none, and paths that nobody has (docs/protocol.md, "Close codes")."""

from __future__ import annotations

from typing import Final

from bench.hostile.case import Case, Target, somebody
from bench.hostile.moves import handshake, request, upgrade
from bench.hostile.talk import answers


async def _with_a_request_behind(target: Target) -> str:
    """What comes behind a handshake, before it is answered, is passed over."""
    wire = await target.dial()
    user = somebody()
    asked = upgrade(target, f"/ws/{user}", bearer=target.token(user))
    await wire.send(asked + b"GET /sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    first = await wire.told()
    return f"{first}, {await answers(wire)}" if first == "101" else first


async def _behind_a_request(target: Target) -> str:
    """A handshake that comes while an answer is under way would have that in its WebSocket."""
    wire = await target.dial()
    user = somebody()
    asked = upgrade(target, f"/ws/{user}", bearer=target.token(user))
    await wire.send(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + asked)
    return f"{await wire.told()}, {await wire.told()}"


CASES: Final = (
    Case("WebSocket version 12", "400", handshake(changed=(("Sec-WebSocket-Version", "12"),))),
    Case("no key", "400", handshake(changed=(("Sec-WebSocket-Key", ""),))),
    Case("a key that is too short", "400", handshake(changed=(("Sec-WebSocket-Key", "AAAA"),))),
    Case("two keys", "400", handshake(more=(("Sec-WebSocket-Key", "A" * 22 + "=="),))),
    Case("another subprotocol", "400", handshake(offered=lambda *_: "chat")),
    Case("POST", "405", handshake(method="POST")),
    Case("another path", "404", handshake(path="/other")),
    Case("the admins' path", "404", handshake(path="/sessions")),
    Case("no upgrade", "426", request("GET", "/ws/anna")),
    Case("a user_id that climbs", "400 user_id", handshake(path="/ws/../sessions")),
    Case("a user_id with an encoded slash", "400 user_id", handshake(path="/ws/anna%2Fola")),
    Case("a user_id with a line's end", "404", handshake(path="/ws/anna%0d%0aX-A:%20b")),
    Case("a user_id with a zero byte", "400 user_id", handshake(path="/ws/anna%00")),
    Case("a user_id of 129 characters", "400 user_id", handshake(path="/ws/" + "a" * 129)),
    Case("no user_id", "400 user_id", handshake(path="/ws/")),
    Case("a user_id in other letters", "400 user_id", handshake(path="/ws/%C4%85nna")),
    Case("a request behind the handshake", "101, answers", _with_a_request_behind),
    Case("a handshake right behind a request", "200, 400", _behind_a_request),
)
