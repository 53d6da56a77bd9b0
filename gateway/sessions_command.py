"""The command `gateway sessions`: see, watch, debug and stop a gateway's sessions, and drain it."""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.addresses import DEFAULT, BadAddress, here, split
from gateway.sessions_tables import Listing, listed, running, shown
from gateway.sessions_watch import Happenings, as_json
from gateway.terminal import plain
from schemas.admin import DebugSwitched, Drains, Problem, SessionDetail, Sessions, Terminated

WELL: Final = 0
NO_SESSION: Final = 1
BAD_USAGE: Final = 2
REFUSED: Final = 3
UNREACHABLE: Final = 4
TIMEOUT_S: Final = 10.0
_MAX_ANSWER: Final = 16 * 1024 * 1024
_View = TypeVar("_View", Sessions, SessionDetail, DebugSwitched, Terminated, Drains)
_Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE"]
_CHOICES: Final = {
    "user": "whose name begins so",
    "state": "in this state, or these with commas between",
    "instance": "on this instance",
}
_UNBOUNDED: Final = 10_000
_SILENT_S: Final = 60.0
"""A watched gateway says every 15 s that it is alive."""


class _Failed(Exception):
    """The command cannot be carried out; `exit_code` is the process's."""

    def __init__(self, exit_code: int, problem: str) -> None:
        super().__init__(problem)
        self.exit_code = exit_code


class _Unread(Exception):
    """Whoever reads what is printed has gone."""


@dataclass(frozen=True, slots=True)
class _Gateway:
    """Where a gateway's admin endpoints are, and the token they want."""

    secure: bool
    netloc: str
    path: str
    token: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.description = "See, watch and stop the sessions of a running gateway, and let it go."
    parser.epilog = (
        "exit code: 0 done, 1 there is no such session or instance, 2 bad usage, 3 the gateway"
        " refused, 4 it could not be reached"
    )
    _add_shared(parser)
    # Where they are not given behind the command, they must not hide those in front of it.
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_shared(shared)
    commands = parser.add_subparsers(dest="sessions_command", required=True, metavar="COMMAND")
    chosen = argparse.ArgumentParser(add_help=False)
    for name, about in _CHOICES.items():
        chosen.add_argument(f"--{name}", metavar=name.upper(), help=f"only those {about}")
    listing = commands.add_parser("list", parents=[shared, chosen], help="sessions, a row each")
    listing.add_argument("--limit", metavar="ROWS", help="a page of so many")
    listing.add_argument("--after", metavar="ROW", help="the page behind that row")
    commands.add_parser(
        "watch", parents=[shared, chosen], help="what happens to sessions, until Ctrl-C"
    )
    commands.add_parser(
        "instances", parents=[shared], help="instances, a row each with how many sessions it has"
    )
    drain = commands.add_parser(
        "drain", parents=[shared], help="let an instance go: no more sessions, then its end"
    )
    drain.add_argument("--instance", metavar="NAME", help="default: the one that answers")
    debug = commands.add_parser(
        "debug", parents=[shared], help="write a line in the log for each event of one session"
    )
    debug.add_argument("user", metavar="USER", help="user id")
    debug.add_argument("switch", choices=("on", "off"), help="off: no more")
    for name, about in (("show", "one session in depth"), ("stop", "end one session")):
        command = commands.add_parser(name, parents=[shared], help=about)
        command.add_argument("user", metavar="USER", help="user id")


def _add_shared(parser: argparse.ArgumentParser) -> None:
    """Describe what may be said before and behind the command."""
    parser.add_argument("--url", help=f"default: {DEFAULT}")
    parser.add_argument("--token", help="default: the environment's ADMIN_TOKEN")
    unsaid = parser.argument_default or False
    parser.add_argument(
        "--json", action="store_true", default=unsaid, help="print the gateway's own answer"
    )


async def run(args: argparse.Namespace) -> int:
    """Carry one command out; return the exit code."""
    terminal = sys.stdout.isatty()
    # What is read by a program is as wide as it has to be.
    console = Console(file=sys.stdout, highlight=False, width=None if terminal else _UNBOUNDED)
    try:
        gateway = _gateway(args.url, args.token)
        if args.sessions_command == "watch":
            path = f"/sessions/events{_query(args, *_CHOICES)}"
            await _watch(gateway, path, json=args.json)
            return WELL
        body = await _call(gateway, *_asked_for(args))
        view = _view(args.sessions_command, body, width=console.width if terminal else None)
    except _Failed as exc:
        sys.stderr.write(f"gateway sessions: {exc}\n")
        return exc.exit_code
    except _Unread as exc:
        raise BrokenPipeError from exc
    if args.json:
        sys.stdout.write(body.decode() + "\n")
    else:
        # rich would end the process by itself if nobody reads.
        with console.capture() as printed:
            console.print(view, crop=False)
        sys.stdout.write(printed.get())
    return WELL


def _asked_for(args: argparse.Namespace) -> tuple[_Method, str]:
    """Return the call that a command is."""
    match args.sessions_command:
        case "list":
            return "GET", f"/sessions{_query(args, *_CHOICES, 'limit', 'after')}"
        case "instances":
            return "GET", "/sessions?limit=1"
        case "drain":
            return "POST", f"/drain{_query(args, 'instance')}"
        case "show":
            return "GET", _of_user(args.user)
        case "debug":
            return "PUT" if args.switch == "on" else "DELETE", f"{_of_user(args.user)}/debug"
        case _:
            return "DELETE", _of_user(args.user)


