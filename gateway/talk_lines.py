"""What programs read: one JSON object a line, as it came, and a summary as the last line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

import msgspec

from gateway.talk_conversation import Ending
from gateway.talk_record import SessionReport
from gateway.talk_sources import Utterance
from schemas.server import ServerMessage


class Summary(msgspec.Struct, frozen=True, tag="summary"):
    """The last line; `exit_code` is the command's."""

    exit_code: int
    why: str
    sessions: tuple[SessionReport, ...]


class Unread(msgspec.Struct, frozen=True, tag="unread"):
    """A frame that is no message of protocol v1."""

    problem: str


class Lines:
    """An audience that prints JSON; each line is flushed, so that a pipe sees it at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begins(self, utterance: Utterance) -> None:
        """Print nothing: the summary names the utterances."""

    def sent(self, pcm: bytes) -> None:
        """Print nothing: only what was received is printed."""

    def heard(self, message: ServerMessage) -> None:
        """Print the message."""
        self._print(message)

    def puzzled(self, problem: str) -> None:
        """Print that there was a frame that makes no sense."""
        self._print(Unread(problem))

    def summary(self, ending: Ending, sessions: Sequence[SessionReport]) -> None:
        """Print the last line."""
        self._print(Summary(int(ending.outcome), ending.why, tuple(sessions)))

    def _print(self, line: msgspec.Struct) -> None:
        print(msgspec.json.encode(line).decode(), file=self._out, flush=True)
