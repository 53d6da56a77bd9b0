"""The parent's side of a worker: a child process that takes orders (bench.compare.orders)."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.compare.cores import on_core, put_first
from bench.processes import end
from bench.service import ROOT

_PIECE: Final = 1 << 16


class WorkerFailed(Exception):
    """A worker ended, or did not answer in time: the measurement's doing, no contestant's."""


class Worker:
    """One child process; an answer is waited for, but never for ever."""

    def __init__(self, module: str, *arguments: str, core: int, log: Path) -> None:
        self._name = module
        self._unread = b""
        with log.open("w") as stderr, on_core(core):
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        put_first(self._process.pid)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def begin(self, do: str, **order: object) -> None:
        """Give an order; `finish` is to follow."""
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        try:
            self._process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as exc:
            raise WorkerFailed(f"{self._name} has ended") from exc

    def finish(self, within_s: float) -> Mapping[str, Any]:
        """Return the answer to the order that was given.

        Raises:
            WorkerFailed: there is none in time.
        """
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        deadline = time.monotonic() + within_s
        pieces = [self._unread]
        while b"\n" not in pieces[-1]:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise WorkerFailed(f"{self._name} did not answer within {within_s:.0f} s")
            piece = self._process.stdout.read1(_PIECE)  # type: ignore[attr-defined]  # of a BufferedReader
            if not piece:
                raise WorkerFailed(f"{self._name} has ended")
            pieces.append(piece)
        line, _, self._unread = b"".join(pieces).partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, do: str, *, within_s: float = 20.0, **order: object) -> Mapping[str, Any]:
        """Give an order and return the answer."""
        self.begin(do, **order)
        return self.finish(within_s)

    def stop(self) -> None:
        """End it."""
        end(self._process)
