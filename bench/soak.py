"""Does a session come to cost more: as it ages, as others join, as its list grows? Ten minutes.

python -m bench.soak [--minutes 10 | --quick] [--write docs/performance.md]

The load and the upstream are those of `bench.compare`; the gateway has a core to itself where
there is more than one. Age is simulated: links and Gemini's sessions are left when they are a small
part as old as usual, and there is a sentence every second, so that minutes hold what hours do
otherwise. What is compared has its turns one after the other, in the same process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from bench.answers import ask
from bench.compare import proc
from bench.compare.contestants import CONTESTANTS, Running
from bench.compare.document import begin, between
from bench.compare.pacing import Pacing
from bench.compare.stage import Stage
from bench.compare.window import Look, Window
from bench.processes import folder_for_logs, stoppable
from bench.soak_report import Age, Pair, Soak, broken_promises, report, section

_LINK_AGE_S: Final = 20
_AGES: Final = (("LINK_AGE_S", f"{_LINK_AGE_S}"), ("SESSION_AGE_S", "60"))
_USUAL_LINK_AGE_S: Final = 600
_AGING_SHARE: Final = 0.45
_YOUTH_SHARE: Final = 0.1
"""Of the time: what fresh sessions have said before they are compared; they are to be warm."""
_AGING: Final = 100
_EVERY_S: Final = 5.0
_FEW: Final = 20
_MANY: Final = 500
_LISTS: Final = 100
_WARM_UP: Final = 10
_ROUNDS: Final = 6
"""Even: each is first as often as the other."""
_QUICK_ROUNDS: Final = 2
"""Under `_LONG_MINUTES`: most of a short window is the silence around it."""
_LONG_MINUTES: Final = 5.0
_WINDOWS: Final = 6
"""Of a round: young and old, 20 and 500 sessions, short and long lists."""
_WINDOWS_SHARE: Final = 0.65
"""Of that again; connecting and the silence between them take the rest."""
_SETTLE_S: Final = 1.0
_IDLE_LOOKS: Final = 3
_GONE_S: Final = 20.0
_MINUTES: Final = 10.0
_QUICK_MINUTES: Final = 2.0
_BUSILY: Final = (300, 1_000)
"""A sentence of 0.3 s every second: an hour's worth of sentences in some minutes."""
_QUICKLY: Final = (600, 1_200)
"""A sentence of 0.6 s every 1.2 s: what lists cost shows when they change."""
_BEGIN: Final = begin("make soak")
_Turn: TypeAlias = Callable[[], Window]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return 1 when a session came to cost more, or left something behind."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=_MINUTES)
    parser.add_argument("--quick", action="store_true", help="two minutes, for a look")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table in there too")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep what the processes log")
    given = parser.parse_args(arguments)
    minutes = _QUICK_MINUTES if given.quick else given.minutes
    with stoppable(), folder_for_logs(given.folder) as folder:
        soak = _soak(folder, minutes * 60, _ROUNDS if minutes >= _LONG_MINUTES else _QUICK_ROUNDS)
    print(report(soak))
    if given.write is not None:
        text = section(soak, f"Measured on {_made_where(minutes)}.")
        given.write.write_text(between(given.write.read_text(), text, begin=_BEGIN))
    return int(bool(broken_promises(soak)))


def _made_where(minutes: float) -> str:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    system = f"{platform.system()} {platform.release()}"
    python = f"CPython {platform.python_version()}"
    return f"{today} in {minutes:g} minutes: {os.cpu_count()} cores, {python}, {system}"


def _soak(folder: Path, seconds: float, rounds: int) -> Soak:
    compared_s = seconds * (1 - _AGING_SHARE - _YOUTH_SHARE)
    each_s = compared_s / (_WINDOWS * rounds) * _WINDOWS_SHARE
    with ExitStack() as stack:
        stage = Stage(folder)
        stack.callback(stage.stop)
        gateway = next(each for each in CONTESTANTS if each.key == "gateway-v2")
        aging = stage.start(replace(gateway, settings=_AGES))
        stack.callback(aging.stop)
        _tell(f"{_AGING} sessions for {seconds * _AGING_SHARE:.0f} s")
        soak = _aged(stage, aging, seconds * _AGING_SHARE)
        _tell("fresh sessions, and those")
        soak.pairs.append(_fresh(stage, aging, seconds * _YOUTH_SHARE))
        stage.hang_up(aging)
        soak.tasks = (soak.tasks[0], _tasks(aging, down_to=soak.tasks[0]))
        aging.stop()
        running = stage.start(gateway)
        stack.callback(running.stop)
        _tell(f"{_FEW} and {_MANY} sessions")
        soak.pairs.append(_crowded(stage, running, each_s, rounds))
        _tell("short and long lists")
        soak.pairs.append(_listed(stage, running, each_s, rounds))
        return soak


