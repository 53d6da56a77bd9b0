"""Starts the gateway as a process of its own, as tests on real sockets need it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.processes import EmulatorProcess

START_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0
POLL_S = 0.02
ADMIN_TOKEN = "a-token-for-tests"  # noqa: S105 - of a service that lives as long as a test
OURS = ("GEMINI_", "GOOGLE_", "SSL_CERT_FILE", "ADMIN_TOKEN", "EMULATOR_", "PORT", "HOST")

LogLine = dict[str, Any]


class GatewayProcess:
    """A running gateway on a free port, ended with the `with` block.

    Args:
        environment: variables on top of those of the tests, which carry none of the service's own.
        dev: start it as `make run` does.
    """

    port: int

    def __init__(self, environment: Mapping[str, str] | None = None, *, dev: bool = False) -> None:
        self._command = [sys.executable, "-m", "gateway", "serve", *(["--dev"] if dev else [])]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        own = {"HOST": "127.0.0.1", "PORT": "0", "ADMIN_TOKEN": ADMIN_TOKEN}
        self._environment = {**inherited, **own, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed in `__exit__`

    @classmethod
    def on(
        cls, emulator: EmulatorProcess, environment: Mapping[str, str] | None = None
    ) -> GatewayProcess:
        """Return a gateway whose Gemini is `emulator`."""
        upstream = {"GEMINI_API_KEY": "a-key-for-tests", **emulator.client_environment()}
        return cls({**upstream, **(environment or {})})

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            cwd=Path(__file__).parents[2],
            env=self._environment,
        )
        try:
            self.port = self._wait_for(self._listening_port)
            self._wait_for(self._ready)
        except BaseException:
            self.stop()
            self._log.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._log.close()

    @property
    def ws_url(self) -> str:
        """The address that phones use, without their path."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def http_url(self) -> str:
        """The address of the HTTP endpoints."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> list[LogLine]:
        """Return what it has logged so far."""
        text = os.pread(self._log.fileno(), 64 << 20, 0).decode()
        whole = text[: text.rfind("\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def get(self, path: str) -> LogLine:
        """Return what an HTTP endpoint answers an admin."""
        request = urllib.request.Request(  # noqa: S310 - our own
            self.http_url + path, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own
            answer: LogLine = json.load(response)
            return answer

    def stop(self) -> int:
        """End it with SIGTERM; return its exit code."""
        process = self._process
        assert process is not None
        process.terminate()
        try:
            return process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_WITHIN_S)
            raise

    def _listening_port(self) -> int | None:
        ports = [line["port"] for line in self.log() if "port" in line]
        return ports[0] if ports else None

    def _ready(self) -> bool | None:
        try:
            return bool(self.get("/readyz")["status"] == "ok")
        except urllib.error.HTTPError:
            return None

    def _wait_for(self, look: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is looked for
        """Poll until `look` returns something; fail when the process ends or takes too long."""
        assert self._process is not None
        deadline = time.monotonic() + START_WITHIN_S
        while not (found := look()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the gateway is not ready: {self.log()[-5:]}")
            time.sleep(POLL_S)
        return found
