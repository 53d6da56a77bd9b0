"""One utterance after another through the reference client: start, speak or type, stop.

What the gateway says goes straight to the audience: nothing is queued. A connection that is lost is
the client's business, unless it does not come back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from gateway.client import Dial, ShoppingClient
from gateway.client_retry import Loss
from gateway.talk_endings import Ending, Outcome, ending_of
from gateway.talk_pacing import Pace, chunked
from gateway.talk_socket import SocketClosed, dial
from gateway.talk_sources import Typed, Utterance
from gateway.talk_wire import Heard
from schemas.close_codes import CloseCode
from schemas.server import ErrorV2, Status, StatusName
from schemas.shopping_list import Item

LISTENING_WITHIN_S: Final = 60.0
STOPPED_WITHIN_S: Final = 30.0
RECONNECTED_WITHIN_S: Final = 30.0
_CUT_SHORT: Final = "the session ended while its link to Gemini was lost; speech may be missing"


class Audience(Protocol):
    """Who follows the conversation."""

    def begins(self, utterance: Utterance) -> None:
        """What comes from now on belongs to `utterance`."""

    def sent(self, pcm: bytes) -> None:
        """A chunk of the utterance is on its way to the gateway."""

    def heard(self, message: Heard) -> None:
        """The gateway said something."""

    def puzzled(self, problem: str) -> None:
        """The gateway sent a frame that is no message."""

    def lost(self, loss: Loss) -> None:
        """The connection is lost and will be replaced."""


class Conversation:
    """Says utterances to the gateway, each between a start and a stop; all share one list.

    Args:
        urls: the gateway's, of one or more instances, which are tried in turn.
        user: who is talking.
        audience: is told everything.
        speed: times the pace of speech.
        token: says who is talking, where the gateway asks.
        dial: opens a socket.

    Raises:
        BadAddress: one of `urls` is none.
    """

    def __init__(  # noqa: PLR0913 - all but the first three by keyword
        self,
        urls: Sequence[str],
        user: str,
        audience: Audience,
        *,
        speed: float,
        token: str | None = None,
        dial: Dial = dial,
    ) -> None:
        self._client = ShoppingClient(
            urls[0],
            user,
            app=self,
            others=urls[1:],
            token=token,
            connect_within_s=0,
            reconnect_within_s=RECONNECTED_WITHIN_S,
            dial=dial,
        )
        self._audience = audience
        self._speed = speed
        self._status: StatusName | None = None
        self._status_changed = asyncio.Event()
        self._stopping = False
        self._cut_short = False
        self._interrupted = False
        self._speaking: asyncio.Task[bool] | None = None
        self._last_error = ""
        self._ended_by_gateway: asyncio.Future[Ending] | None = None

    @property
    def items(self) -> Mapping[str, Item]:
        """The list, as the client keeps it."""
        return self._client.state.items

    async def hold(self, utterances: Iterable[Utterance]) -> Ending:
        """Say all `utterances`; return when the last is dealt with or the gateway wants no more."""
        self._ended_by_gateway = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as group:
            connection = group.create_task(self._stay_connected(), name="talk connection")
            speaker = group.create_task(self._say_all(utterances, group), name="talk speaker")
            done, _ = await asyncio.wait(
                {connection, speaker, self._ended_by_gateway},
                return_when=asyncio.FIRST_COMPLETED,
            )
            connection.cancel()
            speaker.cancel()
        return min((one.result() for one in done), key=lambda ending: ending.outcome)

    def interrupt(self) -> None:
        """Say no more: the session is stopped as if the sound had ended here."""
        self._interrupted = True
        if self._speaking is not None:
            self._speaking.cancel()

    # What the client tells its app.

    def heard(self, message: Heard) -> None:
        """Pass a message on, and note what it says of the session."""
        self._audience.heard(message)
        match message:
            case ErrorV2(text):
                self._last_error = text
            case Status("stopped") if not self._stopping:
                self._ends(
                    Ending(Outcome.REFUSED, self._last_error or "the gateway stopped the session")
                )
            case Status(status):
                self._cut_short = self._status == "reconnecting" and status == "stopped"
                self._is(status)
            case _:
                pass

    def puzzled(self, problem: str) -> None:
        """Pass the problem on."""
        self._audience.puzzled(problem)

    def lost(self, loss: Loss) -> None:
        """Pass the loss on; a phone would wait where Gemini cannot be reached, people do not."""
        self._audience.lost(loss)
        self._is(None)
        if isinstance(loss, SocketClosed) and loss.code == CloseCode.TRY_AGAIN_LATER:
            self._ends(Ending(Outcome.REFUSED, ending_of(loss).why))

    def _ends(self, ending: Ending) -> None:
        if self._ended_by_gateway is not None and not self._ended_by_gateway.done():
            self._ended_by_gateway.set_result(ending)

    async def _stay_connected(self) -> Ending:
        return ending_of(await self._client.run())

    async def _say_all(self, utterances: Iterable[Utterance], group: asyncio.TaskGroup) -> Ending:
        for utterance in utterances:
            if self._interrupted:
                break
            problem = await self._say(utterance, group)
            if problem:
                return Ending(Outcome.UNREACHABLE, problem)
        return Ending(Outcome.INTERRUPTED if self._interrupted else Outcome.WELL)

    async def _say(self, utterance: Utterance, group: asyncio.TaskGroup) -> str:
        """Say one utterance; return what went wrong with it, empty if nothing did."""
        self._audience.begins(utterance)
        self._status, self._stopping, self._cut_short = None, False, False
        dropped_ms = self._client.statistics().dropped_ms
        self._client.start(utterance.language)
        self._speaking = group.create_task(self._speak(utterance), name="talk microphone")
        try:
            await asyncio.wait({self._speaking})
        finally:
            self._speaking.cancel()
        if not self._speaking.cancelled() and not self._speaking.result():
            return f"the session was not ready within {LISTENING_WITHIN_S:g} s"
        self._stopping = True
        self._client.stop()
        if not await self._reached("stopped", within_s=STOPPED_WITHIN_S):
            return f"no answer to stop_session within {STOPPED_WITHIN_S:g} s"
        if (dropped_ms := self._client.statistics().dropped_ms - dropped_ms) > 0:
            return f"{dropped_ms:g} ms of speech could not be kept while the connection was lost"
        return _CUT_SHORT if self._cut_short else ""

    async def _speak(self, utterance: Utterance) -> bool:
        """Stream the sound, or type; return whether the gateway listened."""
        if not await self._reached("listening", within_s=LISTENING_WITHIN_S):
            return False
        on_the_list = {item.name for item in self.items.values()}
        if missing := [item for item in utterance.supposes if item.name not in on_the_list]:
            self._client.edit(*missing)
        if isinstance(utterance.sound, Typed):
            self._client.say(utterance.sound.text)
            return True
        pace = Pace(speed=self._speed)
        async with contextlib.aclosing(chunked(utterance.blocks())) as chunks:
            async for pcm in chunks:
                await pace.spoken(pcm)
                # Nobody speaks faster than speech, so what is sent faster waits for the link.
                if self._speed > 1 and not await self._reached(
                    "listening", within_s=LISTENING_WITHIN_S
                ):
                    return False
                self._client.speak(pcm)
                self._audience.sent(pcm)
        return True

    def _is(self, status: StatusName | None) -> None:
        self._status = status
        self._status_changed.set()

    async def _reached(self, status: StatusName, *, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                while self._status != status:
                    self._status_changed.clear()
                    await self._status_changed.wait()
        except TimeoutError:
            return False
        return True