def _aged(stage: Stage, running: Running, seconds: float) -> Soak:
    """Have sessions speak all the time, and look at what they cost."""
    stage.connect(running, _WARM_UP)
    stage.hang_up(running)
    before = _tasks(running, down_to=0)
    stage.connect(running, _AGING)
    stage.begin(running, _busily(seconds))
    began = previous = stage.look(running)
    ages: list[Age] = []
    while previous.at_ns - began.at_ns < (seconds - _EVERY_S) * 1e9:
        time.sleep(_EVERY_S)
        now = stage.look(running)
        ages.append(_age(began, previous, now, running))
        previous = now
    spoken = stage.finish(running, within_s=_EVERY_S)
    called = {(session, number) for session, number, *_ in spoken.upstream["calls"]}
    came = {(session, number) for session, number, _ in spoken.products}
    links = previous.links - began.links
    return Soak(
        sessions=_AGING,
        ages=ages,
        tasks=(before, before),
        links=links,
        hours=links / _AGING * _USUAL_LINK_AGE_S / 3600,
        calls=len(called),
        missing=len(called - came),
        failures=tuple(spoken.phones["failures"]),
    )


def _fresh(stage: Stage, running: Running, warm_s: float) -> Pair:
    """Compare what sessions cost that have just begun with what aged ones do.

    Each window is as long as a link lives here, so that it has the same number of new ones.
    """
    young = running.to_others("v2-young", "v2")
    stage.connect(young, _AGING)
    stage.speak(young, _busily(warm_s))
    turns = [_turn(stage, phones, _busily(_LINK_AGE_S)) for phones in (young, running)]
    pair = _paired("fresh and aged sessions", *turns, rounds=_QUICK_ROUNDS)
    stage.hang_up(young)
    return pair


def _age(began: Look, previous: Look, now: Look, running: Running) -> Age:
    chunks = max(1, now.chunks - previous.chunks)
    return Age(
        at_s=(now.at_ns - began.at_ns) / 1e9,
        cpu_us_per_chunk=(now.cpu_ns - previous.cpu_ns) / 1e3 / chunks,
        rss_mib=proc.rss_kib(running.pid) / 1024,
    )


def _crowded(stage: Stage, running: Running, seconds: float, rounds: int) -> Pair:
    """Compare what one session costs beside few others with what it costs beside many."""

    def beside(phones: int) -> _Turn:
        pacing = Pacing(phones, 250, seconds, "sentences", whole=True)

        def turn() -> Window:
            if stage.connected(running) > phones:
                stage.hang_up(running, keep=phones)
                # Those that have gone are parked meanwhile.
                time.sleep(_SETTLE_S)
            stage.connect(running, phones)
            return _turn(stage, running, pacing)()

        return turn

    return _paired(f"{_FEW} and {_MANY} sessions", beside(_FEW), beside(_MANY), rounds=rounds)


def _listed(stage: Stage, running: Running, seconds: float, rounds: int) -> Pair:
    """Compare what a session with a short list costs with what one with a long one does."""
    stage.hang_up(running)
    sentence_ms, cycle_ms = _QUICKLY
    pacing = Pacing(_LISTS, 100, seconds, "sentences", sentence_ms, cycle_ms, whole=True)
    turns = []
    for name in ("v2-short-list", "v2-long-list"):
        phones = running.to_others(name, name)
        stage.connect(phones, _LISTS)
        turns.append(_turn(stage, phones, pacing))
    return _paired("10 and 400 items", *turns, rounds=rounds)


def _paired(name: str, less: _Turn, more: _Turn, *, rounds: int) -> Pair:
    """Take turns; whoever was first is second next, so that no drift is taken for a difference."""
    pair = Pair(name)
    for number in range(rounds):
        turns = [(less, pair.less), (more, pair.more)]
        for turn, found in reversed(turns) if number % 2 else turns:
            found.append(turn())
    return pair


def _turn(stage: Stage, running: Running, pacing: Pacing) -> _Turn:
    def turn() -> Window:
        # Whatever is still to be done after the last turn makes it more.
        idle = min(stage.idle(running) for _ in range(_IDLE_LOOKS))
        return stage.speak(running, pacing, idle=idle, words=10)

    return turn


def _busily(seconds: float) -> Pacing:
    sentence_ms, cycle_ms = _BUSILY
    # A sentence that is cut to 0.1 s is none to the gateway, but brings a product here: it would be
    # said again on each link that follows.
    return Pacing(_AGING, 100, seconds, "sentences", sentence_ms, cycle_ms, whole=True)


def _tasks(running: Running, *, down_to: int) -> int:
    """Return how many tasks the gateway has once they are down to so many, or after a while."""
    deadline = time.monotonic() + (_GONE_S if down_to else 3.0)
    while True:
        tasks: int = ask(f"http://127.0.0.1:{running.port}/health")["process"]["tasks"]
        if tasks <= down_to or time.monotonic() > deadline:
            return tasks
        time.sleep(0.2)


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
