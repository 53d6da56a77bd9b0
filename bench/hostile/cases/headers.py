"""`Host`, `Origin`, forwarding headers, and headers that are too many or too long."""

from __future__ import annotations

from typing import Final

from bench.hostile.case import Case
from bench.hostile.moves import NONE, handshake, head, raw, request

_PAGE: Final = "https://evil.example"
_WELL: Final = "127.0.0.1:{port}"


def _from(*origins: str) -> tuple[tuple[str, str], ...]:
    return tuple(("Origin", each) for each in origins)


CASES: Final = (
    Case("Host of somebody else", "400 Host", handshake(host="evil.example")),
    Case("no Host", "400 Host", raw(head("GET /sessions HTTP/1.1", [("Accept", "*/*")]))),
    Case("two Hosts", "400 Host", handshake(more=(("Host", "evil.example"),))),
    Case("Host with a name before @", "400 Host", handshake(host="127.0.0.1@evil.example")),
    Case("Host that begins like ours", "400 Host", handshake(host="127.0.0.1.evil.example")),
    Case("Host with a line of its own", "400 Host", handshake(host="127.0.0.1\tevil.example")),
    Case(
        "X-Forwarded-Host for a wrong Host",
        "400 Host",
        handshake(host="evil.example", more=(("X-Forwarded-Host", "127.0.0.1"),)),
    ),
    Case("a page of somebody else's", "403 Origin", handshake(more=_from(_PAGE))),
    Case("a page without an origin", "403 Origin", handshake(more=_from("null"))),
    Case(
        "a page whose name begins like ours",
        "403 Origin",
        handshake(more=_from("http://127.0.0.1:{port}.evil.example")),
    ),
    Case("another port's page", "403 Origin", handshake(more=_from("http://127.0.0.1:1"))),
    Case("a file's page", "403 Origin", handshake(more=_from("file://127.0.0.1:{port}"))),
    Case(
        "two origins, one of them ours",
        "400",
        handshake(more=_from("http://127.0.0.1:{port}", _PAGE)),
    ),
    Case("a preflight from elsewhere", "403 Origin", request(
        "OPTIONS", "/sessions",
        more=(*_from(_PAGE), ("Access-Control-Request-Method", "DELETE")),
    )),
    Case("a ticket for another page", "403 Origin", request(
        "POST", "/tickets", more=_from(_PAGE)
    )),
    Case("two Authorizations", "401 two_shown", handshake(
        more=(("Authorization", "Bearer another"),)
    )),
    Case("an empty Authorization", "401 malformed", handshake(
        NONE, more=(("Authorization", ""),)
    )),
    Case("Authorization with 8-bit letters", "401 malformed", handshake(
        NONE, more=(("Authorization", "Bearer \xff\xfe"),)
    )),
    Case("a header of 60 000 characters", "431", handshake(more=(("X-A", "a" * 60_000),))),
    Case("500 headers", "431", handshake(more=tuple((f"X-{n}", "a") for n in range(500)))),
    Case("an address of 20 000 characters", "414", handshake(
        query=lambda *_: f"a={'a' * 20_000}"
    )),
    Case("a header with a zero byte", "400", raw(
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-A: a\x00b\r\n\r\n"
    )),
    Case("a header's name with a blank", "400", raw(
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX A: a\r\n\r\n"
    )),
)  # fmt: skip
