"""The command line: `gateway serve`, `check`, `talk`, `sessions`."""

from __future__ import annotations

import argparse
import asyncio
import importlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol, cast

import uvloop

from gateway.version import VERSION


class Command(Protocol):
    """A module that is one command."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what the command understands."""

    async def run(self, args: argparse.Namespace, /) -> int:
        """Carry it out; return the exit code."""


_COMMANDS: Final = {
    "serve": ("gateway.serve_command", "run the service; the environment configures it"),
    "check": ("gateway.check_command", "look whether it would work, before it serves"),
    "talk": ("gateway.talk", "speak recordings or type sentences to a running service"),
    "sessions": ("gateway.sessions_command", "see, watch, debug or stop the live sessions; drain"),
}


def chosen(words: Sequence[str]) -> Callable[[], int]:
    """Return what carries out the command that `words` are, and returns its exit code.

    Raises:
        SystemExit: there is no such command, or help was asked for; people were told.
    """
    parser = argparse.ArgumentParser(prog="gateway", description="Gemini Live gateway")
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    loaded: Command | None = None
    for name, (module, purpose) in _COMMANDS.items():
        subparser = commands.add_parser(name, help=purpose, description=purpose)
        # Only the command that is wanted is imported: none needs what the others need.
        if words and words[0] == name:
            loaded = cast(Command, importlib.import_module(module))
            loaded.add_arguments(subparser)
    arguments = parser.parse_args(words)
    assert loaded is not None  # noqa: S101 - the parser accepts no other first word
    return partial(_run, loaded, arguments)


def _run(command: Command, arguments: argparse.Namespace) -> int:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(command.run(arguments))
