"""`gateway serve`: the service, from its settings to its exit code."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from actors.ports import Observer
from actors.registry import SessionRegistry
from gateway import app, garbage, telemetry
from gateway.drain import Drain
from gateway.emulator_child import EmulatorReady, emulator_command
from gateway.gemini_upstream import GeminiUpstream
from gateway.memory_store import MemoryStore
from gateway.readiness import Readiness
from gateway.server import CannotListen, DrainingServer, listen
from gateway.setting_values import Secret
from gateway.settings import Settings, WrongSettings
from gateway.upstream import UpstreamSlot
from gateway.upstream_keeper import UpstreamKeeper
from gateway.version import VERSION
from shopping import LocaleDataInvalid, check_locales

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
    observer = telemetry.configure(
        level=settings.log_level, stream=sys.stdout, secrets=settings.secrets
    )
    garbage.collect_rarely()
    tell = _tell_people(settings, listener) if dev else _tell_nobody
    try:
        with listener:
            await _serve(settings, listener, observer, tell)
    except Exception as exc:  # noqa: BLE001 - the process's outermost boundary
        # Some only show when the upstream is made ready, by a task of a group.
        wrong = _wrong_settings(exc)
        if wrong is not None:
            return _refuse(wrong)
        observer.fail("service_broke", exc)
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
    settings = Settings.from_environment(os.environ)
    try:
        check_locales()
    except LocaleDataInvalid as exc:
        raise WrongSettings(f"a locale's data file cannot be used: {exc}") from exc
    if not settings.has_upstream and importlib.util.find_spec("emulator") is None:
        raise WrongSettings(
            "GEMINI_API_KEY is not set, and the emulator is not installed: "
            "set it to a key of the Gemini API"
        )
    if dev and settings.admin_token is None:
        return replace(settings, admin_token=Secret(secrets.token_urlsafe(24)))
    return settings


async def _serve(
    settings: Settings,
    listener: socket.socket,
    observer: Observer,
    tell: Callable[[EmulatorReady | None], None],
) -> None:
    options = settings.upstream
    slot = UpstreamSlot(options, observer)
    parts = app.Parts(
        settings=settings,
        upstream=slot,
        observer=observer,
        registry=SessionRegistry(),
        store=MemoryStore(
            window_s=settings.resume_window_s,
            most_parked=settings.parked_sessions,
            most_bytes=settings.parked_bytes,
        ),
        readiness=Readiness(),
    )

    def on_ready(emulator: EmulatorReady | None) -> None:
        parts.readiness.note_ready()
        tell(emulator)

    keeper = UpstreamKeeper(
        slot=slot,
        make=lambda chosen: GeminiUpstream(chosen, observer),
        observer=observer,
        on_ready=on_ready,
    )
    keeping = (
        keeper.use_gemini(options)
        if settings.has_upstream
        else keeper.keep_emulator(options, emulator_command(settings.ears))
    )
    drain = Drain(registry=parts.registry, readiness=parts.readiness, observer=observer)
    server = DrainingServer(app.build(parts), drain=drain, max_frame_bytes=settings.max_frame_bytes)
    async with asyncio.TaskGroup() as group:
        upstream = group.create_task(keeping, name="upstream")
        host, port = listener.getsockname()[:2]
        observer.note("listening", host=host, port=port, version=VERSION)
        await server.serve(sockets=[listener])
        upstream.cancel()
    observer.note("stopped")


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
