"""What attackers do over HTTP and in handshakes, each as an attack that a case can be made of."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from typing import Final

from bench.hostile.case import Attack, Target, somebody
from bench.hostile.wire import Answer, Wire

Headers = Sequence[tuple[str, str]]
TokenOf = Callable[[Target, str], str]
"""Returns what a user shows as a token."""
GOOD: Final[TokenOf] = lambda target, user: target.token(user)  # noqa: E731 - a value of its type
NONE: Final[TokenOf] = lambda target, user: ""  # noqa: ARG005, E731 - as above
V2: Final = "shopping.v2"


def head(first: str, headers: Headers) -> bytes:
    """Return a request up to its body, as wrong as it may be."""
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def upgrade(  # noqa: PLR0913 - what a handshake is made of
    target: Target,
    path: str,
    *,
    bearer: str = "",
    host: str | None = None,
    offered: str = V2,
    changed: Headers = (),
    more: Headers = (),
    method: str = "GET",
) -> bytes:
    """Return a WebSocket handshake; `changed` replaces headers, or takes them away if empty."""
    usual = {
        "Host": f"127.0.0.1:{target.port}" if host is None else host,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": offered,
        "Authorization": f"Bearer {bearer}" if bearer else "",
        **dict(changed),
    }
    kept = [(name, value) for name, value in usual.items() if value]
    return head(f"{method} {path} HTTP/1.1", [*kept, *more])


def handshake(  # noqa: PLR0913 - what a handshake is made of
    shown: TokenOf = GOOD,
    *,
    path: str = "/ws/{user}",
    query: TokenOf = NONE,
    offered: TokenOf = lambda target, user: V2,  # noqa: ARG005 - of its type
    host: str | None = None,
    changed: Headers = (),
    more: Headers = (),
    method: str = "GET",
) -> Attack:
    """Return an attack that is one handshake; `101` if it is let in."""

    async def attack(target: Target) -> str:
        user = somebody()
        asked = query(target, user)
        request = upgrade(
            target,
            path.format(user=user) + (f"?{asked}" if asked else ""),
            bearer=shown(target, user),
            host=host,
            offered=offered(target, user),
            changed=changed,
            more=[(name, value.format(port=target.port)) for name, value in more],
            method=method,
        )
        return await raw(request)(target)

    return attack


def raw(data: bytes) -> Attack:
    """Return an attack that sends bytes and waits for one answer."""

    async def attack(target: Target) -> str:
        wire = await target.dial()
        await wire.send(data.replace(b"{port}", str(target.port).encode()))
        return await wire.told()

    return attack


def request(
    method: str, path: str, *, shown: TokenOf = NONE, more: Headers = (), body: bytes = b""
) -> Attack:
    """Return an attack that is one HTTP request."""

    async def attack(target: Target) -> str:
        answer = await asked(
            target, method, path, bearer=shown(target, somebody()), more=more, body=body
        )
        return "dropped" if answer is None else answer.told

    return attack


async def asked(  # noqa: PLR0913 - what a request is made of
    target: Target,
    method: str,
    path: str,
    *,
    bearer: str = "",
    more: Headers = (),
    body: bytes = b"",
) -> Answer | None:
    """Return the answer to a request."""
    wire = await target.dial()
    headers = [("Host", f"127.0.0.1:{target.port}"), *more]
    if bearer:
        headers.append(("Authorization", f"Bearer {bearer}"))
    if body:
        headers.append(("Content-Length", str(len(body))))
    await wire.send(head(f"{method} {path} HTTP/1.1", headers) + body)
    return await wire.answer()


async def let_in(
    target: Target, user: str, *, token: str | None = None, source: str | None = None, **more: str
) -> Wire | str:
    """Connect a phone of version 2 with its own token, or return how it was refused.

    Args:
        target: the service.
        user: whose phone it is.
        token: what it shows; its own by default.
        source: the address that it comes from.
        more: further headers, with `_` for `-`.
    """
    wire = await target.dial(source=source)
    bearer = target.token(user) if token is None else token
    headers = [(name.replace("_", "-"), value) for name, value in more.items()]
    await wire.send(upgrade(target, f"/ws/{user}", bearer=bearer, more=headers))
    answer = await wire.answer()
    if answer is None:
        return "dropped"
    return wire if answer.status == 101 else answer.told  # noqa: PLR2004 - Switching Protocols
