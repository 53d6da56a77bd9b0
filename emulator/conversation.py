"""What the model does about what happens: takes up sentences and answers, one turn at a time.

Sentences are answered one after the other. An answer to a NON_BLOCKING call that its turn no longer
waits for is taken up on its own: at once (INTERRUPT), when the model is idle (WHEN_IDLE), or
without a word (SILENT). Starting to speak interrupts a reply and withdraws unanswered BLOCKING
calls; NON_BLOCKING calls outlive it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from emulator import wire
from emulator.context import Context
from emulator.events import (
    Answered,
    ContentGiven,
    ContextChanged,
    ConversationEvent,
    Heard,
    SpeechBegan,
    Tick,
    Typed,
)
from emulator.faults import NO_FAULTS, Faults
from emulator.memory import Memory
from emulator.messages import ClientContent, FunctionResponse
from emulator.ports import Handles, Mind, Thought, Voice
from emulator.setup import SessionSettings
from emulator.turn import Answer, Phase
from emulator.turn_engine import Pace, TurnEngine
from emulator.wire import ServerMessage

NOTHING_HEARD = "<noise>"
QUEUE_LENGTH = 64
"""Sentences that may wait for their turn; the newest is dropped, and counted, beyond that."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the model has to say about a late answer."""

    text: str


Stimulus: TypeAlias = Heard | Typed | Remark


