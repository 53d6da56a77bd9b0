"""One socket, one session after another: start, speak, stop, and listen to everything meanwhile.

The listener is a task of its own, so that the gateway is heard while audio is sent, and what it
hears goes straight to the audience: nothing is queued. Only the listener decides what a closed
socket means; a send that meets one is dropped, for the listener sees the same closure.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.talk_pacing import Pace, chunked
from gateway.talk_socket import PhoneSocket, SocketClosed
from gateway.talk_sources import Utterance
from gateway.talk_wire import Unreadable, decode, encode
from schemas.client import AudioChunk, ClientMessage, StartSession, StopSession
from schemas.close_codes import CloseCode
from schemas.server import Error, ServerMessage, Status, StatusName

LISTENING_WITHIN_S: Final = 60.0
STOPPED_WITHIN_S: Final = 30.0
_CUT_SHORT: Final = "the session ended while its link to Gemini was lost; speech may be missing"
_LOST: Final = {1006, CloseCode.INTERNAL_ERROR, CloseCode.SERVICE_RESTART}
"""Closings that say nothing about this client: the gateway broke, or is going away."""
_MEANINGS: Final[dict[int, str]] = {
    CloseCode.NORMAL: "the gateway ended the session",
    CloseCode.POLICY_VIOLATION: "the protocol was broken too often",
    CloseCode.TOO_BIG: "a frame was too large",
    CloseCode.INTERNAL_ERROR: "the gateway failed",
    CloseCode.SERVICE_RESTART: "the gateway is going away",
    CloseCode.TRY_AGAIN_LATER: "the gateway is overloaded, or Gemini cannot be reached",
    CloseCode.TOO_SLOW: "messages were taken too slowly",
    CloseCode.REPLACED: "the same user connected elsewhere",
    CloseCode.ENDED_BY_ADMIN: "an admin ended the session",
}


class Outcome(enum.IntEnum):
    """How talking ended; the numbers are the command's exit codes."""

    WELL = 0
    NOT_AS_EXPECTED = 1
    REFUSED = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Ending:
    """How talking ended, and why where it did not end well."""

    outcome: Outcome
    why: str = ""


class Audience(Protocol):
    """Who follows the conversation."""

    def begins(self, utterance: Utterance) -> None:
        """What comes from now on belongs to `utterance`."""

    def sent(self, pcm: bytes) -> None:
        """A chunk of the utterance went to the gateway."""

    def heard(self, message: ServerMessage) -> None:
        """The gateway said something."""

    def puzzled(self, problem: str) -> None:
        """The gateway sent a frame that is no message."""


class Conversation:
    """Says utterances to the gateway, each in a session of its own."""

    def __init__(self, socket: PhoneSocket, audience: Audience, *, speed: float) -> None:
        self._socket = socket
        self._audience = audience
        self._speed = speed
        self._status: StatusName | None = None
        self._status_changed = asyncio.Event()
        self._stopping = False
        self._cut_short = False
        self._interrupted = False
        self._speaking: asyncio.Task[bool] | None = None
        self._last_error = ""

    async def hold(self, utterances: Iterable[Utterance]) -> Ending:
        """Say all `utterances`; return when the last session is stopped or the socket is closed."""
        async with asyncio.TaskGroup() as group:
            listener = group.create_task(self._listen(), name="talk listener")
            speaker = group.create_task(self._say_all(utterances, group), name="talk speaker")
            done, _ = await asyncio.wait({listener, speaker}, return_when=asyncio.FIRST_COMPLETED)
            listener.cancel()
            speaker.cancel()
        return min((task.result() for task in done), key=lambda ending: ending.outcome)

    def interrupt(self) -> None:
        """Say no more: the session is stopped as if the sound had ended here."""
        self._interrupted = True
        if self._speaking is not None:
            self._speaking.cancel()

    async def _say_all(self, utterances: Iterable[Utterance], group: asyncio.TaskGroup) -> Ending:
        for utterance in utterances:
            if self._interrupted:
                break
            problem = await self._say(utterance, group)
            if problem:
                return Ending(Outcome.UNREACHABLE, problem)
        return Ending(Outcome.INTERRUPTED if self._interrupted else Outcome.WELL)

    async def _say(self, utterance: Utterance, group: asyncio.TaskGroup) -> str:
        """Hold one session; return what went wrong with it, empty if nothing did."""
        self._audience.begins(utterance)
        self._status, self._stopping = None, False
        await self._send(StartSession(utterance.language))
        self._speaking = group.create_task(self._speak(utterance), name="talk microphone")
        try:
            await asyncio.wait({self._speaking})
        finally:
            self._speaking.cancel()
        if not self._speaking.cancelled() and not self._speaking.result():
            return f"the session was not ready within {LISTENING_WITHIN_S:g} s"
        self._stopping = True
        await self._send(StopSession())
        if not await self._reached("stopped", within_s=STOPPED_WITHIN_S):
            return f"no answer to stop_session within {STOPPED_WITHIN_S:g} s"
        return _CUT_SHORT if self._cut_short else ""

    async def _speak(self, utterance: Utterance) -> bool:
        """Stream the sound; return whether the gateway listened."""
        if not await self._reached("listening", within_s=LISTENING_WITHIN_S):
            return False
        pace = Pace(speed=self._speed)
        async with contextlib.aclosing(chunked(utterance.blocks())) as chunks:
            async for pcm in chunks:
                await pace.spoken(pcm)
                # Nobody speaks faster than speech, so what is sent faster waits for the link.
                if self._speed > 1 and not await self._reached(
                    "listening", within_s=LISTENING_WITHIN_S
                ):
                    return False
                await self._send(AudioChunk(pcm))
                self._audience.sent(pcm)
        return True

    async def _send(self, message: ClientMessage) -> None:
        with contextlib.suppress(SocketClosed):
            await self._socket.send(encode(message))

    async def _listen(self) -> Ending:
        """Return when the socket is closed, or when the gateway stops a session by itself."""
        while True:
            try:
                message = decode(await self._socket.receive())
            except SocketClosed as exc:
                return self._closing(exc)
            except Unreadable as exc:
                self._audience.puzzled(str(exc))
                continue
            self._audience.heard(message)
            match message:
                case Error(text):
                    self._last_error = text
                case Status(status) if status == "stopped" and not self._stopping:
                    return Ending(
                        Outcome.REFUSED, self._last_error or "the gateway stopped the session"
                    )
                case Status(status):
                    self._cut_short = self._status == "reconnecting" and status == "stopped"
                    self._status = status
                    self._status_changed.set()
                case _:
                    pass

    @staticmethod
    def _closing(closed: SocketClosed) -> Ending:
        why = closed.reason or _MEANINGS.get(closed.code, "the connection was lost")
        outcome = Outcome.UNREACHABLE if closed.code in _LOST else Outcome.REFUSED
        return Ending(outcome, f"closed with {closed.code}: {why}")

    async def _reached(self, status: StatusName, *, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                while self._status != status:
                    self._status_changed.clear()
                    await self._status_changed.wait()
        except TimeoutError:
            return False
        return True
