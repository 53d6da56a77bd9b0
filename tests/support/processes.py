"""Starts the emulator as a process of its own, as tests on real sockets need it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

START_WITHIN_S = 30.0
STOP_WITHIN_S = 30.0
SEEN_WITHIN_S = 30.0
POLL_S = 0.02

Record = dict[str, Any]


class EmulatorProcess:
    """A running emulator, on free ports, ended with the `with` block.

    Args of the constructor go to the command line: `EmulatorProcess("--ears", "none")`.
    """

    plain_url: str
    tls_url: str
    certificate: str
    pid: int

    def __init__(self, *arguments: str) -> None:
        self._command = [
            sys.executable, "-m", "emulator", "--json", "--until-stdin-closes",
            "--port", "0", "--tls-port", "0", *arguments,
        ]  # fmt: skip
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        # Its standard input is ours: should the tests die, it ends by itself.
        self._process = subprocess.Popen(  # noqa: S603  # the command is ours
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._stop()
            raise RuntimeError(f"the emulator ended without being ready: {self._command}")
        ready = json.loads(line)
        assert ready["event"] == "ready"
        self.plain_url = ready["plain_url"]
        self.tls_url = ready["tls_url"]
        self.certificate = ready["certificate"]
        self.pid = ready["pid"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def client_environment(self) -> dict[str, str]:
        """Return the variables that send google-genai for Python here, and nothing else."""
        return {"GOOGLE_GEMINI_BASE_URL": self.tls_url, "SSL_CERT_FILE": self.certificate}

    def connections(self) -> list[Record]:
        """Return the records of all connections, closed ones first."""
        connections: list[Record] = self._ask("/emulator/connections")["connections"]
        return connections

    def connection(self, connection_id: str) -> Record:
        """Return the record of one connection."""
        return self._ask(f"/emulator/connections/{connection_id}")

    def act(self, connection_id: str, action: Record) -> None:
        """Do something to a connection; raise `urllib.error.HTTPError` when it is refused."""
        self._ask(f"/emulator/connections/{connection_id}", json.dumps(action).encode())

    def wait_for(self, condition: Callable[[list[Record]], bool]) -> list[Record]:
        """Poll the records until a condition holds on them, and return them."""
        deadline = time.monotonic() + SEEN_WITHIN_S
        while not condition(records := self.connections()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not seen within {SEEN_WITHIN_S} s; last: {records}")
            time.sleep(POLL_S)
        return records

    def wait(self) -> int:
        """Wait for it to end by itself; return its exit code."""
        assert self._process is not None
        return self._process.wait(STOP_WITHIN_S)

    def _ask(self, path: str, body: bytes | None = None) -> Record:
        url = f"{self.plain_url}{path}"
        with urllib.request.urlopen(url, body, timeout=20) as response:  # noqa: S310  # our own
            answer: Record = json.load(response)
            return answer

    def _stop(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_WITHIN_S)
            raise
        finally:
            process.stdin.close()
            process.stdout.close()
