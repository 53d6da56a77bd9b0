"""The emulator as a child process, for a service without a key: started, watched, started again."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from actors.ports import Observer
from gateway.settings import Ears

_ENDING_S: Final = 5.0
"""From closing the child's stdin to killing it: it looks once it has started, and cleans up."""
_FIRST_DELAY_S: Final = 0.25
_LONGEST_DELAY_S: Final = 10.0
_STABLE_S: Final = 30.0
"""A child that lived this long had nothing wrong with it: the delays start afresh."""


class EmulatorReady(msgspec.Struct, frozen=True):
    """The line that the child prints when it listens.

    Attributes:
        plain_url: ``http://…`` of the plain listener, which also has the control endpoint.
        tls_url: ``https://…`` of the listener that google-genai can speak to.
        certificate: path of the PEM file to trust for it.
        pid: the child's process id.
    """

    event: Literal["ready"]
    plain_url: str
    tls_url: str
    certificate: str
    pid: int


Command = Callable[[EmulatorReady | None], list[str]]
"""Returns what to execute, given how the emulator was last reached."""


def emulator_command(ears: Ears) -> Command:
    """Return how to start the emulator: on the same ports as last time if there was one."""
    installed = importlib.util.find_spec("pocketsphinx") is not None
    chosen = ears if ears != "auto" else "pocketsphinx" if installed else "none"
    start = [sys.executable, "-m", "emulator", "--json", "--until-stdin-closes", "--ears", chosen]

    def command(last: EmulatorReady | None) -> list[str]:
        if last is None:
            return start
        ports = urlsplit(last.plain_url).port, urlsplit(last.tls_url).port
        return [*start, "--port", str(ports[0]), "--tls-port", str(ports[1])]

    return command


class Ended(Protocol):
    """Is told that a child ended by itself, and whether it had been ready."""

    def __call__(self, exit_code: int, *, listened: bool) -> None:
        """Note it."""


class EmulatorChild:
    """Keeps one emulator running; it ends when this process does, however that ends."""

    def __init__(
        self,
        command: Command,
        on_ready: Callable[[EmulatorReady], Awaitable[None]],
        observer: Observer,
        *,
        on_ended: Ended,
    ) -> None:
        self._command = command
        self._on_ended = on_ended
        self._on_ready = on_ready
        self._observer = observer
        self._last: EmulatorReady | None = None

    async def run(self) -> None:
        """Run until cancelled; then the child is gone."""
        loop = asyncio.get_running_loop()
        delay = _FIRST_DELAY_S
        while True:
            started_at = loop.time()
            code = await self._live()
            if loop.time() - started_at >= _STABLE_S:
                delay = _FIRST_DELAY_S
            self._on_ended(code, listened=self._last is not None)
            self._observer.warn("emulator_ended", exit_code=code, restart_in_s=delay)
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY_S)

    async def _live(self) -> int:
        """Run one child until it ends by itself; return its exit code."""
        # If it cannot have its old ports, the next one gets others.
        last, self._last = self._last, None
        async with _running(self._command(last)) as process:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            async for line in process.stdout:
                ready = _read_ready(line)
                if ready is not None:
                    self._last = ready
                    await self._on_ready(ready)
            return await process.wait()


@contextlib.asynccontextmanager
async def _running(command: list[str]) -> AsyncIterator[Process]:
    """Run a process that ends when its stdin closes, in a session of its own.

    So Ctrl-C in the terminal reaches this process only, which drains before it lets go of it.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, start_new_session=True
    )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    assert process.stdin is not None  # noqa: S101 - it was asked for
    process.stdin.close()
    try:
        async with asyncio.timeout(_ENDING_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _read_ready(line: bytes) -> EmulatorReady | None:
    """Return the ready line, or ``None`` for any other."""
    try:
        return msgspec.json.decode(line, type=EmulatorReady)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
