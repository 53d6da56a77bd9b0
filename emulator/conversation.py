"""The turn engine: what the model says and when, given what happens; it sends and awaits nothing.

A turn's messages come in the order the service documents: the input transcription in pieces, one
tool call with every function call of the sentence, the spoken reply with its transcription,
generationComplete, turnComplete with the usage once the reply has been played, and a resumption
handle. Sentences are answered one after the other.

A NON_BLOCKING call does not hold the turn up for ever: the model gives the client `patience_s` to
answer. An answer within it decides how the turn goes on; a later one is taken up on its own, at
once (INTERRUPT), when the model is idle (WHEN_IDLE), or without a word (SILENT). Starting to speak
interrupts a reply and withdraws unanswered BLOCKING calls; NON_BLOCKING calls outlive it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from emulator import reply, wire
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
from emulator.memory import Memory, audio_tokens, text_tokens, usage
from emulator.messages import ClientContent, FunctionResponse
from emulator.ports import Call, Handles, Mind, Thought, Voice
from emulator.setup import SessionSettings
from emulator.turn import Answer, Phase, Turn
from emulator.wire import ServerMessage

NOTHING_HEARD = "<noise>"
LONGEST_REPLY_S = 30
"""Of speech; nobody listens longer, and thousands of calls may be read back."""
QUEUE_LENGTH = 64
"""Sentences that may wait for their turn; the newest is dropped, and counted, beyond that."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the model has to say about a late answer."""

    text: str


