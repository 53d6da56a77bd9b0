"""Runs an emulator and a gateway that has it for its Gemini, as processes of their own.

Whatever happens to the measurement, they end with it: each is ended by its process id, and killed
if it does not go. They get sessions of their own, so that Ctrl-C reaches the measurement alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final
from urllib.parse import urlsplit

from bench.answers import ADMIN_TOKEN, ask
from bench.ports import own_port
from bench.service import ROOT

_START_S: Final = 60.0
_STOP_S: Final = 15.0
CONFIGURING: Final = (
    *("GEMINI_", "GOOGLE_", "SSL_CERT", "EMULATOR_", "LINK_", "ADMIN_", "UPLINK_"),
    *("SESSION_", "OUTBOX_", "CLIENT_", "DRAIN_", "CONNECTION_", "STOP_", "INSTANCE_"),
    *("AUTH_", "ALLOW", "TRUSTED_", "TICKET_"),
)
"""Beginnings of the variables that would configure the gateway."""
NO_LIMITS: Final = {
    "MAX_SESSIONS": "0",
    "CONNECTS_PER_USER": "0",
    "IDLE_LIMIT_S": "0",
}
"""Settings without which a measurement of very many or very long sessions would measure limits."""


@dataclass(slots=True)
class EmulatorProcess:
    """An emulator that can be killed and started again, on the same ports with one certificate.

    Attributes:
        folder: where its certificate and what it prints go.
        arguments: further ones of its command line.
        plain_url: ``http://…`` of the listener with the control endpoint, once it was started.
        tls_url: ``https://…`` of the listener that the gateway speaks to, once it was started.
        certificate: what to trust for it, once it was started.
    """

    folder: Path
    arguments: tuple[str, ...] = ()
    plain_url: str = ""
    tls_url: str = ""
    certificate: str = ""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, `None` unless it runs."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and alive else None

    @property
    def tls_port(self) -> int:
        """The port that the gateway speaks to; 0 before the first start: any."""
        return urlsplit(self.tls_url).port or 0

    def start(self) -> None:
        """Start it and wait until it listens.

        Raises:
            RuntimeError: it did not get ready.
        """
        ports = urlsplit(self.plain_url).port or own_port(), self.tls_port or own_port()
        command = ["emulator", "--json", "--until-stdin-closes", "--state-dir", str(self.folder)]
        command += ["--port", str(ports[0]), "--tls-port", str(ports[1]), *self.arguments]
        out = self.folder / "emulator.out"
        with out.open("w") as stdout, (self.folder / "emulator.err").open("a") as stderr:
            self._process = _started(command, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr)
        line = _first_line_with('"ready"', out, self._process)
        ready = json.loads(line)
        self.plain_url, self.tls_url = ready["plain_url"], ready["tls_url"]
        self.certificate = ready["certificate"]

    def kill(self) -> None:
        """Kill it as a machine that dies would: it says nothing to anybody."""
        if self._process is not None:
            self._process.kill()
        self.stop()

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            end(self._process)
            self._process = None

    def connection(self, connection_id: str) -> dict[str, Any] | None:
        """Return the record of a connection, `None` if there is none yet."""
        try:
            return ask(f"{self.plain_url}/emulator/connections/{connection_id}")
        except urllib.error.HTTPError as refusal:
            if refusal.code != HTTPStatus.NOT_FOUND:
                raise
            return None

    def connections(self) -> list[dict[str, Any]]:
        """Return the records of all connections."""
        records: list[dict[str, Any]]
        records = ask(f"{self.plain_url}/emulator/connections")["connections"]
        return records

    def act(self, connection_id: str, action: Mapping[str, object]) -> bool:
        """Do something to a connection; return whether it was still open."""
        try:
            ask(f"{self.plain_url}/emulator/connections/{connection_id}", action)
        except urllib.error.HTTPError as refusal:
            if refusal.code != HTTPStatus.CONFLICT:
                raise
            return False
        return True


@dataclass(slots=True)
class GatewayProcess:
    """`gateway serve`, which keeps its port when it is started again.

    Attributes:
        folder: where its log goes.
        settings: further environment variables.
        collecting: it is run by `bench.collecting`.
        port: its port on 127.0.0.1, once it was started; any free one unless it was given.
        name: of its log.
    """

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    collecting: bool = False
    port: int = 0
    name: str = "gateway"
    _process: subprocess.Popen[bytes] | None = None

    def start(self, emulator: EmulatorProcess) -> None:
        """Start it with that emulator for its Gemini, and wait until it listens.

        Raises:
            RuntimeError: it did not get ready.
        """
        kept = {k: v for k, v in os.environ.items() if not k.startswith(CONFIGURING)}
        chosen = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port or own_port()),
            "GEMINI_API_KEY": "a-key-for-measurements",
            "GOOGLE_GEMINI_BASE_URL": emulator.tls_url,
            "SSL_CERT_FILE": emulator.certificate,
            "ADMIN_TOKEN": ADMIN_TOKEN,
            **NO_LIMITS,
            **self.settings,
        }
        log = self._log
        said = log.stat().st_size if log.exists() else 0
        with log.open("a") as stdout:
            self._process = _started(
                [*(["bench.collecting"] if self.collecting else []), "gateway", "serve"],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stdout,
                environment=kept | chosen,
            )
        line = _first_line_with('"message":"listening"', log, self._process, since=said)
        self.port = json.loads(line)["port"]

    @property
    def pid(self) -> int | None:
        """Its process id, `None` unless it runs."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and alive else None

    def signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            end(self._process)
            self._process = None

    def terminate(self) -> None:
        """Send it SIGTERM, and do not wait."""
        if self._process is not None:
            self._process.terminate()

    def exit_code(self, within_s: float) -> int | None:
        """Wait until it has ended, and return its exit code; ``None`` if it takes longer."""
        if self._process is None:
            return None
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None

    def health(self) -> dict[str, Any]:
        """Return what `GET /health` says."""
        return ask(f"http://127.0.0.1:{self.port}/health")

    def sessions(self) -> list[dict[str, Any]]:
        """Return what `GET /sessions` lists."""
        url = f"http://127.0.0.1:{self.port}/sessions"
        rows: list[dict[str, Any]] = ask(url, token=ADMIN_TOKEN)["sessions"]
        return rows

    def collect_garbage(self) -> None:
        """Have its garbage collected before it answers anything else."""
        if self.collecting and self._process is not None:
            self._process.send_signal(signal.SIGUSR1)

    def end_session(self, user: str) -> None:
        """End a user's session, so that there is nothing to resume."""
        url = f"http://127.0.0.1:{self.port}/sessions/{user}"
        ask(url, token=ADMIN_TOKEN, method="DELETE")

    def lines(self) -> list[str]:
        """Return all that it has printed so far."""
        return self._log.read_text(errors="replace").splitlines()

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.log"


