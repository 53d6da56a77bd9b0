"""A Redis of our own on loopback, for measurements and tests: started, stopped, paused, emptied."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.ports import own_port

_ANSWERS_WITHIN_S: Final = 10.0
_LOOK_S: Final = 0.01
_BINARIES: Final = ("redis-server", "valkey-server")


class NoRedis(Exception):
    """There is no server to start; the text says what to install."""


class RedisServer:
    """One server process, with a port that it keeps when it is started again.

    Attributes:
        port: where it listens, on loopback.
    """

    def __init__(self, folder: Path, *, port: int | None = None, persistent: bool = False) -> None:
        """Start it.

        Args:
            folder: where it may write.
            port: where it is to listen; any free one by default.
            persistent: whether it has what it held, after it was started again.
        """
        self.port = own_port() if port is None else port
        self._folder = folder
        self._persistent = persistent
        self._process: subprocess.Popen[bytes]
        self.start()

    @property
    def url(self) -> str:
        """Its address, as SESSION_STORE takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int | None:
        """Its process id, `None` when it has ended."""
        return self._process.pid if self._process.poll() is None else None

    def start(self) -> None:
        """Start it, and return when it answers."""
        keeping = ["--appendonly", "yes"] if self._persistent else ["--save", ""]
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            [
                *(_binary(), "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(self._folder), "--loglevel", "warning", *keeping),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _ANSWERS_WITHIN_S
        # Another one may answer there.
        while self.info("server").get("process_id") != str(self._process.pid):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{_binary()} does not answer on port {self.port}")
            time.sleep(_LOOK_S)

    def stop(self) -> None:
        """End it, paused or not; without `persistent` everything in it is gone."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(timeout=_ANSWERS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def restart(self) -> None:
        """End it and start it again on its port."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Let it answer nothing until `go_on`, with all connections open."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        self._process.send_signal(signal.SIGCONT)

    def command(self, words: str) -> None:
        """Let it carry a command out that has no spaces but those between its words."""
        self._answer_to(f"{words}\r\n".encode())

    def flush(self) -> None:
        """Take everything out of it."""
        self._answer_to(b"FLUSHALL\r\n")

    def info(self, section: str) -> dict[str, str]:
        """Return a section of what INFO tells."""
        text = self._answer_to(f"INFO {section}\r\n".encode()).decode()
        pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
        return {name: value for name, value in pairs}  # noqa: C416 - pairs are lists

    def _answer_to(self, command: bytes) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(command + b"QUIT\r\n")
                return b"".join(iter(lambda: connection.recv(65_536), b""))
        except OSError:
            return b""


@contextlib.contextmanager
def redis_server(folder: Path, *, persistent: bool = False) -> Iterator[RedisServer]:
    """Run one, and end it on exit.

    Raises:
        NoRedis: none is installed.
    """
    server = RedisServer(folder, persistent=persistent)
    try:
        yield server
    finally:
        server.stop()


def _binary() -> str:
    for name in _BINARIES:
        found = shutil.which(name)
        if found:
            return found
    raise NoRedis("redis-server is not there. On Debian: sudo apt-get install redis-server")
