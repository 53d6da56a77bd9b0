"""The contestants: how each is started, and how phones speak to it."""

from __future__ import annotations

import copy
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.answers import ADMIN_TOKEN
from bench.compare.cores import on_core, put_first
from bench.ports import own_port
from bench.processes import CONFIGURING, NO_LIMITS, end
from bench.service import ROOT

PEERS_PYTHON: Final = ROOT / "build" / "peers" / "bin" / "python"
"""What `make bench` installs bench/requirements-peers.lock into."""
_ANSWER_S: Final = 30.0
_LOOK_S: Final = 0.005
_NO_NEW_LINKS: Final = (("LINK_AGE_S", "3000"), ("SESSION_AGE_S", "3400"))
"""The gateway leaves links that are ten minutes old, and what it then says again on a new one would
be counted in whoever's turn it is. `bench.soak` shows what that costs."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One that is compared.

    Attributes:
        key: its name in results.
        title: its name for people.
        dialect: what its phones speak.
        command: how it is started; ``{port}``, ``{upstream}`` and ``{folder}`` are filled in.
        path: what answers when it works; `None` where nothing does.
        settings: further environment variables.
        ready: what answers when it takes sessions, if that is not the same.
    """

    key: str
    title: str
    dialect: str
    command: tuple[str, ...]
    path: str | None
    settings: tuple[tuple[str, str], ...] = ()
    ready: str | None = None


def _peer(name: str) -> tuple[str, ...]:
    return (str(PEERS_PYTHON), str(ROOT / "bench" / "peers" / name), "{port}")


def _gateway(key: str, title: str, dialect: str) -> Contestant:
    command = (sys.executable, "-m", "gateway", "serve")
    return Contestant(key, title, dialect, command, "/livez", _NO_NEW_LINKS, ready="/readyz")


CONTESTANTS: Final = (
    Contestant("haproxy", "HAProxy, a plain tunnel", "gemini", ("{haproxy}",), None),
    _gateway("gateway-v2", "this gateway, v2 binary", "v2"),
    _gateway("gateway-v1", "this gateway, v1 JSON", "v1"),
    Contestant("seed-way", "seed-way: FastAPI, SDK, json", "v1", _peer("seed_way.py"), "/"),
    Contestant("google-way", "Google's way: queues, SDK", "example", _peer("google_way.py"), "/"),
)
BARE: Final = Contestant(
    "starlette",
    "a bare Starlette app",
    "",
    (sys.executable, *_peer("bare_starlette.py")[1:]),
    "/livez",
)
_HAPROXY: Final = """\
global
    maxconn 4000
    nbthread 1
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen tunnel
    bind 127.0.0.1:{port}
    default-server ssl verify required ca-file {certificate} verifyhost localhost
    server gemini 127.0.0.1:{upstream}
"""


class Running:
    """A contestant's process."""

    def __init__(
        self, contestant: Contestant, *, upstream: str, certificate: Path, core: int
    ) -> None:
        """Start it.

        Args:
            contestant: which.
            upstream: ``https://localhost:PORT``.
            certificate: what to trust for it; what the process writes goes beside it.
            core: where it runs.
        """
        self.contestant = contestant
        self.port = own_port()
        self.took_s = 0.0
        folder = certificate.parent
        command = [part.format(port=self.port, haproxy="") for part in contestant.command]
        if contestant.key == "haproxy":
            command = _haproxy(folder, self.port, urlsplit(upstream).port or 0, certificate)
        self._started_at = time.monotonic()
        with (folder / f"{contestant.key}.log").open("a") as log, on_core(core):
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                command,
                cwd=ROOT,
                env={
                    **_environment(self.port, upstream, certificate),
                    **dict(contestant.settings),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        put_first(self._process.pid)
        try:
            self._wait_for_answer(contestant.path)
        except BaseException:  # also Ctrl-C: no process is left behind
            self.stop()
            raise
        self.took_s = time.monotonic() - self._started_at

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def until_ready(self) -> float:
        """Wait until it takes sessions; return how many seconds after its start that was."""
        if self.contestant.ready is None:
            return self.took_s
        self._wait_for_answer(self.contestant.ready)
        return time.monotonic() - self._started_at

    def to_others(self, key: str, dialect: str) -> Running:
        """Return the same process as other phones see it, which speak otherwise."""
        other = copy.copy(self)
        other.contestant = replace(self.contestant, key=key, dialect=dialect)
        return other

    def stop(self) -> None:
        """End it."""
        end(self._process)

    def _wait_for_answer(self, path: str | None) -> None:
        deadline = time.monotonic() + _ANSWER_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.contestant.key} ended with {self._process.returncode}")
            try:
                self._look(path)
            except (HTTPException, OSError):
                time.sleep(_LOOK_S)
            else:
                return
        raise RuntimeError(f"{self.contestant.key} did not answer")

    def _look(self, path: str | None) -> None:
        """Ask it whether it works; of a tunnel, whether it takes connections."""
        if path is None:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return
        url = f"http://127.0.0.1:{self.port}{path}"
        urllib.request.urlopen(url, timeout=1).close()


def _environment(port: int, upstream: str, certificate: Path) -> Mapping[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(CONFIGURING)}
    return kept | {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "GEMINI_API_KEY": "a-key-for-measurements",
        "GOOGLE_GEMINI_BASE_URL": upstream,
        "SSL_CERT_FILE": str(certificate),
        "ADMIN_TOKEN": ADMIN_TOKEN,
        **NO_LIMITS,
    }


def _haproxy(folder: Path, port: int, upstream: int, certificate: Path) -> list[str]:
    settings = folder / "haproxy.cfg"
    settings.write_text(_HAPROXY.format(port=port, upstream=upstream, certificate=certificate))
    return ["haproxy", "-db", "-f", str(settings)]
