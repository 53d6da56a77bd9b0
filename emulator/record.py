"""What the emulator remembers of each connection, for its control endpoint and so for tests."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from emulator.audio import AudioMeter
from emulator.memory import Said
from emulator.messages import FunctionResponse
from emulator.wire import Closing, ServerMessage

CLOSED_KEPT = 500
"""Closed connections that stay on record."""
ENTRIES_KEPT = 1_000
"""Utterances and tool calls kept of one connection."""


def unix_ms(seconds: float) -> int:
    """Return a wall-clock time as the records show it."""
    return round(seconds * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A stretch of speech and what was understood.

    Stream times count the audio received, in ms of 16 kHz; the others are wall-clock seconds.
    """

    text: str
    start_ms: int | None
    end_ms: int | None
    ended_at: float
    """When the end of speech was noticed."""
    heard_at: float
    """When the text was there."""

    def view(self) -> dict[str, object]:
        """Return it for the control endpoint."""
        return {
            "text": self.text,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "ended_at_unix_ms": unix_ms(self.ended_at),
            "heard_at_unix_ms": unix_ms(self.heard_at),
        }


@dataclass(slots=True)
class ToolCall:
    """A function call sent, and its answer."""

    id: str
    name: str
    args: object
    sent_at: float
    answer: Mapping[str, object] | None = None
    scheduling: str | None = None
    answered_at: float | None = None
    cancelled: bool = False

    def view(self) -> dict[str, object]:
        """Return it for the control endpoint."""
        return {
            "id": self.id,
            "name": self.name,
            "args": self.args,
            "sent_at_unix_ms": unix_ms(self.sent_at),
            "answer": self.answer,
            "scheduling": self.scheduling,
            "answered_at_unix_ms": unix_ms(self.answered_at) if self.answered_at else None,
            "cancelled": self.cancelled,
        }


@dataclass(frozen=True, slots=True)
class Closed:
    """How a connection ended; no code when it just broke off."""

    by: str
    """"client" or "server"."""
    closing: Closing | None

    def view(self) -> dict[str, object]:
        """Return it for the control endpoint."""
        closing = self.closing
        return {
            "by": self.by,
            "code": closing.code if closing else None,
            "reason": closing.reason if closing else None,
        }


@dataclass(slots=True, kw_only=True)
class ConnectionRecord:
    """One connection, from its upgrade on."""

    id: str
    number: int
    """How many connections there had been, this one included."""
    path: str
    auth: str
    """How the client showed its credentials; never the credentials."""
    tls: bool
    opened_at: float = field(default_factory=time.time)
    ready_at: float | None = None
    closed_at: float | None = None
    closed: Closed | None = None
    refused: int | None = None
    """The HTTP status that the upgrade was refused with."""
    setup: object = None
    session_id: str | None = None
    resumed_from: str | None = None
    audio: AudioMeter = field(default_factory=AudioMeter)
    utterances: deque[Utterance] = field(default_factory=lambda: deque(maxlen=ENTRIES_KEPT))
    calls: OrderedDict[str, ToolCall] = field(default_factory=OrderedDict)
    unknown_answers: deque[str] = field(default_factory=lambda: deque(maxlen=ENTRIES_KEPT))
    video_frames: int = 0
    turns: int = 0
    dropped: int = 0
    """Sentences that came when too many others waited for their turn."""
    history: Sequence[Said] = ()

    def heard(self, utterance: Utterance) -> None:
        """Note a stretch of speech."""
        self.utterances.append(utterance)

    def sending(self, message: ServerMessage) -> None:
        """Note what matters of a message that is about to be sent, were it malformed on purpose."""
        for name, body in message.items():
            match name, body:
                case "toolCall", {"functionCalls": list(calls)}:
                    for call in calls:
                        self._calling(call)
                case "toolCallCancellation", {"ids": list(ids)}:
                    self._cancelling(ids)
                case "serverContent", {"turnComplete": True}:
                    self.turns += 1
                case _:
                    pass

    def _cancelling(self, ids: Sequence[object]) -> None:
        for call_id in ids:
            if isinstance(call_id, str) and call_id in self.calls:
                self.calls[call_id].cancelled = True

    def _calling(self, call: object) -> None:
        match call:
            case {"id": str(call_id), **rest}:
                name, args = rest.get("name"), rest.get("args")
                shown = name if isinstance(name, str) else ""
                self.calls[call_id] = ToolCall(call_id, shown, args, time.time())
            case _:
                return  # no client can answer a call without an id
        while len(self.calls) > ENTRIES_KEPT:
            self.calls.popitem(last=False)

    def _is_open(self, call_id: str) -> bool:
        call = self.calls.get(call_id)
        return call is not None and call.answered_at is None and not call.cancelled

    def answered(self, responses: Iterable[FunctionResponse], *, known: frozenset[str]) -> None:
        """Note answers to calls.

        Args:
            responses: As received.
            known: The ids that the conversation still takes answers for. Calls that were sent by
                hand are none of its own, but are on this record.
        """
        for response in responses:
            if response.id is None or not (response.id in known or self._is_open(response.id)):
                self.unknown_answers.append(response.id or "")
                continue
            # A call made before the session was resumed is on the earlier connection's record.
            call = self.calls.setdefault(
                response.id, ToolCall(response.id, response.name or "", None, self.opened_at)
            )
            call.answer = response.response
            call.scheduling = response.scheduling
            call.answered_at = time.time()

    def ended(self, *, by: str, closing: Closing | None) -> None:
        """Note the end; the first one told counts."""
        if self.closed is None:
            self.closed = Closed(by, closing)
            self.closed_at = time.time()

    def view(self) -> dict[str, object]:
        """Return the whole record for the control endpoint."""
        return {
            "id": self.id,
            "number": self.number,
            "state": "closed" if self.closed else "open",
            "opened_at_unix_ms": unix_ms(self.opened_at),
            "ready_at_unix_ms": unix_ms(self.ready_at) if self.ready_at else None,
            "closed_at_unix_ms": unix_ms(self.closed_at) if self.closed_at else None,
            "close": self.closed.view() if self.closed else None,
            "refused": self.refused,
            "path": self.path,
            "auth": self.auth,
            "tls": self.tls,
            "setup": self.setup,
            "session_id": self.session_id,
            "resumed_from": self.resumed_from,
            "audio": self.audio.view(),
            "video_frames": self.video_frames,
            "heard": [utterance.view() for utterance in self.utterances],
            "tool_calls": [call.view() for call in self.calls.values()],
            "unknown_answers": list(self.unknown_answers),
            "turns": self.turns,
            "dropped": self.dropped,
            "history": [{"role": one.role, "text": one.text} for one in self.history],
        }