def _view(command: str, body: bytes, *, width: int | None) -> Listing | Table | Text:
    """Return the answer as people read it."""
    match command:
        case "list":
            return listed(_decoded(body, Sessions), width=width)
        case "instances":
            return running(_named(_decoded(body, Sessions)))
        case "drain":
            return _sentence(_decoded(body, Drains).message)
        case "show":
            return shown(_decoded(body, SessionDetail))
        case "debug":
            return _sentence(_decoded(body, DebugSwitched).message)
        case _:
            ended = _decoded(body, Terminated)
            return _sentence(_with_silent(ended.message, ended.unanswered))


def _sentence(text: str) -> Text:
    """Return one line, however long: there are names in it."""
    return Text(plain(text), no_wrap=True, overflow="ignore")


def _gateway(url: str | None, token: str | None) -> _Gateway:
    try:
        at = here("http", os.environ) if url is None else url
        parts = split(at, schemes=("http", "https"), example="http://localhost:8000")
    except BadAddress as exc:
        option = "" if url is None else "--url "
        raise _Failed(BAD_USAGE, f"{option}{exc}") from exc
    token = token or os.environ.get("ADMIN_TOKEN", "").strip()
    if not token:
        raise _Failed(BAD_USAGE, "no admin token: give --token or set ADMIN_TOKEN")
    if not token.isascii() or not token.isprintable():
        raise _Failed(BAD_USAGE, "the admin token has characters that no token has")
    return _Gateway(parts.scheme == "https", parts.netloc, parts.path.rstrip("/"), token)


def _named(sessions: Sessions) -> Sessions:
    if not sessions.instances:
        raise _Failed(REFUSED, "the gateway is of a version that does not name its instances")
    return sessions


def _of_user(user: str) -> str:
    return f"/sessions/{quote(user, safe='')}"


def _query(args: argparse.Namespace, *names: str) -> str:
    """Return the query string of those options that were given."""
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    return f"?{urlencode(given)}" if given else ""


async def _call(gateway: _Gateway, method: _Method, path: str) -> bytes:
    """Return the body of a good answer."""
    return await asyncio.to_thread(_exchange, gateway, method, path)


def _exchange(gateway: _Gateway, method: _Method, path: str) -> bytes:
    connection = _connection(gateway, TIMEOUT_S)
    with _answered(connection, gateway, method, path) as response:
        return response.read(_MAX_ANSWER)


async def _watch(gateway: _Gateway, path: str, *, json: bool) -> None:
    """Print what happens until the gateway goes; when cancelled, let the thread that reads end."""
    connection, left = _connection(gateway, _SILENT_S), threading.Event()
    try:
        line = as_json if json else Happenings().line
        await asyncio.to_thread(_print_events, connection, gateway, path, left, line)
    finally:
        left.set()
        # Nothing else wakes a thread that waits for a socket.
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)


def _print_events(
    connection: http.client.HTTPConnection,
    gateway: _Gateway,
    path: str,
    left: threading.Event,
    line: Callable[[str, str], str],
) -> None:
    with _answered(connection, gateway, "GET", path) as response:
        # Not among what is printed: nothing may happen for long.
        sys.stderr.write(f"watching the sessions at {gateway.netloc}, times in UTC; Ctrl-C ends\n")
        sys.stderr.flush()
        event = ""
        for raw in response:
            if left.is_set():
                return
            name, _, value = raw.decode(errors="replace").rstrip("\r\n").partition(": ")
            if name == "event":
                event = value
            elif name == "data":
                _print(line(event, value))


def _print(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError as exc:  # no broken connection
        raise _Unread from exc


def _connection(gateway: _Gateway, within_s: float) -> http.client.HTTPConnection:
    """Return one that is not open yet; each wait takes so long at most."""
    kind = http.client.HTTPSConnection if gateway.secure else http.client.HTTPConnection
    return kind(gateway.netloc, timeout=within_s)


@contextmanager
def _answered(
    connection: http.client.HTTPConnection, gateway: _Gateway, method: _Method, path: str
) -> Iterator[http.client.HTTPResponse]:
    """Hold a good answer whose body is still to be read."""
    try:
        headers = {"Authorization": f"Bearer {gateway.token}"}
        connection.request(method, gateway.path + path, headers=headers)
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            missing = response.status == HTTPStatus.NOT_FOUND
            told = _told(response.status, response.read(_MAX_ANSWER))
            raise _Failed(NO_SESSION if missing else REFUSED, told)
        yield response
    except (OSError, http.client.HTTPException) as exc:
        problem = f"no gateway answers at {gateway.netloc}: {str(exc) or type(exc).__name__}"
        raise _Failed(UNREACHABLE, problem) from exc
    finally:
        connection.close()


def _with_silent(said: str, unanswered: tuple[str, ...]) -> str:
    """Return what was said, with the instances that did not reply."""
    return f"{said}; no reply from {', '.join(unanswered)}" if unanswered else said


def _told(status: int, body: bytes) -> str:
    """Return the gateway's own words about a bad answer."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
        said = _with_silent(problem.error, problem.unanswered)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = "it does not say why; is this a gateway?"
    return plain(f"HTTP {status}: {said}")


def _decoded(body: bytes, kind: type[_View]) -> _View:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise _Failed(REFUSED, f"the answer is not a gateway's: {exc}") from exc
