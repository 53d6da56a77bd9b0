"""Little that becomes much: compression that was not agreed on, bodies that nobody reads."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from bench.hostile.case import Attack, Case, Target, somebody
from bench.hostile.moves import request, upgrade
from bench.hostile.talk import ending, message
from bench.hostile.wire import TEXT, frame

_DEFLATE: Final = "permessage-deflate; client_max_window_bits"
_COMPRESSED: Final = 4
"""The first reserved bit: permessage-deflate."""
_MIB: Final = 1 << 20


def _deflated(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(bytes(size)) + packer.flush(zlib.Z_SYNC_FLUSH)[:-4]


def _gzipped(size: int, layers: int = 1) -> bytes:
    data = bytes(size)
    for _ in range(layers):
        data = gzip.compress(data)
    return data


async def _offered(target: Target) -> str:
    """Offer compression, and send a bomb whether it was taken or not."""
    wire = await target.dial()
    user = somebody()
    offer = [("Sec-WebSocket-Extensions", _DEFLATE)]
    await wire.send(upgrade(target, f"/ws/{user}", bearer=target.token(user), more=offer))
    answer = await wire.answer()
    if answer is None or "sec-websocket-extensions" in answer.headers:
        return "compression agreed on"
    await wire.send(frame(TEXT, _deflated(64 * _MIB), reserved=_COMPRESSED))
    return await ending(wire)


def _zipped(size: int, layers: int = 1) -> Attack:
    body = _gzipped(size, layers)
    return request("POST", "/tickets", more=(("Content-Encoding", "gzip"),), body=body)


CASES: Final = (
    Case("64 MiB in a frame, compressed", "close 1002", _offered),
    Case("a body of 32 MiB, gzipped", "401 nothing_shown", _zipped(32 * _MIB)),
    Case("a body gzipped twice", "401 nothing_shown", _zipped(32 * _MIB, 2)),
    Case("JSON 50 000 deep", "error too_deep", message("[" * 50_000)),
    Case("JSON 20 000 deep, in objects", "error too_deep", message('{"type":' * 20_000)),
    Case("a member that is 20 000 deep", "error too_deep", message(
        '{"type":"ping","x":' + "[" * 20_000 + "]" * 20_000 + "}"
    )),
    Case("10 000 members", "error unknown_type", message(
        {"type": "dance", **{f"m{n}": n for n in range(10_000)}}
    )),
)  # fmt: skip
