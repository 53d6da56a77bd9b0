"""The npm program wscat, as people use it by hand: lines in, lines out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.gateway_process import GatewayProcess
from tests.support.node import NODE, install

PACKAGE = Path(__file__).parents[1] / "e2e" / "wscat"
ANSWERS_WITHIN_S = 40.0
LONGEST_LINE = 8 << 20


def installed(folder: Path) -> list[str]:
    """Install it below `folder` as its lock file says; return how to start it."""
    return [NODE, str(install(PACKAGE, folder) / "node_modules/wscat/bin/wscat")]


class Wscat:
    """A running wscat that is connected."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout

    async def type(self, *lines: str) -> None:
        """Send lines, each a text frame, all at once."""
        self._stdin.write("".join(f"{line}\n" for line in lines).encode())
        await self._stdin.drain()

    async def answer(self) -> str:
        """Return the next frame received, empty when the connection is closed."""
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            line = (await self._stdout.readline()).decode()
        # It prompts for each line that was typed, even where nobody can see it.
        return line.lstrip("> ").rstrip("\n")

    async def ended(self) -> int:
        """Wait for it to end by itself; return its exit code."""
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            return await self._process.wait()


@contextlib.asynccontextmanager
async def connected(
    command: list[str], gateway: GatewayProcess, user: str, *options: str, nth: int = 1
) -> AsyncIterator[Wscat]:
    """Run wscat as `user`, who no other test is, for the `nth` time; end it on exit.

    What is typed before it is connected is lost, and it says nothing of that to a pipe: the
    gateway does.
    """
    process = await asyncio.create_subprocess_exec(
        *(*command, *options, "-c", f"{gateway.ws_url}/ws/{user}"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )
    try:
        await asyncio.to_thread(gateway.line, "session_connected", nth=nth, user_id=user)
        yield Wscat(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()