@contextlib.contextmanager
def folder_for_logs(chosen: Path | None) -> Iterator[Path]:
    """Make the directory that was chosen, or one that is gone afterwards."""
    if chosen is None:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield Path(folder)
    else:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen


@contextlib.contextmanager
def running(emulator: EmulatorProcess, gateway: GatewayProcess) -> Iterator[None]:
    """Run both, and end both afterwards, also when the measurement itself is told to end."""
    with stoppable():
        try:
            emulator.start()
            gateway.start(emulator)
            yield
        finally:
            try:
                gateway.stop()
            finally:
                emulator.stop()


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM end the measurement as Ctrl-C does: what is open is closed."""
    previous = signal.signal(signal.SIGTERM, _stop_measuring)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _stop_measuring(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)


def _started(
    module: list[str],
    *,
    stdin: int,
    stdout: IO[str],
    stderr: IO[str],
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the command is ours
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )


def _first_line_with(
    text: str, file: Path, process: subprocess.Popen[bytes], *, since: int = 0
) -> str:
    """Return the first whole line with `text` that a process prints, waiting for it.

    Args:
        text: what to look for.
        file: what it prints to.
        process: whose it is.
        since: bytes of the file that were there before.
    """
    deadline = time.monotonic() + _START_S
    while True:
        ended = process.poll() is not None
        printed = file.read_bytes()[since:].decode(errors="replace")
        for line in printed[: printed.rfind("\n") + 1].splitlines():
            if text in line:
                return line
        if ended or time.monotonic() > deadline:
            end(process)
            raise RuntimeError(f"it did not get ready: {process.args!r}: {printed}")
        time.sleep(0.02)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, the hard way if it does not go."""
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_STOP_S)
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
