"""The command line of `python -m emulator`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emulator.faculties import Behaviour
from emulator.listeners import PortWish
from emulator.turn_engine import Pace

PLAIN_PORT = 9080
TLS_PORT = 9443


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    host: str
    plain: PortWish
    tls: PortWish
    ears: Literal["pocketsphinx", "tones", "none"]
    workers: int
    script: Path | None
    state_dir: Path | None
    json: bool
    until_stdin_closes: bool
    pace: Pace
    behaviour: Behaviour


def parse_options(arguments: Sequence[str]) -> Options:
    """Parse the arguments; exits with code 2 and one line for a wrong one."""
    given = _parser().parse_args(arguments)
    return Options(
        host=given.host,
        plain=PortWish(PLAIN_PORT, given.port),
        tls=PortWish(TLS_PORT, given.tls_port),
        ears=given.ears,
        workers=given.workers,
        script=given.script,
        state_dir=given.state_dir,
        json=given.json,
        until_stdin_closes=given.until_stdin_closes,
        pace=Pace(patience_s=given.patience, playback_speed=given.playback_speed),
        behaviour=Behaviour(
            refused_keys=frozenset(given.refuse_key),
            setup_delay_s=given.setup_delay,
            go_away_after_s=given.go_away_after,
            notice_s=given.notice,
            half_open_lasts_s=given.half_open_lasts,
            pretty=not given.compact,
            binary=not given.text_frames,
            any_path=given.any_path,
        ),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description="A local Gemini Live server that hears, understands shopping, and calls "
        "the functions a client declares.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_port, help=f"plain port, 0: any (default: {PLAIN_PORT} if free)")
    add("--tls-port", type=_port, help=f"TLS port, 0: any (default: {TLS_PORT} if free)")
    add("--ears", choices=("pocketsphinx", "tones", "none"), default="pocketsphinx",
        help="tones: sentences sent as tones; none: audio is counted and hashed but not heard "
        "(default: %(default)s)")  # fmt: skip
    add("--workers", type=_count, default=min(2, os.cpu_count() or 1),
        help="processes that decode speech (default: %(default)s)")  # fmt: skip
    add("--script", type=Path, metavar="FILE", help="JSON file: what happens to connections when")
    add("--json", action="store_true", help="print one JSON line when ready, and nothing else")
    add("--state-dir", type=Path, metavar="DIR",
        help="where the certificate goes (default: a directory removed at exit)")  # fmt: skip
    add("--until-stdin-closes", action="store_true",
        help="exit when standard input ends, as it does when the parent process dies")  # fmt: skip
    add("--go-away-after", type=_seconds, metavar="S",
        help="age at which a connection gets goAway (default: never)")  # fmt: skip
    add("--notice", type=_seconds, default=50.0, metavar="S",
        help="time from goAway to the end (default: %(default)s)")  # fmt: skip
    add("--half-open-lasts", type=_seconds, default=20.0, metavar="S",
        help="how long half-open connections are kept (default: %(default)s)")  # fmt: skip
    add("--setup-delay", type=_seconds, default=0.0, metavar="S",
        help="time before setupComplete (default: %(default)s)")  # fmt: skip
    add("--patience", type=_seconds, default=2.0, metavar="S",
        help="how long turns wait for NON_BLOCKING answers (default: %(default)s)")  # fmt: skip
    add("--playback-speed", type=_speed, default=1.0, metavar="X",
        help="speed at which replies play (default: %(default)s)")  # fmt: skip
    add("--refuse-key", action="append", default=[], metavar="KEY",
        help="an API key to refuse, beside those beginning with `bad`; repeatable")  # fmt: skip
    add("--any-path", action="store_true",
        help="take any other path for Vertex AI's, as behind a custom base URL")  # fmt: skip
    add("--compact", action="store_true", help="send JSON without line breaks and indentation")
    add("--text-frames", action="store_true", help="send text frames instead of binary ones")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:  # noqa: PLR2004  # the range of ports
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return port


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 64:  # noqa: PLR2004  # more processes than that help nobody
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 64")
    return count


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 86_400:  # noqa: PLR2004  # a day
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 86400 seconds")
    return seconds


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= 1_000_000:  # noqa: PLR2004  # as good as at once
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1000000")
    return speed