Stimulus: TypeAlias = Heard | Typed | Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the model's time runs."""

    patience_s: float = 2.0
    """How long a turn waits for the answers to NON_BLOCKING calls."""
    playback_speed: float = 1.0
    """How many times faster than real time replies are taken to play."""


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
        """
        self._settings = settings
        self._profile = settings.profile
        self._context = Context(settings, memory, mind=mind, call_prefix=call_prefix)
        self._voice = voice
        self._handles = handles
        self._pace = pace
        self._turn: Turn | None = None
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
                    yield from self._interrupt()
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
        return self._turn.next_due() if self._turn else None

    # Taking up what the user said.

    def _take(self, stimulus: Heard | Typed) -> Iterator[ServerMessage]:
        turn, unsaid = self._turn, list[Answer]()
        if turn is not None and turn.phase is Phase.REPLYING and self._settings.interruptible:
            yield from self._interrupt()
        elif turn is not None and turn.phase is Phase.AWAITING_ANSWERS and not turn.blocking:
            yield from self._finish(turn)
            unsaid = turn.answers
        self._enqueue(stimulus)
        self._remark(unsaid)

    def _read(self, content: ClientContent) -> Iterator[ServerMessage]:
        question = self._context.add(content)
        if question is not None:
            yield from self._interrupt()
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
        turn = self._turn = Turn(prompt=self._context.begin_turn(), reply=thought.reply)
        if self._settings.resumption:
            yield wire.resumption_update("")
        if thought.calls:
            yield from self._call(turn, thought.calls, now)
        elif thought.reply:
            yield from self._speak(turn, now)
        else:
            yield from self._finish(turn)

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

    # Calling functions.

    def _call(self, turn: Turn, calls: tuple[Call, ...], now: float) -> Iterator[ServerMessage]:
        pending = self._context.call(calls, turn.reply)
        turn.unanswered = {call.id for call in pending}
        turn.blocking = any(call.blocking for call in pending)
        for call in calls:
            turn.response += text_tokens(f"{call.name}{call.args}")
        yield wire.tool_call(
            [
                {"id": open_call.id, "name": call.name, "args": call.args}
                for open_call, call in zip(pending, calls, strict=True)
            ]
        )
        if turn.blocking and self._profile.turn_ends_at_tool_call:
            yield from self._finish(turn)
        elif not turn.blocking:
            turn.due = now + self._pace.patience_s

    def _answered(
        self, responses: tuple[FunctionResponse, ...], now: float
    ) -> Iterator[ServerMessage]:
        answers = self._context.answer(responses)
        turn = self._turn
        expected = turn.unanswered if turn is not None else set()
        late = [answer for answer in answers if answer.call.id not in expected]
        if turn is not None and expected:
            turn.accept([answer for answer in answers if answer.call.id in expected])
            if not turn.unanswered:
                yield from self._go_on(turn, now)
        yield from self._take_up_late([answer for answer in late if answer.speaks])

    def _go_on(self, turn: Turn, now: float) -> Iterator[ServerMessage]:
        """Let a turn go on with the answers it has; any that it still waits for will be late."""
        turn.unanswered.clear()
        if turn.reply and any(answer.speaks for answer in turn.answers):
            yield from self._speak(turn, now)
        else:
            yield from self._finish(turn)

    def _take_up_late(self, late: list[Answer]) -> Iterator[ServerMessage]:
        if not any(answer.interrupts for answer in late):
            self._remark(late)
            return
        turn, unsaid = self._turn, list[Answer]()
        if turn is not None and turn.phase is Phase.REPLYING:
            yield from self._interrupt()
        elif turn is not None and not turn.blocking:
            yield from self._finish(turn)
            unsaid = turn.answers
        # A turn with a BLOCKING call goes on: what the model has to say must not withdraw it.
        self._waiting.extendleft(reversed(_remarks(late)))
        self._remark(unsaid)

    def _remark(self, answers: Sequence[Answer]) -> None:
        for remark in _remarks(answers):
            self._enqueue(remark)

    # Speaking, and ending the turn.

    def _speak(self, turn: Turn, now: float) -> Iterator[ServerMessage]:
        pcm = self._voice.speak(turn.reply)[: LONGEST_REPLY_S * reply.BYTES_PER_SECOND]
        turn.phase = Phase.REPLYING
        turn.response += audio_tokens(reply.duration_s(pcm))
        self._context.say(turn.reply)
        transcript = turn.reply if self._settings.output_transcription else None
        turn.plan.extend(
            reply.plan(
                pcm,
                transcript,
                start=now,
                one_field_per_event=self._profile.one_field_per_event,
            )
        )
        turn.due = now + reply.duration_s(pcm) / self._pace.playback_speed
        yield from self._play(turn, now)

    def _play(self, turn: Turn, now: float) -> Iterator[ServerMessage]:
        while turn.plan and turn.plan[0].due <= now:
            yield turn.plan.popleft().message
        if not turn.plan and not turn.generated:
            turn.generated = True
            yield wire.server_content(generationComplete=True)

    def _catch_up(self, now: float) -> Iterator[ServerMessage]:
        """Send what is due, then end turns and begin waiting ones as far as time has come."""
        while self._turn is not None or self._waiting:
            turn = self._turn
            if turn is None:
                yield from self._begin(self._waiting.popleft(), now)
                continue
            if turn.phase is Phase.REPLYING:
                yield from self._play(turn, now)
            if turn.plan or turn.due is None or turn.due > now:
                return
            if turn.phase is Phase.AWAITING_ANSWERS:
                yield from self._go_on(turn, now)
            else:
                yield from self._finish(turn)

    def _finish(self, turn: Turn) -> Iterator[ServerMessage]:
        if not turn.generated:
            yield wire.server_content(generationComplete=True)
        yield from self._complete(turn)

    def _interrupt(self) -> Iterator[ServerMessage]:
        turn = self._turn
        if turn is None or (turn.phase is Phase.AWAITING_ANSWERS and not turn.blocking):
            # A turn that only waits for NON_BLOCKING answers has nothing that speech could stop.
            return
        withdrawn = self._context.withdraw(turn.unanswered)
        if withdrawn:
            yield wire.tool_call_cancellation(withdrawn)
        yield wire.server_content(interrupted=True)
        yield from self._complete(turn)

    def _complete(self, turn: Turn) -> Iterator[ServerMessage]:
        self._turn = None
        self._context.spend(turn.response)
        fields: dict[str, object] = {"turnComplete": True}
        if self._profile.interaction_status:
            fields["interactionStatus"] = "IN_PROGRESS" if self.memory.pending else "IDLE"
        yield {
            **wire.server_content(**fields),
            "usageMetadata": usage(turn.prompt, turn.response),
        }
        if self._settings.resumption:
            yield wire.resumption_update(self._handles.issue(self.memory))


def _remarks(answers: Sequence[Answer]) -> list[Remark]:
    """Return what is to be said about answers, each thing once: a sentence's calls share it."""
    return list(dict.fromkeys(Remark(answer.call.reply) for answer in answers if answer.speaks))
