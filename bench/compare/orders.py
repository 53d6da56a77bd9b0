"""The child's side of a worker: orders come on standard input, answers go to standard output.

One JSON object a line, both ways. A worker ends when its input does, so that none outlives the
measurement.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

Obey: TypeAlias = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


async def obey_orders(obey: Obey) -> None:
    """Carry out one order after the other until there are no more."""
    reader = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        answer = await obey(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
