"""Looks at a running process with perf, strace and py-spy, each of which ends by itself."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.compare.contestants import PEERS_PYTHON
from bench.compare.cores import on_core
from bench.profile import parts, stages

_HERTZ: Final = 1_997
_SPY_HERTZ: Final = 307
"""Primes: chunks come at an even pace, and who looks at a multiple of it always sees the same.

py-spy halts the process each time. At 700 a second and more that shows in what it sees.
"""
_SPARE_S: Final = 60.0
PY_SPY: Final = PEERS_PYTHON.with_name("py-spy")


class Unsupported(Exception):
    """This machine does not let us look: a tool is missing or forbidden."""


def check() -> None:
    """See that perf and py-spy work at all.

    Raises:
        Unsupported: one of them does not.
    """
    _run(["perf", "record", "-q", "-g", "-e", "cpu-clock", "-o", "/dev/null", "--", "true"], 10)
    _run(["strace", "-c", "-o", "/dev/null", "true"], 10)
    _run([str(PY_SPY), "--version"], 10)


def parts_of(pid: int, seconds: float, folder: Path) -> Counter[str]:
    """Return how many samples each part of a process's work has, over some time.

    The software clock is used: virtual machines seldom have hardware counters.
    """
    recorded = folder / "perf.data"
    command = ["perf", "record", "-q", "-g", "-e", "cpu-clock", "-F", f"{_HERTZ}"]
    _run([*command, "-p", f"{pid}", "-o", f"{recorded}", "--", "sleep", f"{seconds}"], seconds)
    script = ["perf", "script", "-i", f"{recorded}", "-F", "ip,sym,dso"]
    return parts.attributed(_run(script, _SPARE_S))


def calls_of(pid: int, seconds: float, folder: Path) -> dict[str, int]:
    """Return how often a process makes each system call, all its threads together."""
    summary = folder / "strace.txt"
    strace = ["strace", "-c", "-f", "-q", "-o", f"{summary}", "-p", f"{pid}"]
    with subprocess.Popen(strace, stderr=subprocess.PIPE, text=True) as tracing:  # noqa: S603 - ours
        time.sleep(seconds)
        ended = tracing.poll() is not None
        tracing.terminate()
        try:
            _, said = tracing.communicate(timeout=_SPARE_S)
        except subprocess.TimeoutExpired:
            tracing.kill()
            raise
    if ended:
        raise Unsupported(f"strace: {said.strip()}")
    return parts.calls(summary.read_text())


def stages_of(pid: int, seconds: int, folder: Path, *, core: int) -> Counter[str]:
    """Return how many of a Python process's samples each stage has, over some time.

    py-spy looks from outside: on the process's own core it would have its turn when the process
    has nothing to do, and see just that. So it runs on another one, `core`.
    """
    raw = folder / "stacks.txt"
    command = [str(PY_SPY), "record", "--native", "--format", "raw", "--rate", f"{_SPY_HERTZ}"]
    command += ["--duration", f"{seconds}", "--pid", f"{pid}", "-o", f"{raw}"]
    with on_core(core):
        _run(command, seconds)
    return stages.attributed(raw.read_text())


def _run(command: Sequence[str], seconds: float) -> str:
    """Return what a command prints.

    Raises:
        Unsupported: it is not there, or fails.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the commands are ours
            command, check=True, capture_output=True, text=True, timeout=seconds + _SPARE_S
        )
    except FileNotFoundError as exc:
        raise Unsupported(f"{command[0]} is not installed") from exc
    except subprocess.CalledProcessError as exc:
        raise Unsupported(f"{' '.join(command[:2])}: {exc.stderr.strip()}") from exc
    return done.stdout
