"""Two gateways that share a Redis and an emulator, on this machine, to try things out with.

    python -m bench.cluster [--ports 8001 8002] [--redis-port 6380] [--ears …] [--folder DIR]

Whatever ends, killed by hand or by itself, is told and started again, as a platform would; what
does not start ends all. Ctrl-C ends all, too.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, stoppable
from bench.redis_server import NoRedis, RedisServer

PORTS: Final = (8001, 8002)
REDIS_PORT: Final = 6380
"""Not Redis's own, which may be taken."""
_LOOK_S: Final = 0.3
_AGAIN_AFTER_S: Final = 2.0
"""Long enough to see how it is without a part that was killed."""
_TAIL: Final = 2_000


class NotStarted(Exception):
    """A part of the cluster did not start; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is kept running.

    Attributes:
        name: for people.
        pid: tells its process id, `None` when it has ended.
        start: starts it, and returns when it is ready.
    """

    name: str
    pid: Callable[[], int | None]
    start: Callable[[], None]


class Cluster:
    """The parts, in the order in which they are started.

    Attributes:
        redis: what the gateways share.
        emulator: their Gemini.
        gateways: the gateways.
        parts: all of it.
    """

    def __init__(
        self, redis: RedisServer, emulator: EmulatorProcess, gateways: list[GatewayProcess]
    ) -> None:
        self.redis = redis
        self.emulator = emulator
        self.gateways = gateways
        self.parts = [
            Part("Redis", lambda: redis.pid, redis.start),
            Part("the emulator", lambda: emulator.pid, emulator.start),
            *(_part(gateway, emulator) for gateway in gateways),
        ]

    def keep_running(self) -> None:
        """Start again what has ended, and tell of it; until interrupted.

        Raises:
            NotStarted: that failed.
        """
        while True:
            time.sleep(_LOOK_S)
            for part in [part for part in self.parts if part.pid() is None]:
                _say(f"{part.name} has ended")
                time.sleep(_AGAIN_AFTER_S)
                started(part)
                _say(f"{part.name} is there again (process {part.pid()})")


def started(part: Part) -> None:
    """Start a part.

    Raises:
        NotStarted: it did not get ready.
    """
    try:
        part.start()
    except RuntimeError as exc:
        raise NotStarted(f"{part.name} did not start: {str(exc)[-_TAIL:]}") from exc


def _part(gateway: GatewayProcess, emulator: EmulatorProcess) -> Part:
    def start() -> None:
        gateway.start(emulator)

    return Part(gateway.name, lambda: gateway.pid, start)


@contextmanager
def cluster(
    folder: Path,
    *,
    ports: tuple[int, ...],
    redis_port: int | None,
    settings: dict[str, str],
    ears: str,
) -> Iterator[Cluster]:
    """Run a cluster, and end all of it on exit.

    Args:
        folder: for logs and what is kept.
        ports: of the gateways, one each; 0 for any.
        redis_port: Redis's; any by default.
        settings: further environment variables of the gateways.
        ears: the emulator's.

    Raises:
        NoRedis: there is no Redis to start.
        NotStarted: a part did not get ready.
    """
    with ExitStack() as stack:
        try:
            redis = RedisServer(folder, port=redis_port, persistent=True)
        except RuntimeError as exc:
            raise NotStarted(f"Redis did not start: {exc}") from exc
        stack.callback(redis.stop)
        emulator = EmulatorProcess(folder, ("--ears", ears))
        stack.callback(emulator.stop)
        gateways = [
            GatewayProcess(
                folder,
                {"SESSION_STORE": redis.url, **settings},
                port=port,
                name=f"gateway-{number}",
            )
            for number, port in enumerate(ports, start=1)
        ]
        for gateway in gateways:
            stack.callback(gateway.stop)
        whole = Cluster(redis, emulator, gateways)
        for part in whole.parts[1:]:
            started(part)
        yield whole


def _tell(whole: Cluster, folder: Path, token: str) -> None:
    one, two = (f"ws://localhost:{gateway.port}" for gateway in whole.gateways)
    web = [url.replace("ws:", "http:") for url in (one, two)]
    processes = ", ".join(f"{part.name} {part.pid()}" for part in whole.parts)
    _say(
        f"""two gateways share one Redis; a session goes on at either.

  phones      {one}/ws/{{user}} and {two}/ws/{{user}}
  talk        .venv/bin/gateway talk samples/??-*.wav --url {one}
              .venv/bin/gateway talk samples/??-*.wav --url {one} --url {two}
              (with both, it goes on at the other when one is lost)
  sessions    export ADMIN_TOKEN={token}
              .venv/bin/gateway sessions list --url {web[1]}
  health      {web[0]}/health and {web[1]}/health
  Redis       redis-cli -p {whole.redis.port}
  emulator    {whole.emulator.plain_url}/emulator/connections
  logs        {folder}
  processes   {processes}

End one of them (kill -9, kill -STOP …): what has ended is started again. Ctrl-C ends all."""
    )


def _say(text: str) -> None:
    print(f"cluster: {text}", flush=True)


def main() -> int:
    """Run it until interrupted; return 1 when a part could not be started."""
    parser = argparse.ArgumentParser(prog="bench.cluster", description=__doc__)
    parser.add_argument("--ports", type=int, nargs=2, default=PORTS, help="0: any")
    parser.add_argument("--redis-port", type=int, default=REDIS_PORT)
    parser.add_argument("--ears", choices=("pocketsphinx", "tones", "none"), default="pocketsphinx")
    parser.add_argument("--folder", type=Path, help="keep logs and Redis's data in this directory")
    chosen = parser.parse_args()
    token = os.environ.get("ADMIN_TOKEN") or secrets.token_urlsafe(24)
    with stoppable(), folder_for_logs(chosen.folder) as folder, suppress(KeyboardInterrupt):
        try:
            with cluster(
                folder,
                ports=tuple(chosen.ports),
                redis_port=chosen.redis_port,
                settings={"ADMIN_TOKEN": token},
                ears=chosen.ears,
            ) as whole:
                _tell(whole, folder, token)
                whole.keep_running()
        except (NoRedis, NotStarted) as problem:
            _say(str(problem))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
