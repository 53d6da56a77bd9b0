"""`gateway serve`: the service, from its settings to its exit code.

The port answers first, and what takes time to import is imported behind it, in a thread. So this
module, and whatever it imports at its top, takes no longer than the settings and the server need.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway import garbage
from gateway.access.announcement import tell_who_may_speak
from gateway.cluster.naming import a_name
from gateway.front import Front
from gateway.loading import without_collecting
from gateway.readiness import Readiness
from gateway.refusals import PROCESS, Refusals
from gateway.server import CannotListen, DrainingServer, listen
from gateway.setting_values import Secret
from gateway.settings import Settings, WrongSettings
from gateway.settings_in_use import settings_in_use
from gateway.version import VERSION
from gateway.wake_ups import WakeUps

if TYPE_CHECKING:
    from actors.tally import Tally
    from gateway.counting import CountingObserver
    from gateway.emulator_child import EmulatorReady
    from gateway.service import Service
    from gateway.telemetry import LogObserver

_BROKEN: Final = 1
_WRONG_SETTINGS: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    parser.add_argument(
        "--dev",
        action="store_true",
        help="make up an ADMIN_TOKEN if there is none, and tell people on stderr where to go",
    )


async def run(arguments: argparse.Namespace) -> int:
    """Serve until told to end; return the exit code."""
    dev: bool = arguments.dev
    try:
        settings = _settings(dev=dev)
        listener = listen(settings.host, settings.port)
    except (WrongSettings, CannotListen) as exc:
        return _refuse(exc)
    garbage.collect_rarely()
    tell = _tell_people(settings, listener) if dev else _tell_nobody
    try:
        with listener:
            await _serve(settings, listener, tell)
    except Exception as exc:  # noqa: BLE001 - the process's outermost boundary
        # Some only show behind the port, in a task of a group.
        wrong = _wrong_settings(exc)
        if wrong is not None:
            return _refuse(wrong)
        log = _log(settings)
        log.fail("service_broke", exc)
        log.flush()
        return _BROKEN
    return 0


def _refuse(problem: WrongSettings | CannotListen) -> int:
    """Tell the operator in one line what to change; return the exit code."""
    print(f"gateway: {problem}", file=sys.stderr)  # noqa: T201 - for people, beside the log
    return _WRONG_SETTINGS


def _wrong_settings(exc: BaseException) -> WrongSettings | None:
    """Return the operator's doing, if that alone is what ended the service."""
    match exc:
        case WrongSettings():
            return exc
        case BaseExceptionGroup(exceptions=(only,)):
            return _wrong_settings(only)
        case _:
            return None


def _settings(*, dev: bool) -> Settings:
    settings = settings_in_use(os.environ)
    # Now, so that every line in the log has the name that other instances know.
    settings = replace(settings, instance_id=settings.instance_id or a_name())
    if dev and settings.admin_token is None:
        return replace(settings, admin_token=Secret(secrets.token_urlsafe(24)))
    return settings


async def _serve(
    settings: Settings, listener: socket.socket, tell: Callable[[EmulatorReady | None], None]
) -> None:
    refusals = PROCESS
    front = Front(Readiness(), refusals=refusals)
    wake_ups = WakeUps(settings.wake_ups_apart_ms / 1000)
    server = DrainingServer(
        front,
        drain=front,
        max_frame_bytes=settings.max_frame_bytes,
        wake_ups=wake_ups,
        request_timeout_s=settings.request_timeout_s,
        frames=settings.frames,
        refusals=refusals,
    )
    host, port = listener.getsockname()[:2]

    def assemble(log: LogObserver, tally: Tally) -> Service:
        return _service(settings, log, front.readiness, tell, wake_ups, refusals, tally)

    async def load() -> None:
        await server.listening.wait()
        log, observer, tally = await asyncio.to_thread(_counted_log, settings)
        refusals.observer = observer
        observer.note("listening", host=host, port=port, version=VERSION)
        tell_who_may_speak(settings, observer)
        service = await asyncio.to_thread(assemble, log, tally)
        server.drain = service.drain
        front.hand_over(service.application)
        await service.keep()

    async with asyncio.TaskGroup() as group:
        loading = group.create_task(load(), name="upstream")
        await server.serve(sockets=[listener])
        loading.cancel()
    log = _log(settings)
    log.note("stopped")
    log.flush()


def _log(settings: Settings) -> LogObserver:
    """Import what writes log lines, and let all of them be written by it."""
    from gateway import telemetry  # noqa: PLC0415 - the port answers first

    return telemetry.configure(
        level=settings.log_level,
        stream=sys.stdout,
        secrets=settings.secrets,
        labels={"version": VERSION, "instance": settings.instance_id or ""},
    )


def _counted_log(settings: Settings) -> tuple[LogObserver, CountingObserver, Tally]:
    """Return the log, what counts before it writes, and where that counts."""
    log = _log(settings)
    from actors.tally import Tally  # noqa: PLC0415 - the port answers first
    from gateway.counting import CountingObserver  # noqa: PLC0415 - as above

    tally = Tally()
    return log, CountingObserver(log, tally), tally


def _service(  # noqa: PLR0913, PLR0917 - what a service is put together of
    settings: Settings,
    log: LogObserver,
    readiness: Readiness,
    tell: Callable[[EmulatorReady | None], None],
    wake_ups: WakeUps,
    refusals: Refusals,
    tally: Tally,
) -> Service:
    """Import the service and put it together."""
    with without_collecting():
        from gateway.service import Service  # noqa: PLC0415 - the port answers first

        return Service(
            settings,
            log=log,
            readiness=readiness,
            tell=tell,
            wake_ups=wake_ups,
            refusals=refusals,
            tally=tally,
        )


def _tell_people(
    settings: Settings, listener: socket.socket
) -> Callable[[EmulatorReady | None], None]:
    """Return what writes three lines for people once the service is ready."""
    port = listener.getsockname()[1]
    token = settings.admin_token.text if settings.admin_token else ""
    told = False

    def tell(emulator: EmulatorReady | None) -> None:
        nonlocal told
        if not told:
            told = True
            upstream = f"{emulator.plain_url}/emulator/connections" if emulator else "none: Gemini"
            print(  # noqa: T201 - for people, beside the log
                f"connect to   ws://localhost:{port}/ws/you",
                f"admin token  {token}",
                f"emulator     {upstream}",
                sep="\n",
                file=sys.stderr,
                flush=True,
            )

    return tell


def _tell_nobody(_: EmulatorReady | None) -> None:
    """Say nothing: the log does."""
