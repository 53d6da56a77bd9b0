"""Runs the emulator in an event loop: listeners up, readiness told, everything down again."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from emulator import listeners, tls
from emulator.app import LiveApp
from emulator.ears import Ears, pocketsphinx_ears
from emulator.faculties import Faculties
from emulator.mind import ShoppingMind, ToneVoice
from emulator.options import Options
from emulator.resumption import HandleStore
from emulator.script import Script, read_script
from emulator.segmenter import segmenter_for
from emulator.tones import ToneEars
from emulator.tones_segmenter import tone_segmenter_for

SHUTDOWN_WITHIN_S = 1.0
_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # only to tell them apart


class CannotStart(Exception):
    """Something that was asked for is not to be had here; the text says what and why."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What a client needs to know."""

    plain_url: str
    tls_url: str
    certificate: Path


async def serve(options: Options, ready: Callable[[Ready], None]) -> None:
    """Serve until a signal, or the end of standard input, asks to stop.

    Raises:
        PortTaken: A port that was asked for cannot be had.
        ScriptError: The script cannot be read.
        CannotStart: The directory for the certificate or PocketSphinx cannot be used.
    """
    script = read_script(options.script) if options.script else Script()
    with _sockets(options) as (plain, secure), _state_dir(options) as state_dir:
        certificate = _certificate(state_dir, options.host)
        async with _ears(options) as ears:
            app = LiveApp(_faculties(options, ears, script))
            runner = web.AppRunner(
                app.application(), access_log=None, shutdown_timeout=SHUTDOWN_WITHIN_S
            )
            await runner.setup()
            try:
                await web.SockSite(runner, plain).start()
                await web.SockSite(runner, secure, ssl_context=certificate.server_context()).start()
                stop = _stop_event(until_stdin_closes=options.until_stdin_closes)
                ready(_ready(options.host, plain, secure, certificate))
                await stop.wait()
                await app.end_all(SHUTDOWN_WITHIN_S)
            finally:
                await runner.cleanup()


def _faculties(options: Options, ears: Ears | None, script: Script) -> Faculties:
    return Faculties(
        mind=ShoppingMind(),
        voice=ToneVoice(),
        ears=ears,
        segmenter=tone_segmenter_for if options.ears == "tones" else segmenter_for,
        handles=HandleStore(time.monotonic),
        pace=options.pace,
        script=script,
        behaviour=options.behaviour,
    )


@contextmanager
def _sockets(options: Options) -> Iterator[tuple[socket.socket, socket.socket]]:
    with (
        contextlib.closing(listeners.bind(options.host, options.plain)) as plain,
        contextlib.closing(listeners.bind(options.host, options.tls)) as secure,
    ):
        yield plain, secure


@contextmanager
def _state_dir(options: Options) -> Iterator[Path]:
    if options.state_dir is not None:
        yield options.state_dir
        return
    with tempfile.TemporaryDirectory(prefix="gemini-live-emulator-") as directory:
        yield Path(directory)


def _certificate(state_dir: Path, host: str) -> tls.Certificate:
    try:
        return tls.reuse_or_mint(state_dir, dt.datetime.now(dt.UTC), host=host)
    except OSError as exc:
        raise CannotStart(f"cannot write the certificate to {state_dir}: {exc.strerror}") from exc


@asynccontextmanager
async def _ears(options: Options) -> AsyncIterator[Ears | None]:
    if options.ears == "none":
        yield None
        return
    if options.ears == "tones":
        yield ToneEars()
        return
    try:
        ears = pocketsphinx_ears(workers=options.workers)
    except ModuleNotFoundError as exc:
        raise CannotStart(f"{exc}, or --ears none") from exc
    try:
        yield ears
    finally:
        await ears.close()


def _ready(
    host: str, plain: socket.socket, secure: socket.socket, certificate: tls.Certificate
) -> Ready:
    return Ready(
        plain_url=f"http://{_shown(host)}:{plain.getsockname()[1]}",
        tls_url=f"https://{_shown_over_tls(host)}:{secure.getsockname()[1]}",
        certificate=certificate.certificate,
    )


def _shown(host: str) -> str:
    if host in _WILDCARDS:
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _shown_over_tls(host: str) -> str:
    return "localhost" if host == "127.0.0.1" else _shown(host)


def _stop_event(*, until_stdin_closes: bool) -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    return stop


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # A thread, because an event loop cannot watch every kind of file; `os.read`, because a
    # buffered reader would hold a lock that the interpreter wants at exit.
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    with contextlib.suppress(RuntimeError):  # the loop is closed: nothing left to stop
        loop.call_soon_threadsafe(stop.set)
