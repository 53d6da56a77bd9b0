"""A gateway and an emulator as processes of their own, joined by TLS; the latter can be killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.ports import own_port
from bench.service import ROOT

_START_S: Final = 60.0
_STOP_S: Final = 15.0
_TOKEN: Final = "a-token-for-measurements"  # noqa: S105 - of a service on the loopback interface
_OURS: Final = ("GEMINI_", "GOOGLE_", "SSL_CERT", "EMULATOR_", "LINK_", "ADMIN_", "UPLINK_")
"""Beginnings of variables that would configure the gateway."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Environment:
    """How a pair is started; scenarios that name the same one can share it.

    Attributes:
        gateway: environment variables of the gateway.
        emulator: further arguments of the emulator.
    """

    gateway: tuple[tuple[str, str], ...] = ()
    emulator: tuple[str, ...] = ()


@dataclass(slots=True)
class Pair:
    """A running gateway and its emulator.

    Attributes:
        port: the gateway's port on 127.0.0.1.
        log: the file with the gateway's log lines.
        tls_url: ``https://…`` of the emulator's TLS listener.
        certificate: the PEM file to trust for it.
    """

    environment: Environment
    folder: Path
    plain_port: int
    tls_port: int
    port: int
    log: Path
    _processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def tls_url(self) -> str:
        """The address that the gateway has for Gemini."""
        return f"https://localhost:{self.tls_port}"

    @property
    def certificate(self) -> Path:
        """The emulator's own certificate: the same one after a restart."""
        return self.folder / "emulator" / "certificate.pem"

    # The two processes.

    def start_emulator(self) -> None:
        """Start it, on the same ports as before, and wait until it listens."""
        command = [
            sys.executable, "-m", "emulator", "--json", "--until-stdin-closes",
            "--port", str(self.plain_port), "--tls-port", str(self.tls_port),
            "--state-dir", str(self.folder / "emulator"), *self.environment.emulator,
        ]  # fmt: skip
        with (self.folder / "emulator.log").open("a") as stderr:
            process = subprocess.Popen(  # noqa: S603 - the command is ours
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=ROOT,
                text=True,
            )
        self._processes["emulator"] = process
        assert process.stdout is not None  # noqa: S101 - it was asked for
        if not process.stdout.readline():
            raise RuntimeError(f"the emulator did not get ready: {command}")

    def mend(self) -> None:
        """Have an emulator that treats new connections well, started again if there is none."""
        if "emulator" not in self._processes:
            self.start_emulator()
        self.drop_rules()

    def kill_emulator(self) -> None:
        """Kill it, without a chance to say goodbye."""
        process = self._processes.pop("emulator")
        process.kill()
        _let_go(process)

    def start_gateway(self) -> None:
        """Start it and wait until it listens."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        chosen = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "GEMINI_API_KEY": "a-key-for-measurements",
            "GOOGLE_GEMINI_BASE_URL": self.tls_url,
            "SSL_CERT_FILE": str(self.certificate),
            "ADMIN_TOKEN": _TOKEN,
            **dict(self.environment.gateway),
        }
        with self.log.open("w") as stdout:
            self._processes["gateway"] = process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "serve"],
                cwd=ROOT,
                env=kept | chosen,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.STDOUT,
                text=True,
            )
        deadline = time.monotonic() + _START_S
        while '"listening"' not in (said := self.log.read_text()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the gateway did not get ready: {said}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End both processes."""
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
            _let_go(process)

    # What they tell.

    def connections(self) -> list[Record]:
        """Return the emulator's records of its connections, by number."""
        answer = _json(f"http://127.0.0.1:{self.plain_port}/emulator/connections")
        records: list[Record] = answer["connections"]
        return sorted(records, key=lambda record: record["number"])

    def act(self, connection_id: str, action: Mapping[str, object]) -> None:
        """Have the emulator do something to a connection."""
        _json(f"http://127.0.0.1:{self.plain_port}/emulator/connections/{connection_id}", action)

    def add_rule(self, rule: Mapping[str, object]) -> None:
        """Have the emulator do something to connections that are to come."""
        _json(f"http://127.0.0.1:{self.plain_port}/emulator/faults", rule)

    def drop_rules(self) -> None:
        """Have the emulator treat new connections well again."""
        _json(f"http://127.0.0.1:{self.plain_port}/emulator/faults", method="DELETE")

    def session(self, user: str) -> Record:
        """Return what `GET /sessions/{user}` says."""
        return _json(f"http://127.0.0.1:{self.port}/sessions/{user}", token=_TOKEN)

    def log_lines(self, user: str) -> list[Record]:
        """Return the gateway's log lines about one user."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{")
        return [line for line in lines if line.get("user_id") == user]


@contextlib.contextmanager
def running(environment: Environment) -> Iterator[Pair]:
    """Run a gateway whose Gemini is an emulator, and end both afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    plain, tls, own = own_port(), own_port(), own_port()
    pair = Pair(environment, folder, plain, tls, own, folder / "gateway.log")
    try:
        (folder / "emulator").mkdir()
        pair.start_emulator()
        pair.start_gateway()
        yield pair
    finally:
        pair.stop()
        shutil.rmtree(folder)


def _let_go(process: subprocess.Popen[str]) -> None:
    """Wait for its end and close the pipes to it."""
    process.wait(_STOP_S)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _json(
    url: str,
    body: Mapping[str, object] | None = None,
    *,
    token: str = "",
    method: str | None = None,
) -> Record:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own
            parsed: Record = json.load(answer)
            return parsed
    except urllib.error.HTTPError as refusal:
        with refusal:
            raise RuntimeError(f"{url} {body}: {refusal.code} {refusal.read()!r}") from refusal
