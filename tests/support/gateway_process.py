"""The service as a process of its own, as operators run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.processes import EmulatorProcess

ROOT = Path(__file__).parents[2]
SAYS_WITHIN_S = 40.0
ENDS_WITHIN_S = 30.0
POLL_S = 0.01
LEFT_TO_DEFAULT = (
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_GENAI_USE_VERTEXAI",
    "GOOGLE_GENAI_USE_ENTERPRISE",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_LOCATION",
    "SSL_CERT_FILE",
    "ADMIN_TOKEN",
    "SESSION_STORE",
    "INSTANCE_ID",
    "AUTH_JWT_SECRET",
    "AUTH_JWKS_URL",
    "AUTH_ISSUER",
    "AUTH_AUDIENCE",
    "ALLOW_ANONYMOUS",
    "ADMIN_ROLE",
)
ADMIN_TOKEN = "a-token-for-tests"  # noqa: S105 - of a service that lives as long as a test

Line = dict[str, Any]


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return ours without what would configure the service, and with `changes`."""
    kept = {k: v for k, v in os.environ.items() if k not in LEFT_TO_DEFAULT}
    return {**kept, "HOST": "127.0.0.1", "PORT": "0", "EMULATOR_EARS": "none", **changes}


class GatewayProcess:
    """`gateway serve` on a free port; killed with the `with` block if it still runs.

    It writes to files, not pipes: one that nobody empties would stop it when it is full.

    Attributes:
        lines: what it has logged, as far as it was looked at.
        text: the same, as it stands there.
        stderr: what it wrote there, known once it has ended.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        command: Sequence[str] = (sys.executable, "-m", "gateway", "serve"),
        directory: Path = ROOT,
    ) -> None:
        self.lines: list[Line] = []
        self.text = ""
        self.stderr = ""
        self._out = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed in `__exit__`
        self._err = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed in `__exit__`
        self._looked_at = 0
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            list(command),
            env=environment(settings),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
        )

    @classmethod
    def on(cls, emulator: EmulatorProcess, settings: Mapping[str, str] | None = None) -> Self:
        """Start one whose Gemini is `emulator`; its admin token is `ADMIN_TOKEN`."""
        upstream = {"GEMINI_API_KEY": "a-key-for-tests", **emulator.client_environment()}
        return cls({**upstream, "ADMIN_TOKEN": ADMIN_TOKEN, **(settings or {})})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait()
        self._out.close()
        self._err.close()

    @property
    def port(self) -> int:
        """The port it listens on; waits until it does."""
        port = self.line("listening")["port"]
        assert isinstance(port, int)
        return port

    @property
    def ws_url(self) -> str:
        """The address that phones use, without their path; waits until it listens."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def http_url(self) -> str:
        """The address of the HTTP endpoints; waits until it listens."""
        return f"http://127.0.0.1:{self.port}"

    def line(self, message: str, *, nth: int = 1, **facts: str) -> Line:
        """Return the `nth` line with that message and those facts, waiting for it."""
        deadline = time.monotonic() + SAYS_WITHIN_S
        seen = 0
        while True:
            ended = self._process.poll() is not None
            self._look()
            for line in self.lines[seen:]:
                if line["message"].startswith(message) and facts.items() <= line.items():
                    nth -= 1
                    if not nth:
                        return line
            seen = len(self.lines)
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"it did not say {message} {facts}: {self.lines}")
            time.sleep(POLL_S)

    def log(self) -> list[Line]:
        """Return all that it has logged so far."""
        self._look()
        return self.lines

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and JSON of a GET."""
        return self.ask("GET", path, {})

    def ask(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Return status and JSON of a request."""
        try:
            url = f"{self.http_url}{path}"
            request = urllib.request.Request(url, method=method, headers=dict(headers))  # noqa: S310 - our own
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    def pause(self) -> None:
        """Send SIGSTOP."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Send SIGCONT."""
        self._process.send_signal(signal.SIGCONT)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL, and return when it is gone."""
        self._process.kill()
        self._process.wait(ENDS_WITHIN_S)

    def wait(self) -> int:
        """Wait for its end; return its exit code. All its lines are there then."""
        exit_code = self._process.wait(ENDS_WITHIN_S)
        self._look()
        self.stderr = _content(self._err.fileno(), 0).decode()
        return exit_code

    def _look(self) -> None:
        """Read the lines that are whole and new."""
        written = _content(self._out.fileno(), self._looked_at)
        whole = written[: written.rfind(b"\n") + 1]
        self._looked_at += len(whole)
        self.text += whole.decode()
        self.lines += [json.loads(line) for line in whole.splitlines()]


def _content(file: int, start: int) -> bytes:
    """Return what the file holds from `start` on, without moving where it is written to."""
    return os.pread(file, os.fstat(file).st_size - start, start)
