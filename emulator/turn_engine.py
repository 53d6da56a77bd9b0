"""The steps of a turn, and what is said at each; it sends and awaits nothing.

A turn's messages come in the order the service documents: one tool call with every function call of
the sentence, the spoken reply with its transcription, generationComplete, turnComplete with the
usage once the reply has been played, and a resumption handle.

A NON_BLOCKING call does not hold the turn up for ever: the model gives the client `patience_s` to
answer. An answer within it decides how the turn goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator import reply, wire
from emulator.context import Context
from emulator.faults import Faults
from emulator.memory import Tokens, audio_tokens, text_tokens, usage
from emulator.ports import Handles, Thought, Voice
from emulator.setup import SessionSettings
from emulator.turn import Phase, Turn
from emulator.wire import ServerMessage

LONGEST_REPLY_S = 30
"""Of speech; nobody listens longer, and thousands of calls may be read back."""

UNDETAILED_TOKENS = 25
"""Of a prompt, where usage is to be odd: as many as in the one receipt of gemini-3.8-live that
was published (522 in all, 332 of text and 165 of audio: discuss.ai.google.dev/188765)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the model's time runs."""

    patience_s: float = 2.0
    """How long a turn waits for the answers to NON_BLOCKING calls."""
    playback_speed: float = 1.0
    """How many times faster than real time replies are taken to play."""


class TurnEngine:
    """Takes one turn at a time from its beginning to its end."""

    def __init__(  # noqa: PLR0913  # its collaborators, all but the first two by keyword
        self,
        settings: SessionSettings,
        context: Context,
        *,
        voice: Voice,
        handles: Handles,
        pace: Pace,
        faults: Faults,
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._context = context
        self._voice = voice
        self._handles = handles
        self._pace = pace
        self._faults = faults
        self.turn: Turn | None = None
        """The turn under way."""

    def begin(self, thought: Thought, now: float) -> Iterator[ServerMessage]:
        """Begin a turn that does what the model thought of."""
        turn = self.turn = Turn(prompt=self._context.begin_turn(), reply=thought.reply)
        if self._settings.resumption:
            yield wire.resumption_update("")
        if thought.calls:
            yield from self._call(turn, thought, now)
        elif thought.reply:
            yield from self._speak(turn, now)
        else:
            yield from self.finish(turn)

    def _call(self, turn: Turn, thought: Thought, now: float) -> Iterator[ServerMessage]:
        calls = thought.calls
        pending = self._context.call(thought)
        turn.unanswered = {call.id for call in pending}
        turn.blocking = any(call.blocking for call in pending)
        for call in calls:
            turn.response += text_tokens(f"{call.name}{call.args}")
        shown = [
            {"id": open_call.id, "name": call.name, "args": call.args}
            for open_call, call in zip(pending, calls, strict=True)
        ]
        yield self._with_usage(turn, wire.tool_call(shown))
        if self._faults.cancel_calls == "before_answer":
            self._context.forget(frozenset(turn.unanswered))
            yield wire.tool_call_cancellation([call.id for call in pending])
            yield from self.finish(turn)
        elif turn.blocking and self._profile.turn_ends_at_tool_call:
            yield from self.finish(turn)
        elif not turn.blocking:
            turn.due = now + self._pace.patience_s

    def go_on(self, turn: Turn, now: float) -> Iterator[ServerMessage]:
        """Let a turn go on with the answers it has; any that it still waits for will be late."""
        turn.unanswered.clear()
        if turn.reply and any(answer.speaks for answer in turn.answers):
            yield from self._speak(turn, now)
        else:
            yield from self.finish(turn)

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
        yield from self.play(turn, now)

    def play(self, turn: Turn, now: float) -> Iterator[ServerMessage]:
        """Send what is due of a reply, and say so once all of it is out."""
        while turn.plan and turn.plan[0].due <= now:
            yield self._with_usage(turn, turn.plan.popleft().message)
        if not turn.plan and not turn.generated:
            turn.generated = True
            yield self._with_usage(turn, wire.server_content(generationComplete=True))

    def finish(self, turn: Turn) -> Iterator[ServerMessage]:
        """End a turn that has done all that it was to do."""
        if not turn.generated:
            yield self._with_usage(turn, wire.server_content(generationComplete=True))
        yield from self._complete(turn)

    def interrupt(self) -> Iterator[ServerMessage]:
        """Break the turn off for what the user has to say, unless it only waits."""
        turn = self.turn
        if turn is None or (turn.phase is Phase.AWAITING_ANSWERS and not turn.blocking):
            # A turn that only waits for NON_BLOCKING answers has nothing that speech could stop.
            return
        withdrawn = self._context.withdraw(turn.unanswered)
        if withdrawn:
            yield wire.tool_call_cancellation(withdrawn)
        yield wire.server_content(interrupted=True)
        yield from self._complete(turn)

    def _complete(self, turn: Turn) -> Iterator[ServerMessage]:
        self.turn = None
        self._context.spend(turn.response)
        fields: dict[str, object] = {"turnComplete": True}
        if self._profile.interaction_status:
            fields["interactionStatus"] = "IN_PROGRESS" if self._context.memory.pending else "IDLE"
        yield {
            **wire.server_content(**fields),
            "usageMetadata": self._usage(turn, turn.response),
        }
        if self._settings.resumption:
            yield wire.resumption_update(self._handles.issue(self._context.memory))

    def _with_usage(self, turn: Turn, message: ServerMessage) -> ServerMessage:
        if not self._faults.usage_often:
            return message
        # Each message that waits is about a token of audio: 40 ms, 25 tokens a second.
        unsent = min(len(turn.plan), turn.response.audio)
        so_far = Tokens(turn.response.text, turn.response.audio - unsent)
        return {**message, "usageMetadata": self._usage(turn, so_far)}

    def _usage(self, turn: Turn, response: Tokens) -> dict[str, object]:
        undetailed = UNDETAILED_TOKENS if self._faults.usage_often else 0
        return usage(turn.prompt, response, undetailed=undetailed)
