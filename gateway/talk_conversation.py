"""One utterance after another through the reference client: start, speak or type, stop.

Sentences that are typed one after another are one session: each follows the answer to the one
before it, so that it may be about it. What the gateway says goes straight to the audience: nothing
is queued. A connection that is lost is the client's business, unless it does not come back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, Protocol

from gateway.client import Dial, ShoppingClient
from gateway.client_retry import Loss
from gateway.talk_endings import Ending, Outcome, ending_of
from gateway.talk_pacing import Pace, chunked
from gateway.talk_socket import SocketClosed, dial
from gateway.talk_sources import Typed, Utterance
from gateway.talk_wire import Heard
from schemas.close_codes import CloseCode
from schemas.server import ErrorV2, Received, SessionInfo, Status, StatusName
from schemas.shopping_list import Item

LISTENING_WITHIN_S: Final = 60.0
ANSWERED_WITHIN_S: Final = 30.0
"""For a typed sentence, before the next."""
STOPPED_WITHIN_S: Final = 30.0
RECONNECTED_WITHIN_S: Final = 30.0
_NOT_READY: Final = f"the session was not ready within {LISTENING_WITHIN_S:g} s"
_NOT_ANSWERED: Final = f"no answer to what was typed within {ANSWERED_WITHIN_S:g} s"
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
    """Says utterances to the gateway, between starts and stops; all share one list.

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
        self._unanswered: str | None = None
        """The `ref` of the sentence that was typed last, until it is dealt with."""
        self._changed = asyncio.Event()
        self._stopping = False
        self._cut_short = False
        self._interrupted = False
        self._speaking: asyncio.Task[str] | None = None
        self._heard = False
        self._last_error = ""
        self._ended_by_gateway: asyncio.Future[Ending] | None = None

    @property
    def answered(self) -> bool:
        """Whether the gateway has ever said anything."""
        return self._heard

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
        self._heard = True
        self._audience.heard(message)
        match message:
            case ErrorV2(text, ref=ref):
                self._last_error = text
                self._answers({ref})
            case Received(ref):
                self._answers({ref})
            case SessionInfo(received=refs):
                self._answers(refs)
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
        for some in _sessions(utterances):
            if self._interrupted:
                break
            problem = await self._say(some, group)
            if problem:
                return Ending(Outcome.UNREACHABLE, problem)
        return Ending(Outcome.INTERRUPTED if self._interrupted else Outcome.WELL)

    async def _say(self, utterances: Sequence[Utterance], group: asyncio.TaskGroup) -> str:
        """Say what is one session; return what went wrong with it, empty if nothing did."""
        self._audience.begins(utterances[0])
        self._status, self._stopping, self._cut_short = None, False, False
        dropped_ms = self._client.statistics().dropped_ms
        self._client.start(utterances[0].language)
        self._speaking = group.create_task(self._speak_all(utterances), name="talk microphone")
        try:
            await asyncio.wait({self._speaking})
        finally:
            self._speaking.cancel()
        if not self._speaking.cancelled() and (problem := self._speaking.result()):
            return problem
        self._stopping = True
        self._client.stop()
        if not await self._reached("stopped", within_s=STOPPED_WITHIN_S):
            return f"no answer to stop_session within {STOPPED_WITHIN_S:g} s"
        if (dropped_ms := self._client.statistics().dropped_ms - dropped_ms) > 0:
            return f"{dropped_ms:g} ms of speech could not be kept while the connection was lost"
        return _CUT_SHORT if self._cut_short else ""

    async def _speak_all(self, utterances: Sequence[Utterance]) -> str:
        """Speak or type one after another; return what went wrong, empty if nothing did."""
        for number, utterance in enumerate(utterances):
            if number:
                if not await self._until(lambda: self._unanswered is None, ANSWERED_WITHIN_S):
                    return _NOT_ANSWERED
                self._audience.begins(utterance)
            if not await self._speak(utterance):
                return _NOT_READY
        return ""

    async def _speak(self, utterance: Utterance) -> bool:
        """Stream the sound, or type; return whether the gateway listened."""
        if not await self._reached("listening", within_s=LISTENING_WITHIN_S):
            return False
        on_the_list = {item.name for item in self.items.values()}
        if missing := [item for item in utterance.supposes if item.name not in on_the_list]:
            self._client.edit(*missing)
        if isinstance(utterance.sound, Typed):
            self._unanswered = self._client.say(utterance.sound.text)
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
        self._changed.set()

    def _answers(self, refs: Container[str | None]) -> None:
        if self._unanswered in refs:
            self._unanswered = None
            self._changed.set()

    async def _reached(self, status: StatusName, *, within_s: float) -> bool:
        return await self._until(lambda: self._status == status, within_s)

    async def _until(self, holds: Callable[[], bool], within_s: float) -> bool:
        """Wait for something that the gateway tells; return whether it came in time."""
        try:
            async with asyncio.timeout(within_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True


def _sessions(utterances: Iterable[Utterance]) -> Iterator[Sequence[Utterance]]:
    """Yield what is said between one start and one stop."""
    for (typed, _), run in groupby(utterances, _kind):
        if typed:
            yield tuple(run)
        else:
            for utterance in run:
                yield (utterance,)


def _kind(utterance: Utterance) -> tuple[bool, str | None]:
    return isinstance(utterance.sound, Typed), utterance.language
