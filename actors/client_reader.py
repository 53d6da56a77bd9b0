"""Task 1: what the phone sends, speech to the uplink and the rest to the supervisor's inbox."""

from __future__ import annotations

from typing import assert_never

from actors.gate import Gate
from actors.mailbox import Mailbox
from actors.ports import ClientGone, ClientSocket
from actors.uplink import UplinkMailbox
from schemas.client import (
    BYTES_PER_MS,
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


class ClientReader:
    """Reads until the phone is gone; when it returns, the session ends."""

    def __init__(self, socket: ClientSocket, uplink: UplinkMailbox, inbox: Mailbox[Event]) -> None:
        self._socket = socket
        self._uplink = uplink
        self._inbox = inbox
        self._lost_bytes = 0

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
                await self._tell_loss(0)
                await self._inbox.put(_event(message))

    async def _hear(self, pcm: bytes) -> None:
        gate = self._uplink.gate
        if gate is Gate.SHUT:
            return
        lost = self._uplink.put(pcm)
        if gate is Gate.KNOCK:
            await self._inbox.put(SpeechArrived())
        await self._tell_loss(lost)

    async def _tell_loss(self, lost_bytes: int) -> None:
        """Tell once per second of loss and when it is over, not once per chunk."""
        self._lost_bytes += lost_bytes
        over = self._lost_bytes and not lost_bytes
        if over or self._lost_bytes >= 1000 * BYTES_PER_MS:
            lost, self._lost_bytes = self._lost_bytes, 0
            await self._inbox.put(SpeechLost(ms=lost // BYTES_PER_MS))


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