class Conversation:
    """Turns events into messages. Never awaits, never reads a clock: each event brings the time."""

    def __init__(  # noqa: PLR0913  # its collaborators, all by keyword
        self,
        settings: SessionSettings,
        memory: Memory,
        *,
        mind: Mind,
        voice: Voice,
        handles: Handles,
        pace: Pace,
        call_prefix: str,
        faults: Faults = NO_FAULTS,
    ) -> None:
        """Begin with what is remembered of the session.

        Args:
            settings: What the setup asks for.
            memory: A new session's, or what a resumption handle stands for.
            mind: Decides what a sentence asks for.
            voice: Makes replies audible.
            handles: Issues resumption handles.
            pace: How time runs.
            call_prefix: What makes call ids unique. A session resumed from an old handle counts
                its calls again from there, so it must differ between connections.
            faults: What goes wrong with calls and usage.
        """
        self._settings = settings
        self._context = Context(settings, memory, mind=mind, call_prefix=call_prefix)
        self._faults = faults
        self._turns = TurnEngine(
            settings, self._context, voice=voice, handles=handles, pace=pace, faults=faults
        )
        self._waiting: deque[Stimulus] = deque()
        self.generates = True
        """Whether turns come of what is said; otherwise it is only transcribed."""
        self.dropped = 0
        """Sentences and remarks that found too many others waiting."""

    @property
    def memory(self) -> Memory:
        """What the session remembers so far."""
        return self._context.memory

    def handle(self, event: ConversationEvent, now: float) -> list[ServerMessage]:
        """Return the messages that an event brings about, in order; `now` is in seconds.

        Raises:
            Refused: The event breaks a rule for which the service closes the connection.
        """
        return [*self._react(event, now), *self._catch_up(now)]

    def _react(self, event: ConversationEvent, now: float) -> Iterator[ServerMessage]:
        match event:
            case SpeechBegan():
                if self._settings.interruptible:
                    yield from self._turns.interrupt()
            case Heard() | Typed():
                yield from self._take(event)
            case ContentGiven(content):
                yield from self._read(content)
            case Answered(responses):
                yield from self._answered(responses, now)
            case ContextChanged(update):
                self._context.change(update)
            case Tick():
                pass
            case _:
                assert_never(event)

    def next_due(self) -> float | None:
        """Return when `Tick` is to come, or `None` when only an event can go on."""
        turn = self._turns.turn
        return turn.next_due() if turn else None

    # Taking up what the user said.

    def _take(self, stimulus: Heard | Typed) -> Iterator[ServerMessage]:
        turn, unsaid = self._turns.turn, list[Answer]()
        if turn is not None and turn.phase is Phase.REPLYING and self._settings.interruptible:
            yield from self._turns.interrupt()
        elif turn is not None and turn.phase is Phase.AWAITING_ANSWERS and not turn.blocking:
            yield from self._turns.finish(turn)
            unsaid = turn.answers
        self._enqueue(stimulus)
        self._remark(unsaid)

    def _read(self, content: ClientContent) -> Iterator[ServerMessage]:
        question = self._context.add(content)
        if question is not None:
            yield from self._turns.interrupt()
            yield from self._take(Typed(question))

    def _enqueue(self, stimulus: Stimulus) -> None:
        if len(self._waiting) < QUEUE_LENGTH:
            self._waiting.append(stimulus)
        else:
            self.dropped += 1

    def _begin(self, stimulus: Stimulus, now: float) -> Iterator[ServerMessage]:
        thought = self._consider(stimulus)
        if isinstance(stimulus, Heard) and self._settings.input_transcription:
            for piece in wire.pieces(stimulus.text or NOTHING_HEARD):
                yield wire.input_transcription(piece)
        if thought is None or not self.generates:
            return
        yield from self._turns.begin(thought, now)

    def _consider(self, stimulus: Stimulus) -> Thought | None:
        """Take in what was said and think about it; `None` when no turn comes of it."""
        match stimulus:
            case Remark(text):
                return Thought((), text, capable=True)
            case Heard(text, seconds):
                self._context.hear(text, seconds)
                if not text:
                    silent = self._settings.may_stay_silent
                    return None if silent else Thought((), "", capable=True)
            case Typed(text):
                self._context.read(text)
            case _:
                assert_never(stimulus)
        return self._context.think(text)

    # Taking answers, and going on.

    def _answered(
        self, responses: tuple[FunctionResponse, ...], now: float
    ) -> Iterator[ServerMessage]:
        answers = self._context.answer(responses)
        final = [answer.call.id for answer in answers if answer.final]
        if final and self._faults.cancel_calls == "after_answer":
            yield wire.tool_call_cancellation(final)
        turn = self._turns.turn
        expected = turn.unanswered if turn is not None else set()
        late = [answer for answer in answers if answer.call.id not in expected]
        if turn is not None and expected:
            turn.accept([answer for answer in answers if answer.call.id in expected])
            if not turn.unanswered:
                yield from self._turns.go_on(turn, now)
        yield from self._take_up_late([answer for answer in late if answer.speaks])

    def _take_up_late(self, late: list[Answer]) -> Iterator[ServerMessage]:
        if not any(answer.interrupts for answer in late):
            self._remark(late)
            return
        turn, unsaid = self._turns.turn, list[Answer]()
        if turn is not None and turn.phase is Phase.REPLYING:
            yield from self._turns.interrupt()
        elif turn is not None and not turn.blocking:
            yield from self._turns.finish(turn)
            unsaid = turn.answers
        # A turn with a BLOCKING call goes on: what the model has to say must not withdraw it.
        self._waiting.extendleft(reversed(_remarks(late)))
        self._remark(unsaid)

    def _remark(self, answers: Sequence[Answer]) -> None:
        for remark in _remarks(answers):
            self._enqueue(remark)

    def _catch_up(self, now: float) -> Iterator[ServerMessage]:
        """Send what is due, then end turns and begin waiting ones as far as time has come."""
        while self._turns.turn is not None or self._waiting:
            turn = self._turns.turn
            if turn is None:
                yield from self._begin(self._waiting.popleft(), now)
                continue
            if turn.phase is Phase.REPLYING:
                yield from self._turns.play(turn, now)
            if turn.plan or turn.due is None or turn.due > now:
                return
            if turn.phase is Phase.AWAITING_ANSWERS:
                yield from self._turns.go_on(turn, now)
            else:
                yield from self._turns.finish(turn)


def _remarks(answers: Sequence[Answer]) -> list[Remark]:
    """Return what is to be said about answers, each thing once: a sentence's calls share it."""
    return list(dict.fromkeys(Remark(answer.call.reply) for answer in answers if answer.speaks))
