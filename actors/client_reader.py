"""Task 1: what the phone sends, speech to the uplink and the rest to the supervisor's inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TypeAlias, assert_never

from actors.allowance import UNBOUNDED, Allowance, Rates
from actors.gate import Gate
from actors.mailbox import Mailbox
from actors.ports import ClientGone, ClientSocket
from actors.uplink import UplinkMailbox
from schemas.client import (
    Ack,
    AudioChunk,
    AudioEnd,
    Auth,
    ClientMessage,
    Confirm,
    Edit,
    Ping,
    Reject,
    StartListSession,
    StartSession,
    StopSession,
    Text,
    Undo,
)
from schemas.errors import ProtocolViolation
from schemas.messages import (
    Acknowledged,
    ClientErred,
    ClientLeft,
    Event,
    LimitPassed,
    ListRequested,
    PingReceived,
    SpeechArrived,
    SpeechLost,
    StartRequested,
    StopRequested,
    TextTyped,
    TokenOffered,
)

Decode: TypeAlias = Callable[[str | bytes], ClientMessage]
_TELL_LOSS_EVERY_MS: Final = 5_000
_SETTLED_EVERY: Final = 64_000
"""Bytes of PCM, which are two seconds: what is spent on speech is not looked at for each chunk."""


class SpeechIn(Protocol):
    """Finds the PCM in a frame that holds speech and nothing unusual, as `decode` would."""

    def __call__(self, frame: bytes, /, *, text: bool) -> bytes | None:
        """Return it, or `None` for any other frame: `decode` deals with that."""


AckIn: TypeAlias = Callable[[bytes], Ack | None]
"""Finds an acknowledgement in a text frame, as `decode` would; `None` for any other frame."""


class Grammar(Protocol):
    """How frames are read in one version of the client protocol."""

    @property
    def decode(self) -> Decode:
        """Parses any frame, or raises `ProtocolViolation`."""

    @property
    def speech_in(self) -> SpeechIn:
        """Finds speech."""

    @property
    def ack_in(self) -> AckIn:
        """Finds acknowledgements."""


class ClientReader:
    """Reads until the phone is gone; when it returns, nothing of the phone's comes any more."""

    def __init__(  # noqa: PLR0913 - what it reads, and what it hands that to
        self,
        socket: ClientSocket,
        uplink: UplinkMailbox,
        inbox: Mailbox[Event],
        *,
        grammar: Grammar,
        send_at_once: Callable[[list[bytes]], int],
        rates: Rates = UNBOUNDED,
    ) -> None:
        self._clock = asyncio.get_running_loop().time
        self._allowance = Allowance(rates, self._clock())
        self._chunks = self._spoken = 0
        """Taken at once, and not spent yet: frames, and bytes of PCM."""
        self._socket = socket
        self._uplink = uplink
        self._inbox = inbox
        self._decode = grammar.decode
        self._speech_in = grammar.speech_in
        self._ack_in = grammar.ack_in
        self._send_at_once = send_at_once
        self._waits = False

    async def run(self, handle_now: Callable[[Event], bool]) -> None:
        """Return when the phone is gone, or has sent too much.

        `ClientLeft` or `LimitPassed` is then the last message it has put.

        Args:
            handle_now: deals with an event at once, or returns that it has to wait in the inbox.
        """
        self._socket.offer_to(partial(self._take, handle_now))
        while True:
            try:
                frame = await self._received()
                self._settle()
                self._allowance.spend(1, len(frame), 0)
                if self._allowance.used_up and (limit := self._allowance.exceeded(self._clock())):
                    await self._inbox.put(LimitPassed(limit))
                    return
                message = self._decode(frame)
            except ClientGone as exc:
                await self._inbox.put(ClientLeft(code=exc.code))
                return
            except ProtocolViolation as exc:
                await self._inbox.put(ClientErred(exc.field, exc.problem, exc.code, exc.ref))
                continue
            match message:
                case AudioChunk(pcm):
                    self._allowance.spend(0, 0, len(pcm))
                    await self._hear(pcm)
                case AudioEnd():
                    self._pause()
                case other:
                    await self._tell_loss(1)
                    await self._hand_on(other)
                    if parts := _parts(other):
                        self._allowance.spend_parts(parts)
                        # It is carried out in the next turn, and then others have theirs.
                        await asyncio.sleep(0)

    async def _received(self) -> str | bytes:
        self._waits = True
        try:
            return await self._socket.receive()
        finally:
            self._waits = False

    def _take(self, handle_now: Callable[[Event], bool], frames: list[bytes], *, text: bool) -> int:
        """Send speech on the moment it arrives, and have acknowledgements dealt with.

        What is not that simple is received as usual.
        """
        if not self._waits or self._allowance.used_up:
            return 0
        taken = self._take_speech(frames, text=text) if self._uplink.gate is Gate.OPEN else 0
        if text and not taken:
            while taken < len(frames) and self._take_ack(frames[taken], handle_now):
                taken += 1
            self._allowance.spend(taken, sum(map(len, frames[:taken])), 0)
        return taken

    def _take_ack(self, frame: bytes, handle_now: Callable[[Event], bool]) -> bool:
        ack = self._ack_in(frame)
        return ack is not None and handle_now(Acknowledged(ack.seq))

    def _take_speech(self, frames: list[bytes], *, text: bool) -> int:
        chunks: list[bytes] = []
        for frame in frames:
            pcm = self._speech_in(frame, text=text)
            if pcm is None:
                break
            chunks.append(pcm)
        if not chunks:
            return 0
        taken = self._send_at_once(chunks)
        self._chunks += taken
        self._spoken += len(chunks[0]) if taken == 1 else sum(map(len, chunks[:taken]))
        if self._spoken >= _SETTLED_EVERY:
            self._settle()
        return taken

    def _settle(self) -> None:
        """Spend what the speech that was taken at once comes to."""
        self._allowance.spend(self._chunks, self._spoken, self._spoken)
        self._chunks = self._spoken = 0

    async def _hand_on(self, message: _Request) -> None:
        await self._inbox.put(self._event(message))
        starts = isinstance(message, StartSession | StartListSession)
        if isinstance(message, Text) or (starts and self._uplink.gate is Gate.SHUT):
            # What is said right behind it comes after it, and is heard: the gate is opened first.
            await self._inbox.wait_dealt_with()

    async def _hear(self, pcm: bytes) -> None:
        gate = self._uplink.gate
        if gate is Gate.SHUT:
            return
        loses = self._uplink.put(pcm)
        if gate is Gate.KNOCK:
            await self._inbox.put(SpeechArrived())
        # While it goes on, not once per chunk.
        await self._tell_loss(_TELL_LOSS_EVERY_MS if loses else 1)

    def _pause(self) -> None:
        if self._uplink.gate is not Gate.SHUT:
            self._uplink.put_pause()

    async def _tell_loss(self, at_least_ms: int) -> None:
        lost_ms = self._uplink.take_loss(at_least_ms)
        if lost_ms:
            await self._inbox.put(SpeechLost(ms=lost_ms))

    def _event(self, message: _Request) -> Event:
        match message:
            case StartSession(language):
                return StartRequested(language=language)
            case StartListSession():
                return StartRequested(
                    language=message.language,
                    reply=message.reply,
                    listed=message.list,
                    resume=message.resume,
                )
            case Text():
                return self._typed(message)
            case other:
                return _told(other)

    def _typed(self, message: Text) -> Event:
        if self._uplink.full_of_text:
            problem = "too many typed sentences wait for an answer"
            return ClientErred("text", problem, "too_many_texts", message.ref)
        return TextTyped(message.text, message.ref)


def _parts(message: _Request) -> int:
    """Return how many things a message asks for: a few bytes each, and work."""
    match message:
        case Edit(operations):
            return len(operations)
        case StartListSession():
            return 1 + len(message.list)
        case _:
            return 0


def _told(message: _Plain) -> Event:
    match message:
        case Ack(seq):
            return Acknowledged(seq)
        case Edit() | Undo() | Confirm() | Reject():
            return ListRequested(message)
        case Auth(token, ref):
            return TokenOffered(token, ref)
        case StopSession():
            return StopRequested()
        case Ping():
            return PingReceived()
        case other:
            assert_never(other)


_Plain: TypeAlias = Ack | Auth | Edit | Undo | Confirm | Reject | StopSession | Ping
_Request: TypeAlias = StartSession | StartListSession | Text | _Plain
