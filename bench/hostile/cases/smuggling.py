"""Requests that a proxy and the service might read differently (RFC 9112, section 11.2)."""

from __future__ import annotations

from typing import Final

from bench.hostile.case import Case
from bench.hostile.moves import raw

_POST: Final = b"POST /tickets HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
_GET: Final = b"GET /sessions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"


CASES: Final = (
    Case("Content-Length and Transfer-Encoding", "400", raw(
        _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _GET + b"\r\n"
    )),
    Case("two Content-Lengths", "400", raw(
        _POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + _GET + b"\r\n"
    )),
    Case("a Content-Length of minus one", "400", raw(_POST + b"Content-Length: -1\r\n\r\n")),
    Case("a Content-Length with a plus", "400", raw(_POST + b"Content-Length: +4\r\n\r\nabcd")),
    Case("a Content-Length beyond 64 bits", "400", raw(
        _POST + b"Content-Length: 99999999999999999999999\r\n\r\n"
    )),
    Case("a transfer coding that is none", "400", raw(
        _POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"
    )),
    Case("chunked, and then something else", "400", raw(
        _POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
    )),
    Case("a chunk beyond 64 bits", "400", raw(
        _POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"
    )),
    Case("a chunk that is longer than it says", "400", raw(
        b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\nabcdef\r\n0\r\n\r\n"
    )),
    Case("a blank before the colon", "400", raw(_POST + b"Content-Length : 4\r\n\r\nabcd")),
    Case("a line that is folded", "400", raw(_POST + b"X-A: a\r\n b\r\n\r\n")),
    Case("a request line that is broken", "400", raw(b"GET /a b HTTP/1.1\r\n\r\n")),
    Case("HTTP/0.9", "400 Host", raw(b"GET /sessions\r\n\r\n")),
    Case("HTTP/2 without asking", "400", raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    Case("TLS on a plain port", "400", raw(
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(160)
    )),
    Case("h2c, to get past the door", "401", raw(
        _GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAAA\r\n\r\n"
    )),
    Case("an absolute address of somebody else", "401", raw(
        b"GET http://evil.example/sessions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    )),
    Case("CONNECT, as if to a proxy", "400", raw(
        b"CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n"
    )),
)  # fmt: skip
