"""The reference client of protocol v2: what a phone does, to be read beside docs/protocol.md.

    client = ShoppingClient("wss://example.org", "anna", app=app)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(client.run(), name="shopping client")
        client.start("pl-PL")
        client.speak(pcm)              # and so on, as the microphone delivers it
        client.say("dodaj dwa mleka")
        client.stop()                  # the status "stopped" says that all of it was heard
        ...
        running.cancel()               # leave; the session can be resumed for a while

Nothing that the app calls waits: what cannot be sent yet is kept, within bounds. What comes goes to
the app's `heard`, events exactly once. An event is acknowledged when `heard` has returned: there an
app stores `client.state`, and after a restart it gives that to the next `ShoppingClient`.

A connection that is lost is opened again, at the next address where there are several, with
`resume`, the list, and then what the gateway does not say it has received. Speech that went into a
connection just before it broke is lost with it, as nobody acknowledges speech. The WebSocket
library sends pings, and so notices a peer that is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from gateway.client_protocol import PhoneProtocol
from gateway.client_retry import Loss, Outages
from gateway.client_state import ClientState, Request, SeqHole
from gateway.talk_socket import PhoneSocket, Refused, SocketClosed, Unreachable, address, dial
from gateway.talk_wire import Heard, Unreadable, decode, encode
from schemas.client import (
    AudioChunk,
    AudioEnd,
    Auth,
    ClientMessage,
    Confirm,
    Edit,
    EditOperation,
    Reject,
    Reply,
    StartListSession,
    Text,
    Undo,
    check_audio,
    decode_v2,
)
from schemas.server import Frame

SESSION_WITHIN_S: Final = 15.0
"""A gateway that does not answer the first `start_session` of a connection for so long is left."""

Dial: TypeAlias = Callable[[str, str | None], contextlib.AbstractAsyncContextManager[PhoneSocket]]
"""Opens a socket to a URI, with a token if there is one, or raises `Refused` or `Unreachable`."""


class App(Protocol):
    """What the phone does with what comes."""

    def heard(self, message: Heard) -> None:
        """Show and store what a message says; `ShoppingClient.state` has it already."""

    def puzzled(self, problem: str) -> None:
        """Pass over a frame that is no message of this version of the protocol."""

    def lost(self, loss: Loss) -> None:
        """Show that there is no connection; it is being opened again."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """How it went so far.

    Attributes:
        reconnects: how often a connection replaced a lost one.
        gaps_s: how long each of the last `REMEMBERED_GAPS` took, until the session went on.
        waiting_ms: milliseconds of speech that wait to be sent.
        dropped_ms: milliseconds of speech that could not be kept.
        missed: events of which only the effect on the list was told.
    """

    reconnects: int
    gaps_s: tuple[float, ...]
    waiting_ms: float
    dropped_ms: float
    missed: int


class ShoppingClient:
    """One shopper's session, over as many connections as it takes.

    Args:
        url: the gateway's, as `gateway.talk_socket.address` takes it.
        user: the shopper's id.
        others: of more instances of the service; after each loss the next address is tried.
        app: is told everything.
        state: what the app had stored, to go on with it.
        token: says who the shopper is, where the gateway asks; `renew` replaces it.
        reply: whether the model's answers are wanted as sound.
        connect_within_s: how long the first connection is tried for.
        reconnect_within_s: how long it may take to replace one that is lost.
        dial: opens a socket.
        jitter: gives numbers from 0 to 1.

    Raises:
        BadAddress: `url` or one of `others` is none.
    """

    def __init__(  # noqa: PLR0913 - its ports and bounds, all but the first two by keyword
        self,
        url: str,
        user: str,
        *,
        app: App,
        others: Sequence[str] = (),
        state: ClientState | None = None,
        token: str | None = None,
        reply: Reply = "none",
        connect_within_s: float = math.inf,
        reconnect_within_s: float = math.inf,
        dial: Dial = dial,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.state = ClientState() if state is None else state
        self._uris = deque(address(each, user) for each in (url, *others))
        self._token = token
        self._app = app
        self._protocol = PhoneProtocol(self.state, reply=reply)
        self._dial = dial
        self._outages = Outages(
            jitter,
            connect_within_s=connect_within_s,
            reconnect_within_s=reconnect_within_s,
            addresses=len(self._uris),
        )
        self._wakes_writer = asyncio.Event()

    def start(self, language: str | None = None) -> None:
        """Start the session, in the gateway's default language or this one (a BCP 47 tag).

        Raises:
            ProtocolViolation: `language` is no tag.
        """
        _check(StartListSession(language))
        self._protocol.start(language)
        self._wakes_writer.set()

    def renew(self, token: str) -> None:
        """Show a newer token: apps do so some time before the one that they have expires.

        Raises:
            ProtocolViolation: `token` is none.
        """
        _check(Auth(token))
        self._token = token
        self._protocol.renew(token)
        self._wakes_writer.set()

    def speak(self, pcm: bytes) -> None:
        """Send 10 ms to 2 s of PCM16 mono 16 kHz, or raise `ProtocolViolation`.

        While there is no connection, `SPEECH_MS` of it are kept. Without `start` it is dropped.
        """
        check_audio(pcm, field="pcm")
        self._protocol.speak(AudioChunk(pcm))
        self._wakes_writer.set()

    def audio_end(self) -> None:
        """Say that the microphone closed: the model answers now."""
        self._protocol.speak(AudioEnd())
        self._wakes_writer.set()

    # Each of these returns the `ref` that the events and errors about it carry. It raises
    # `ProtocolViolation` where the gateway would not take it, and `Backlogged` when
    # `REMEMBERED_REQUESTS` wait for a connection already. Before the first `start`, and on a
    # connection that replaced one after `stop`, all of them wait for `start`.

    def say(self, text: str) -> str:
        """Send a typed sentence, treated as if spoken."""
        return self._ask(lambda ref: Text(text, ref))

    def edit(self, *operations: EditOperation) -> str:
        """Send what the shopper did to the list by hand; it changes when the gateway says so."""
        return self._ask(lambda ref: Edit(operations, ref))

    def undo(self) -> str:
        """Take the last sentence or edit back."""
        return self._ask(Undo)

    def confirm(self, suggestion: str) -> str:
        """Say that a suggestion was right."""
        return self._ask(lambda ref: Confirm(suggestion, ref))

    def reject(self, suggestion: str) -> str:
        """Say that a suggestion was wrong."""
        return self._ask(lambda ref: Reject(suggestion, ref))

    def stop(self) -> None:
        """Finish what was said and close the link to Gemini; `stopped` is the answer."""
        self._protocol.stop()
        self._wakes_writer.set()

    def statistics(self) -> Statistics:
        """Return how it went so far."""
        outbox = self._protocol.outbox
        return Statistics(
            reconnects=self._outages.reconnects,
            gaps_s=tuple(self._outages.gaps_s),
            waiting_ms=outbox.speech_ms,
            dropped_ms=outbox.dropped_ms,
            missed=self.state.missed,
        )

    async def run(self) -> Loss:
        """Stay connected until cancelled; return the loss after which that makes no sense.

        It is one after which the gateway is not to be called again, or the last of an outage that
        took too long.
        """
        loop = asyncio.get_running_loop()
        while True:
            loss = await self._one_connection()
            delay_s = self._outages.delay_s(loss, now=loop.time())
            if delay_s is None:
                return loss
            self._app.lost(loss)
            self._uris.rotate(-1)
            await asyncio.sleep(delay_s)

    async def _one_connection(self) -> Loss:
        try:
            async with (
                self._dial(self._uris[0], self._token) as socket,
                asyncio.TaskGroup() as group,
            ):
                self._protocol.connected()
                writer = group.create_task(self._write(socket), name="client writer")
                try:
                    return await self._listen(socket)
                finally:
                    writer.cancel()
        except (Refused, Unreachable) as loss:
            return loss

    async def _listen(self, socket: PhoneSocket) -> Loss:
        loop = asyncio.get_running_loop()
        due: float | None = loop.time() + SESSION_WITHIN_S
        try:
            while True:
                if not self._protocol.awaits_session:
                    due = None
                    self._outages.over(now=loop.time())
                async with asyncio.timeout_at(due):
                    frame = await socket.receive()
                self._hear(frame)
        except TimeoutError:
            return Unreachable(f"{self._uris[0]}: no session within {SESSION_WITHIN_S:g} s")
        except (SocketClosed, SeqHole) as loss:
            return loss

    def _hear(self, frame: Frame) -> None:
        try:
            message = decode(frame)
        except Unreadable as exc:
            self._app.puzzled(str(exc))
            return
        if self._protocol.hear(message):
            self._app.heard(message)
        self._wakes_writer.set()

    async def _write(self, socket: PhoneSocket) -> None:
        """Send until the socket is closed, which `_listen` sees as well."""
        with contextlib.suppress(SocketClosed):
            while True:
                message = self._protocol.next()
                if message is not None:
                    await self._send(socket, message)
                    continue
                self._wakes_writer.clear()
                await self._wakes_writer.wait()

    async def _send(self, socket: PhoneSocket, message: ClientMessage) -> None:
        try:
            await socket.send(encode(message))
        except (SocketClosed, asyncio.CancelledError):
            # All else is known to be needed again: speech is not.
            if isinstance(message, AudioChunk | AudioEnd):
                self._protocol.outbox.put_back(message)
            raise

    def _ask(self, request: Callable[[str], Request]) -> str:
        ref = str(uuid.uuid4())
        message = request(ref)
        _check(message)
        self._protocol.ask(ref, message)
        self._wakes_writer.set()
        return ref


def _check(message: ClientMessage) -> None:
    """Raise `ProtocolViolation` now: later it could not be told whose mistake it was."""
    decode_v2(encode(message))
