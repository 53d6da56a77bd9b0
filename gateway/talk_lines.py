"""What programs read: one JSON object a line, as it came, and a summary as the last line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

import msgspec

from gateway.client_retry import Loss
from gateway.talk_endings import Ending
from gateway.talk_record import SessionReport
from gateway.talk_sources import Utterance
from gateway.talk_wire import Heard
from schemas.server import SpokenAudio
from schemas.shopping_list import Item


class Summary(msgspec.Struct, frozen=True, tag="summary"):
    """The last line; `exit_code` is the command's, `list` the shopping list at the end."""

    exit_code: int
    why: str
    sessions: tuple[SessionReport, ...]
    list: tuple[Item, ...]


class Unread(msgspec.Struct, frozen=True, tag="unread"):
    """A frame that is no message of protocol v2."""

    problem: str


class Lost(msgspec.Struct, frozen=True, tag="lost"):
    """The connection is lost and will be replaced."""

    why: str


class Lines:
    """An audience that prints JSON; each line is flushed, so that a pipe sees it at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begins(self, utterance: Utterance) -> None:
        """Print nothing: the summary names the utterances."""

    def sent(self, pcm: bytes) -> None:
        """Print nothing: only what was received is printed."""

    def heard(self, message: Heard) -> None:
        """Print the message; sound, which was not asked for, is none."""
        if not isinstance(message, SpokenAudio):
            self._print(message)

    def puzzled(self, problem: str) -> None:
        """Print that there was a frame that makes no sense."""
        self._print(Unread(problem))

    def lost(self, loss: Loss) -> None:
        """Print that there is no connection for now."""
        self._print(Lost(str(loss)))

    def summary(
        self, ending: Ending, sessions: Sequence[SessionReport], items: Iterable[Item]
    ) -> None:
        """Print the last line."""
        self._print(Summary(int(ending.outcome), ending.why, tuple(sessions), tuple(items)))

    def _print(self, line: msgspec.Struct) -> None:
        print(msgspec.json.encode(line).decode(), file=self._out, flush=True)
