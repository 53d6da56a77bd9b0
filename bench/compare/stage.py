"""Where contestants are measured: the workers, and one contestant after the other on its core."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench.compare import proc
from bench.compare.certificate import minted
from bench.compare.contestants import Contestant, Running
from bench.compare.cores import Cores, cores
from bench.compare.pacing import LEAD_OUT_MS, Pacing
from bench.compare.window import Look, Spoken, Window, window
from bench.compare.worker import Worker

_RAMP_S: Final = 0.3
"""From the first chunk to the first look."""
_GRACE_S: Final = 5.0
"""For what was sent last to arrive."""
_CONNECT_S: Final = 90.0
_PATIENCE_S: Final = 30.0
"""For one phone's session."""
_SPARE_S: Final = 30.0
_IDLE_S: Final = 0.5
WORDS: Final = 20
"""Different products that are called for."""


class Stage:
    """The workers and the upstream's certificate, in a folder.

    Attributes:
        cores: whose work is done where.
    """

    def __init__(self, folder: Path) -> None:
        self.cores: Cores = cores()
        self._folder = folder
        self._certificate, key = minted(folder)
        self._upstream = Worker(
            "bench.compare.upstream",
            str(self._certificate),
            str(key),
            core=self.cores.upstream,
            log=folder / "upstream.log",
        )
        try:
            self._phones = Worker(
                "bench.compare.generator", core=self.cores.phones, log=folder / "generator.log"
            )
        except BaseException:  # also Ctrl-C: no process is left behind
            self._upstream.stop()
            raise

    def stop(self) -> None:
        """End the workers."""
        try:
            self._phones.stop()
        finally:
            self._upstream.stop()

    def start(self, contestant: Contestant) -> Running:
        """Start a contestant."""
        port = self._upstream.ask("port")["port"]
        return Running(
            contestant,
            upstream=f"https://localhost:{port}",
            certificate=self._certificate,
            core=self.cores.contestants,
        )

    def connect(self, running: Running, phones: int) -> Mapping[str, Any]:
        """Have so many phones connected, and wait until the upstream has their sessions."""
        others = self._upstream.ask("count")["ready"] - self.connected(running)
        state = self._phones.ask(
            "connect",
            within_s=_CONNECT_S + _SPARE_S,
            **self._fleet(running),
            port=running.port,
            phones=phones,
            patience_s=_PATIENCE_S,
            limit_s=_CONNECT_S,
        )
        deadline = time.monotonic() + _PATIENCE_S
        while self._upstream.ask("count")["ready"] < others + phones:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return state

    def connected(self, running: Running) -> int:
        """Return how many phones are connected."""
        phones: int = self._phones.ask("state", **self._fleet(running))["phones"]
        return phones

    def hang_up(self, running: Running, *, keep: int = 0) -> None:
        """Have all phones but the first so many hang up, and wait until that is through."""
        gone = self.connected(running) - keep
        before = self._upstream.ask("count")["open"]
        self._phones.ask("hang_up", keep=keep, **self._fleet(running))
        deadline = time.monotonic() + _GRACE_S
        while self._upstream.ask("count")["open"] > before - gone and time.monotonic() < deadline:
            time.sleep(0.05)

    def idle(self, running: Running) -> float:
        """Return the share of its core that a contestant uses when nobody speaks."""
        before, began_ns = proc.cpu_ns(running.pid), time.monotonic_ns()
        time.sleep(_IDLE_S)
        return (proc.cpu_ns(running.pid) - before) / (time.monotonic_ns() - began_ns)

    def speak(
        self, running: Running, pacing: Pacing, *, idle: float = 0.0, words: int = WORDS
    ) -> Window:
        """Have phones speak, and return what was measured meanwhile.

        Args:
            running: which contestant's.
            pacing: what they say.
            idle: the share of its core that the contestant uses when nobody speaks.
            words: of how many different products.
        """
        self.begin(running, pacing, words=words)
        time.sleep(_RAMP_S)
        before = self.look(running)
        time.sleep(max(0.1, pacing.seconds - _RAMP_S))
        after = self.look(running)
        spoken = self.finish(running, within_s=pacing.seconds)
        return window(pacing, (before, after), spoken, idle=idle)

    def begin(self, running: Running, pacing: Pacing, *, words: int = WORDS) -> None:
        """Have phones begin to speak; `finish` is to follow."""
        fleet = self._fleet(running)
        self._phones.ask("products", **fleet)
        self._upstream.ask("begin", words=words)
        self._phones.begin("speak", **fleet, **asdict(pacing))

    def finish(self, running: Running, *, within_s: float) -> Spoken:
        """Wait until they have spoken and all has arrived, and return what came of it."""
        said = self._phones.finish(within_s + LEAD_OUT_MS / 1000 + _SPARE_S)
        self._settle(said["sent"])
        report = self._upstream.ask("report")
        return Spoken(said, report, self._products(running, len(report["calls"])))

    def look(self, running: Running) -> Look:
        """Return how far everybody is."""
        count = self._upstream.ask("count")
        return Look(
            at_ns=time.monotonic_ns(),
            cpu_ns=proc.cpu_ns(running.pid),
            core_ns=proc.core_ns(self.cores.contestants),
            load_ns=self._load_ns(),
            chunks=count["chunks"],
            links=count["accepted"],
        )

    def _settle(self, sent: int) -> None:
        """Wait until all chunks have arrived and all calls are answered, or for a while."""
        deadline = time.monotonic() + _GRACE_S
        while time.monotonic() < deadline:
            count = self._upstream.ask("count")
            if count["chunks"] >= sent and count["answers"] >= count["calls"]:
                break
            time.sleep(0.05)

    def _products(self, running: Running, calls: int) -> list[Any]:
        """Return the products that have come, once there is one for each call, or after a while.

        The answer to a call may overtake the product on its way to the phone.
        """
        deadline = time.monotonic() + _GRACE_S
        found: list[Any] = []
        while True:
            found += self._phones.ask("products", **self._fleet(running))["products"]
            if len(found) >= calls or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def _load_ns(self) -> int:
        used = proc.cpu_ns(self._phones.pid), proc.cpu_ns(self._upstream.pid)
        return sum(used) if self.cores.phones == self.cores.upstream else max(used)

    def _fleet(self, running: Running) -> dict[str, Any]:
        contestant = running.contestant
        return {"fleet": contestant.key, "dialect": contestant.dialect}
