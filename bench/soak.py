"""Does a session come to cost more: as it ages, as others join, as its list grows? Ten minutes.

python -m bench.soak [--minutes 10]

The load and the upstream are those of `bench.compare`; the gateway has a core to itself where there
is more than one. Links and Gemini's sessions get half a minute and a minute and a half old before
they are left, so that minutes hold as many of those ends as hours do.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.answers import ask
from bench.compare import proc
from bench.compare.contestants import CONTESTANTS, Running
from bench.compare.pacing import Pacing
from bench.compare.stage import Stage
from bench.compare.window import Look, Window
from bench.processes import folder_for_logs, stoppable
from bench.soak_report import Age, Soak, report

_AGES: Final = (("LINK_AGE_S", "30"), ("SESSION_AGE_S", "90"))
_AGING_SHARE: Final = 0.6
_AGING: Final = 200
_EVERY_S: Final = 5.0
_FEW: Final = 20
_MANY: Final = 500
_LISTS: Final = 100
_WARM_UP: Final = 10
_WINDOWS: Final = 8
"""Of the rest of the time: 20 and 500 sessions, short and long lists, twice each."""
_GONE_S: Final = 20.0
_QUICKLY: Final = (600, 1_200)
"""A sentence of 0.6 s every 1.2 s: what lists cost shows when they change."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return 1 when a session came to cost more, or left something behind."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep what the processes log")
    given = parser.parse_args(arguments)
    with stoppable(), folder_for_logs(given.folder) as folder:
        return report(_soak(folder, given.minutes * 60))


def _soak(folder: Path, seconds: float) -> Soak:
    with ExitStack() as stack:
        stage = Stage(folder)
        stack.callback(stage.stop)
        gateway = next(each for each in CONTESTANTS if each.key == "gateway-v2")
        aging = stage.start(replace(gateway, settings=_AGES))
        stack.callback(aging.stop)
        print(f"{_AGING} sessions for {seconds * _AGING_SHARE:.0f} s", flush=True)
        soak = _aged(stage, aging, seconds * _AGING_SHARE)
        running = stage.start(gateway)
        stack.callback(running.stop)
        each_s = seconds * (1 - _AGING_SHARE) / _WINDOWS * 0.75
        for _ in range(2):
            print(f"{_FEW} and {_MANY} sessions, short and long lists", flush=True)
            _crowded(stage, running, each_s, soak)
            _listed(stage, running, each_s, soak)
        return soak


def _aged(stage: Stage, running: Running, seconds: float) -> Soak:
    """Have sessions speak all the time, and look at what they cost."""
    stage.connect(running, _WARM_UP)
    stage.hang_up(running)
    before = _tasks(running, down_to=0)
    stage.connect(running, _AGING)
    pacing = Pacing(_AGING, 100, seconds, "sentences")
    stage.begin(running, pacing)
    began = previous = stage.look(running)
    ages: list[Age] = []
    while previous.at_ns - began.at_ns < (seconds - _EVERY_S) * 1e9:
        time.sleep(_EVERY_S)
        now = stage.look(running)
        ages.append(_age(began, previous, now, running))
        previous = now
    spoken = stage.finish(running, within_s=_EVERY_S)
    stage.hang_up(running)
    after = _tasks(running, down_to=before)
    called = {(session, number) for session, number, *_ in spoken.upstream["calls"]}
    came = {(session, number) for session, number, _ in spoken.products}
    return Soak(
        sessions=_AGING,
        ages=ages,
        tasks=(before, after),
        links=previous.links - began.links,
        calls=len(called),
        missing=len(called - came),
        failures=tuple(spoken.phones["failures"]),
    )


def _age(began: Look, previous: Look, now: Look, running: Running) -> Age:
    chunks = max(1, now.chunks - previous.chunks)
    return Age(
        at_s=(now.at_ns - began.at_ns) / 1e9,
        cpu_us_per_chunk=(now.cpu_ns - previous.cpu_ns) / 1e3 / chunks,
        rss_mib=proc.rss_kib(running.pid) / 1024,
    )


def _crowded(stage: Stage, running: Running, seconds: float, soak: Soak) -> None:
    """Compare what one session costs beside few others with what it costs beside many."""
    stage.connect(running, _MANY)
    idle = stage.idle(running)
    for phones, found in ((_FEW, soak.few), (_MANY, soak.many)):
        found.append(_sentences(stage, running, Pacing(phones, 250, seconds, "sentences"), idle))
    stage.hang_up(running, keep=_FEW)


def _listed(stage: Stage, running: Running, seconds: float, soak: Soak) -> None:
    """Compare what a session with a short list costs with what one with a long one does."""
    sentence_ms, cycle_ms = _QUICKLY
    pacing = Pacing(_LISTS, 100, seconds, "sentences", sentence_ms, cycle_ms)
    for name, found in (("v2-short-list", soak.short), ("v2-long-list", soak.long)):
        phones = running.to_others(name, name)
        stage.connect(phones, _LISTS)
        found.append(_sentences(stage, phones, pacing, stage.idle(running)))


def _sentences(stage: Stage, running: Running, pacing: Pacing, idle: float) -> Window:
    return stage.speak(running, pacing, idle=idle, words=10)


def _tasks(running: Running, *, down_to: int) -> int:
    """Return how many tasks the gateway has once they are down to so many, or after a while."""
    deadline = time.monotonic() + (_GONE_S if down_to else 3.0)
    while True:
        tasks: int = ask(f"http://127.0.0.1:{running.port}/health")["process"]["tasks"]
        if tasks <= down_to or time.monotonic() > deadline:
            return tasks
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
