"""Where does each microsecond of one chunk go? Less than three minutes.

python -m bench.profile [--write docs/performance.md]

The load, the upstream and the contestants are those of `bench.compare`. Each contestant has turns
in which nobody looks, which tell what a chunk costs, and others in which perf, strace and py-spy
look, which tell in what proportions.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.compare.contestants import CONTESTANTS, Running
from bench.compare.document import begin, between
from bench.compare.pacing import Pacing
from bench.compare.stage import Stage
from bench.processes import folder_for_logs, stoppable
from bench.profile import sampling
from bench.profile.table import Profile, lines, section

_KEYS: Final = ("haproxy", "gateway-v2", "gateway-v1")
_PHONES: Final = 150
_CHUNK_MS: Final = 100
_WARM_UP_S: Final = 2.0
_ROUNDS: Final = 2
_PLAIN_S: Final = 3.0
_PERF_S: Final = 5.0
_STRACE_S: Final = 1.5
_SPY_S: Final = 20
_SPARE_S: Final = 2.0
"""Speech beyond what is looked at: attaching takes a moment."""
_RAMP_S: Final = 0.3
_WIDTH: Final = 140
_BEGIN: Final = begin("make profile")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return 2 where this machine does not let us look."""
    parser = argparse.ArgumentParser(prog="bench.profile", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table in there too")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep what the processes log")
    given = parser.parse_args(arguments)
    try:
        sampling.check()
        with stoppable(), folder_for_logs(given.folder) as folder:
            profiles = _profiles(folder)
    except sampling.Unsupported as exc:
        print(f"This machine does not let us look into processes: {exc}", file=sys.stderr)
        return 2
    _show(profiles)
    if given.write is not None:
        text = section(_today(), _machine(), f"{_PHONES} phones, {_CHUNK_MS} ms chunks", profiles)
        given.write.write_text(between(given.write.read_text(), text, begin=_BEGIN))
    return 0


def _profiles(folder: Path) -> list[Profile]:
    with ExitStack() as stack:
        stage = Stage(folder)
        stack.callback(stage.stop)
        found = []
        for contestant in (each for key in _KEYS for each in CONTESTANTS if each.key == key):
            running = stage.start(contestant)
            stack.callback(running.stop)
            stage.connect(running, _PHONES)
            stage.speak(running, _pacing(_WARM_UP_S))
            found.append((running, Profile(contestant.title)))
        for number in range(_ROUNDS):
            for running, profile in found:
                _tell(f"{profile.title}: round {number + 1}")
                _round(stage, running, profile, folder)
        for running, profile in found:
            _tell(f"{profile.title}: system calls, stages")
            _once(stage, running, profile, folder)
        return [profile for _, profile in found]


def _round(stage: Stage, running: Running, profile: Profile, folder: Path) -> None:
    """Note what a chunk costs, and in what proportions."""
    idle = stage.idle(running)
    profile.cpu_us.append(stage.speak(running, _pacing(_PLAIN_S), idle=idle).cpu_us_per_chunk)
    with _spoken(stage, running, _PERF_S):
        profile.parts += sampling.parts_of(running.pid, _PERF_S, folder)


def _once(stage: Stage, running: Running, profile: Profile, folder: Path) -> None:
    """Note the system calls, and of the gateway the stages of Python's part."""
    with _spoken(stage, running, _STRACE_S) as chunks:
        profile.calls = sampling.calls_of(running.pid, _STRACE_S, folder)
        profile.calls_chunks = chunks()
    if running.contestant.key != _KEYS[0]:
        with _spoken(stage, running, _SPY_S):
            core = stage.cores.phones
            profile.stages = sampling.stages_of(running.pid, _SPY_S, folder, core=core)


@contextmanager
def _spoken(stage: Stage, running: Running, seconds: float) -> Iterator[Callable[[], int]]:
    """Have phones speak meanwhile; what is given says how many chunks have arrived."""
    stage.begin(running, _pacing(seconds + _SPARE_S))
    time.sleep(_RAMP_S)
    before = stage.look(running).chunks
    try:
        yield lambda: stage.look(running).chunks - before
    finally:
        stage.finish(running, within_s=seconds + _SPARE_S)


def _pacing(seconds: float) -> Pacing:
    return Pacing(_PHONES, _CHUNK_MS, seconds, "steady")


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()


def _machine() -> str:
    system = f"{platform.system()} {platform.release()}"
    return f"{os.cpu_count()} cores, CPython {platform.python_version()}, {system}"


def _show(profiles: Sequence[Profile]) -> None:
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    header, *rest = lines(profiles)
    table = Table(*header)
    for cells in rest:
        table.add_row(*(cell.strip("*") for cell in cells))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
