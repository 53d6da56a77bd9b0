"""Runs `gateway serve` with its emulator as processes of their own, and looks at them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.ports import own_port

ROOT = Path(__file__).parent.parent
_START_S = 60.0
_STOP_S = 15.0


@dataclass(frozen=True, slots=True)
class Service:
    """A running gateway.

    Attributes:
        port: its HTTP and WebSocket port on 127.0.0.1.
        emulator: ``http://…`` of its emulator's plain listener.
        pid: the gateway's process id.
        log: the file with its log lines.
    """

    port: int
    emulator: str
    pid: int
    log: Path

    def get(self, url: str) -> dict[str, Any]:
        """Return a JSON answer of the gateway's (a path) or of any server's (an address)."""
        full = url if url.startswith("http://") else f"http://127.0.0.1:{self.port}{url}"
        with urllib.request.urlopen(full, timeout=10) as answer:  # noqa: S310 - our own servers
            parsed: dict[str, Any] = json.load(answer)
            return parsed

    def connections(self) -> list[dict[str, Any]]:
        """Return the emulator's record of its connections."""
        records: list[dict[str, Any]] = self.get(f"{self.emulator}/emulator/connections")[
            "connections"
        ]
        return records

    def act(self, connection_id: str, action: dict[str, Any]) -> None:
        """Have the emulator do something to a connection."""
        url = f"{self.emulator}/emulator/connections/{connection_id}"
        urllib.request.urlopen(url, json.dumps(action).encode(), timeout=10).close()  # noqa: S310

    def open_files(self) -> int:
        """Return how many files and sockets the gateway has open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def error_lines(self) -> list[str]:
        """Return the log's lines of severity ERROR and above."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if re.search(r'"severity": ?"(ERROR|CRITICAL)"', line)]


@contextlib.contextmanager
def running(*, ears: str, **environment: str) -> Iterator[Service]:
    """Run a gateway without a key, so that it starts an emulator, and end both afterwards."""
    port = own_port()
    chosen = {"HOST": "127.0.0.1", "PORT": str(port), "EMULATOR_EARS": ears, **environment}
    inherited = {name: value for name, value in os.environ.items() if "API_KEY" not in name}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "gateway.log")
        with log.open("w") as stdout:
            process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "serve", "--dev"],
                cwd=ROOT,
                env=inherited | chosen,
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
            )
        try:
            yield Service(port, _emulator_of(process), process.pid, log)
        finally:
            process.terminate()
            process.communicate(timeout=_STOP_S)


def _emulator_of(process: subprocess.Popen[str]) -> str:
    """Read what the gateway tells people when it is ready, and return the emulator's address."""
    assert process.stderr is not None  # noqa: S101 - it was asked for
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        line = process.stderr.readline()
        if match := re.match(r"emulator +(http://[^/]+)/", line):
            return match[1]
        if not line:
            break
    raise RuntimeError("the gateway did not get ready")
