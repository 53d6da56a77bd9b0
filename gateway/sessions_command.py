"""The command `gateway sessions`: list, show and stop a gateway's sessions from a terminal."""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, TypeVar
from urllib.parse import quote

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.addresses import BadAddress, split
from gateway.sessions_tables import listed, shown
from gateway.terminal import plain
from schemas.admin import Problem, SessionDetail, Sessions, Terminated

WELL: Final = 0
NO_SESSION: Final = 1
BAD_USAGE: Final = 2
REFUSED: Final = 3
UNREACHABLE: Final = 4
TIMEOUT_S: Final = 10.0
_MAX_ANSWER: Final = 16 * 1024 * 1024
_View = TypeVar("_View", Sessions, SessionDetail, Terminated)


class _Failed(Exception):
    """The command cannot be carried out; `exit_code` is the process's."""

    def __init__(self, exit_code: int, problem: str) -> None:
        super().__init__(problem)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class _Gateway:
    """Where a gateway's admin endpoints are, and the token they want."""

    secure: bool
    netloc: str
    path: str
    token: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.description = "See and stop the sessions of a running gateway."
    parser.epilog = (
        "exit code: 0 done, 1 the user has no session, 2 bad usage, 3 the gateway refused,"
        " 4 it could not be reached"
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--url", default="http://localhost:8000", help="default: %(default)s")
    shared.add_argument("--token", help="default: the environment's ADMIN_TOKEN")
    shared.add_argument("--json", action="store_true", help="print the gateway's own answer")
    commands = parser.add_subparsers(dest="sessions_command", required=True, metavar="COMMAND")
    commands.add_parser("list", parents=[shared], help="all sessions, a row each")
    for name, about in (("show", "one session in depth"), ("stop", "end one session")):
        command = commands.add_parser(name, parents=[shared], help=about)
        command.add_argument("user", metavar="USER", help="user id")


async def run(args: argparse.Namespace) -> int:
    """Carry one command out; return the exit code."""
    view: Table | Text
    try:
        gateway = _gateway(args.url, args.token)
        match args.sessions_command:
            case "list":
                body = await _call(gateway, "GET", "/sessions")
                view = listed(_decoded(body, Sessions))
            case "show":
                body = await _call(gateway, "GET", _of_user(args.user))
                view = shown(_decoded(body, SessionDetail))
            case _:
                body = await _call(gateway, "DELETE", _of_user(args.user))
                ended = _decoded(body, Terminated)
                view = Text(plain(_with_silent(ended.message, ended.unanswered)))
    except _Failed as exc:
        sys.stderr.write(f"gateway sessions: {exc}\n")
        return exc.exit_code
    if args.json:
        sys.stdout.write(body.decode() + "\n")
    else:
        Console(file=sys.stdout, highlight=False).print(view)
    return WELL


def _gateway(url: str, token: str | None) -> _Gateway:
    try:
        parts = split(url, schemes=("http", "https"), example="http://localhost:8000")
    except BadAddress as exc:
        raise _Failed(BAD_USAGE, str(exc)) from exc
    token = token or os.environ.get("ADMIN_TOKEN", "").strip()
    if not token:
        raise _Failed(BAD_USAGE, "no admin token: give --token or set ADMIN_TOKEN")
    if not token.isascii() or not token.isprintable():
        raise _Failed(BAD_USAGE, "the admin token has characters that no token has")
    return _Gateway(parts.scheme == "https", parts.netloc, parts.path.rstrip("/"), token)


def _of_user(user: str) -> str:
    return f"/sessions/{quote(user, safe='')}"


async def _call(gateway: _Gateway, method: Literal["GET", "DELETE"], path: str) -> bytes:
    """Return the body of a good answer."""
    try:
        status, body = await asyncio.to_thread(_exchange, gateway, method, path)
    except (OSError, http.client.HTTPException) as exc:
        problem = f"no gateway answers at {gateway.netloc}: {str(exc) or type(exc).__name__}"
        raise _Failed(UNREACHABLE, problem) from exc
    if status == HTTPStatus.OK:
        return body
    raise _Failed(NO_SESSION if status == HTTPStatus.NOT_FOUND else REFUSED, _told(status, body))


def _exchange(gateway: _Gateway, method: Literal["GET", "DELETE"], path: str) -> tuple[int, bytes]:
    kind = http.client.HTTPSConnection if gateway.secure else http.client.HTTPConnection
    connection = kind(gateway.netloc, timeout=TIMEOUT_S)
    try:
        headers = {"Authorization": f"Bearer {gateway.token}"}
        connection.request(method, gateway.path + path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(_MAX_ANSWER)
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
