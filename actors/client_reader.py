"""Task 1: what the phone sends, speech to the uplink and the rest to the supervisor's inbox."""

from __future__ import annotations

from typing import Final, assert_never

from actors.gate import Gate
from actors.mailbox import Mailbox
from actors.ports import ClientGone, ClientSocket
from actors.uplink import UplinkMailbox
from schemas.client import (
    AudioChunk,
    ClientMessage,
    Ping,
    StartSession,
    StopSession,
    decode,
)
from schemas.errors import ProtocolViolation
from schemas.messages import (
    ClientErred,
    ClientLeft,
    Event,
    PingReceived,
    SpeechArrived,
    SpeechLost,
    StartRequested,
    StopRequested,
)

_TELL_LOSS_EVERY_MS: Final = 5_000


class ClientReader:
    """Reads until the phone is gone; when it returns, the session ends."""

    def __init__(self, socket: ClientSocket, uplink: UplinkMailbox, inbox: Mailbox[Event]) -> None:
        self._socket = socket
        self._uplink = uplink
        self._inbox = inbox

    async def run(self) -> None:
        """Return when the phone is gone. `ClientLeft` is then the last message it has put."""
        while True:
            try:
                frame = await self._socket.receive()
                message = _parse(frame)
            except ClientGone as exc:
                await self._inbox.put(ClientLeft(code=exc.code))
                return
            except ProtocolViolation as exc:
                await self._inbox.put(ClientErred(field=exc.field, problem=exc.problem))
                continue
            if isinstance(message, AudioChunk):
                await self._hear(message.audio_data)
            else:
                await self._tell_loss(1)
                await self._inbox.put(_event(message))
                if isinstance(message, StartSession) and self._uplink.gate is Gate.SHUT:
                    # What is said right behind it is heard: the gate is opened first.
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

    async def _tell_loss(self, at_least_ms: int) -> None:
        lost_ms = self._uplink.take_loss(at_least_ms)
        if lost_ms:
            await self._inbox.put(SpeechLost(ms=lost_ms))


def _parse(frame: str | bytes) -> ClientMessage:
    if isinstance(frame, bytes):
        raise ProtocolViolation("frame", "binary, but protocol v1 has text frames only")
    return decode(frame)


def _event(message: StartSession | StopSession | Ping) -> Event:
    match message:
        case StartSession(language):
            return StartRequested(language=language)
        case StopSession():
            return StopRequested()
        case Ping():
            return PingReceived()
        case other:
            assert_never(other)
