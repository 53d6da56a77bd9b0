"""The command line of `gateway talk`."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from gateway.addresses import DEFAULT, BadAddress, here
from gateway.talk_socket import place

FAST: Final = 4.0
"""Times the pace of speech; the gateway holds 15 s, so a link that is late loses nothing."""
DEFAULT_USER: Final = "talk"
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class BadToken(Exception):
    """What was given as a token is none; the text does not show it."""


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, parsed; its help says what each option does."""

    files: Sequence[str]
    text: Sequence[str]
    typed: Sequence[str]
    urls: Sequence[str]
    user: str
    token: str | None
    language: str | None
    expect: Path | None
    expect_at_least: int | None
    json: bool
    speed: float

    @classmethod
    def of(cls, args: argparse.Namespace) -> Options:
        """Give the parsed arguments their types.

        Raises:
            BadAddress: a `--url` is none, or another user's than is asked for; or `PORT` is none.
            BadToken: the token is none.
        """
        chosen = {field.name: getattr(args, field.name) for field in fields(cls)}
        urls, user = _places(args.urls or [here("ws", os.environ)], args.user)
        token = _token(args.token or os.environ.get("TOKEN", "").strip())
        return cls(**{**chosen, "urls": urls, "user": user, "token": token})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.description = (
        "Say recordings to a gateway, as a phone would, and show what comes back and the list."
    )
    parser.epilog = (
        "exit code: 0 every session ended well, 1 not the expected products, 2 bad usage, 3 the"
        " gateway refused, 4 it could not be reached or a connection was lost, 130 interrupted"
    )
    _add_sound(parser)
    parser.add_argument(
        "--url",
        dest="urls",
        action="append",
        default=[],
        help="the gateway's address, or a user's as the gateway prints it at its start;"
        f" default: {DEFAULT}; repeated for more instances: after a loss the next is tried",
    )
    parser.add_argument("--user", help=f"user id; default: that of --url, else {DEFAULT_USER}")
    parser.add_argument(
        "--token",
        help="says who the user is, where the gateway asks; default: the environment's TOKEN, which"
        " other users of this machine do not see",
    )
    parser.add_argument("--json", action="store_true", help="print JSON lines, for programs")
    parser.add_argument(
        "--expect",
        type=Path,
        metavar="FILE",
        help="JSON of expected products; what they take off the list is put there first",
    )
    parser.add_argument(
        "--expect-at-least",
        type=_count,
        metavar="N",
        help="be content with N recordings as expected; default: all",
    )


def _add_sound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE.wav",
        help="recording; - reads WAV or raw PCM16 mono 16 kHz from standard input",
    )
    parser.add_argument(
        "--text",
        action="append",
        default=[],
        metavar="SENTENCE",
        help="say a sentence with espeak-ng; may be repeated",
    )
    parser.add_argument(
        "--typed",
        action="append",
        default=[],
        metavar="SENTENCE",
        help="type a sentence instead of saying it; may be repeated, and is one session then",
    )
    parser.add_argument(
        "--language",
        type=_language,
        metavar="TAG",
        help="what is spoken, such as pl-PL or en-US; default: what expected.json beside the"
        " recording says, else the gateway's",
    )
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument(
        "--realtime",
        dest="speed",
        action="store_const",
        const=1.0,
        help="send at the pace of speech (the default)",
    )
    pace.add_argument(
        "--fast",
        dest="speed",
        action="store_const",
        const=FAST,
        help=f"send at {FAST:g} times the pace of speech",
    )
    parser.set_defaults(speed=1.0)


def _places(urls: Sequence[str], user: str | None) -> tuple[Sequence[str], str]:
    """Return the gateways' addresses, and the one user that all of it is about."""
    bases = []
    for url in urls:
        base, named = place(url)
        if named is not None and user not in (None, named):
            raise BadAddress(f"--url {url}: it is {named}'s, and {user} is to talk: leave one out")
        bases.append(base)
        user = named if user is None else user
    return bases, DEFAULT_USER if user is None else user


def _token(text: str) -> str | None:
    if not re.fullmatch(r"[\x21-\x7e]*", text):
        raise BadToken("the token has characters that no token has")
    return text or None


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a language tag such as pl-PL")
    return text


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ValueError
    return count
