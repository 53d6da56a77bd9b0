"""What a phone says when: the order of protocol v2 on a connection, and from one to the next.

Pure: the shell (`gateway/client.py`) tells what happened, and sends what `next` returns.
"""

from __future__ import annotations

import enum
from typing import Final, assert_never

from gateway.client_outbox import Outbox
from gateway.client_state import ClientState, Request
from gateway.talk_wire import Heard
from schemas.client import Ack, AudioChunk, AudioEnd, Auth, ClientMessage, Reply, StopSession
from schemas.server import SessionInfo, Status

_NOTHING_ACKED: Final = -1


class Phase(enum.Enum):
    """What the app wants of the session."""

    IDLE = enum.auto()
    STARTED = enum.auto()
    STOPPING = enum.auto()
    RESTARTING = enum.auto()
    """To be started again as soon as it is stopped."""


class Line(enum.Enum):
    """What may be said on the connection."""

    SILENT = enum.auto()
    """Nothing before `start_session`."""
    WAITING = enum.auto()
    """Nothing before the answer to it, which tells what is to be sent again."""
    OPEN = enum.auto()
    HELD = enum.auto()
    """Only acknowledgements: what is said after `stop_session` would be dropped."""


class PhoneProtocol:
    """One shopper's session, over as many connections as it takes.

    Attributes:
        state: what was heard.
        outbox: what is to be said.
        phase: what the app wants.
    """

    def __init__(self, state: ClientState, *, reply: Reply) -> None:
        self.state = state
        self.outbox = Outbox()
        self.phase = Phase.IDLE
        self._line = Line.SILENT
        self._acked = _NOTHING_ACKED
        self._newer_token: str | None = None
        self._language: str | None = None
        self._reply: Reply = reply

    # What the app wants.

    def start(self, language: str | None) -> None:
        """Start the session, after the end of the one that is being stopped, if any."""
        match self.phase:
            case Phase.IDLE:
                self.phase = Phase.STARTED
                if self._line is not Line.HELD:
                    self._line = Line.SILENT
            case Phase.STOPPING:
                self.phase = Phase.RESTARTING
            case Phase.STARTED | Phase.RESTARTING:
                return
            case other:
                assert_never(other)
        self._language = language

    def speak(self, speech: AudioChunk | AudioEnd) -> None:
        """Send speech; where nothing was started it is dropped and counted."""
        self.outbox.speak(speech)
        if self.phase is Phase.IDLE:
            self.outbox.drop_speech()

    def renew(self, token: str) -> None:
        """Show a newer token, before all else; the handshake of another connection does as well."""
        self._newer_token = token

    def ask(self, ref: str, request: Request) -> None:
        """Send a request, once, however often it takes; raise `Backlogged` if too many wait."""
        self.outbox.ask(request)
        self.state.asks(ref, request)

    def stop(self) -> None:
        """Stop the session when all before this has been said."""
        match self.phase:
            case Phase.STARTED:
                self.phase = Phase.STOPPING
                self.outbox.stop()
            case Phase.RESTARTING:
                self.phase = Phase.STOPPING
                self.outbox.drop_speech()
            case Phase.IDLE | Phase.STOPPING:
                pass
            case other:
                assert_never(other)

    # What happens.

    @property
    def awaits_session(self) -> bool:
        """The gateway is to answer `start_session`."""
        return self.phase is not Phase.IDLE and self._line in {Line.SILENT, Line.WAITING}

    def connected(self) -> None:
        """Begin anew on another connection, whose handshake has shown the newest token."""
        self._newer_token = None
        self._line = Line.SILENT

    def hear(self, message: Heard) -> bool:
        """Take a message; return whether it is new to the app, or raise `SeqHole`."""
        if not self.state.take(message):
            return False
        match message:
            case SessionInfo():
                self._begun()
            case Status("stopped"):
                self._stopped()
            case Status("draining") if self._line is not Line.OPEN or self.phase is Phase.IDLE:
                # A session that runs listens on until the connection is closed.
                self._line = Line.HELD
            case _:
                pass
        return True

    def next(self) -> ClientMessage | None:
        """Return what is to be sent now, ``None`` if there is nothing or it has to wait."""
        if self._newer_token is not None:
            token, self._newer_token = self._newer_token, None
            return Auth(token)
        return self._next_of_session()

    def _next_of_session(self) -> ClientMessage | None:
        match self._line:
            case Line.SILENT if self.phase is not Phase.IDLE:
                self._line = Line.WAITING
                return self.state.start(language=self._language, reply=self._reply)
            case Line.SILENT | Line.WAITING:
                return None
            case Line.OPEN | Line.HELD if self._acked != self.state.seq:
                self._acked = self.state.seq
                return Ack(self._acked)
            case Line.HELD:
                return None
            case Line.OPEN:
                return self._next_in_turn()
            case other:
                assert_never(other)

    def _next_in_turn(self) -> ClientMessage | None:
        message = self.outbox.pop()
        if type(message) is StopSession:
            self._line = Line.HELD
        return message

    def _begun(self) -> None:
        if self.phase is Phase.IDLE:  # a typed sentence has started it
            self.phase = Phase.STARTED
        stop = self.phase in {Phase.STOPPING, Phase.RESTARTING}
        self.outbox.again(self.state.requests, stop=stop)
        self._line = Line.OPEN
        self._acked = _NOTHING_ACKED

    def _stopped(self) -> None:
        if self.phase is Phase.RESTARTING:
            self.phase = Phase.STARTED
            self._line = Line.SILENT
        else:
            self.phase = Phase.IDLE
            self._line = Line.OPEN
            self.outbox.drop_speech()
