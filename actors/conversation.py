"""What Gemini says, turned into what the phone is told and what Gemini is answered. Pure."""

from __future__ import annotations

from typing import Final

from actors.commands import Answer, Command, ConfirmSpeech, Note, SettleAnswers, Tell
from actors.turn import Calls, Utterance
from actors.usage import Usage
from schemas.gemini import (
    FunctionCall,
    FunctionResponse,
    GeminiMessage,
    ModelTurn,
    ServerContent,
    ToolResponse,
)
from shopping import Locale

LISTENING_S: Final = 3.0
"""How long after a transcript Gemini may still act on it. It may also have done so before:
transcripts come independently of the rest (https://ai.google.dev/api/live)."""


class Conversation:
    """The turns of one session, over all its links.

    Attributes:
        calls: the function calls that were carried out.
        usage: the tokens billed.
        turn_open: Gemini has begun to act on something, and has not finished.
    """

    def __init__(self, session_id: str) -> None:
        self.calls = Calls(session_id)
        self.usage = Usage()
        self.turn_open = False
        self._about_speech = False
        self._began_at: float | None = None
        self._idle_since = 0.0
        self._heard_at: float | None = None
        self._user = Utterance(is_user=True)
        self._model = Utterance(is_user=False)

    def take(
        self, message: GeminiMessage, locale: Locale, *, now: float, unix: float
    ) -> list[Command]:
        """Return what one message leads to: all its fields count, content before calls.

        Args:
            message: what Gemini said.
            locale: the words that products are understood in.
            now: monotonic seconds.
            unix: wall-clock seconds, for the products' timestamps.
        """
        commands: list[Command] = []
        content = message.server_content
        if content is not None:
            commands += self._content(content, now)
        if message.usage_metadata is not None:
            in_turn = self.turn_open or self._about_speech or content is not None
            self.usage.report(message.usage_metadata, turn_open=in_turn)
        if message.tool_call_cancellation is not None:
            # Before the calls: one that comes together with its cancellation is not wanted.
            commands += self._cancel(message.tool_call_cancellation.ids, unix=unix)
        if calls := _calls_in(message):
            commands += self._carry_out(calls, locale, now=now, unix=unix)
        if content is not None and content.turn_complete:
            commands += self._turn_completed(now)
        return commands

    def listens(self, now: float) -> bool:
        """Whether something was transcribed lately that Gemini has not acted on."""
        return self._heard_at is not None and now - self._heard_at < LISTENING_S

    def flush(self) -> list[Command]:
        """Tell what was said so far, even if it is not over."""
        return [*map(Tell, self._user.finish()), *map(Tell, self._model.finish())]

    def stopped(self) -> list[Command]:
        """What is said next is about something else; tell what was said so far."""
        self.calls.turn_ended()
        return self.flush()

    def link_lost(self, now: float) -> None:
        """Forget what was half said: it is said again on the next link."""
        self._turn_over(now)
        self._user.finish()
        self._model.finish()
        self.usage.link_lost()
        self.calls.link_lost()

    def _content(self, content: ServerContent, now: float) -> list[Command]:
        commands: list[Command] = []
        heard, said = content.input_transcription, content.output_transcription
        if said is not None or content.model_turn is not None:
            self._acts(now)
        if heard is not None:
            self._about_speech = True
            self._heard_at = now
            commands += map(Tell, self._user.add(heard.text))
        if said is not None:
            commands += map(Tell, self._user.finish())
            commands += map(Tell, self._model.add(said.text))
        if content.interrupted or content.generation_complete:
            commands += self.flush()
        return commands

    def _carry_out(
        self, calls: tuple[FunctionCall, ...], locale: Locale, *, now: float, unix: float
    ) -> list[Command]:
        self._about_speech = True
        if self._began_at is not None and self._heard_at is not None:
            # It is about what was transcribed since: something else was acted on before.
            self._began_at = now if self._heard_at > self._began_at else self._began_at
        self._acts(now)
        commands: list[Command] = [*map(Tell, self._user.finish())]
        answers: list[FunctionResponse] = []
        for call in calls:
            answer, products = self.calls.carry_out(call, locale, now=now, unix=unix)
            if answer is None:
                continue
            answers.append(answer)
            commands += map(Tell, products)
            status = answer.response.status
            commands.append(Note("function_called", {"status": status, "products": len(products)}))
        return [*commands, Answer(ToolResponse(tuple(answers)))] if answers else commands

    def _cancel(self, ids: tuple[str, ...], *, unix: float) -> list[Command]:
        taken_back = self.calls.cancel(ids, unix=unix)
        note = Note("calls_cancelled", {"calls": len(ids), "products": len(taken_back)})
        return [note, *map(Tell, taken_back)]

    def _acts(self, now: float) -> None:
        self.turn_open = True
        self._began_at = now if self._began_at is None else self._began_at

    def _turn_completed(self, now: float) -> list[Command]:
        # A turn that holds nothing understood and no call is about no speech: some models end
        # one after the calls, and another after the reply.
        began_at = now if self._began_at is None else self._began_at
        confirmed = [ConfirmSpeech(began_at, self._idle_since)] if self._about_speech else []
        self._turn_over(now)
        self.usage.turn_ended()
        self.calls.turn_ended()
        return [*self.flush(), *confirmed, SettleAnswers()]

    def _turn_over(self, now: float) -> None:
        self.turn_open = self._about_speech = False
        self._began_at = self._heard_at = None
        self._idle_since = now


def _calls_in(message: GeminiMessage) -> tuple[FunctionCall, ...]:
    """Return the calls of a message: the same one may stand in both places (mastra#22969)."""
    content, tool_call = message.server_content, message.tool_call
    turn = (content and content.model_turn) or ModelTurn()
    spoken = tuple(part.function_call for part in turn.parts if part.function_call is not None)
    return (*spoken, *(tool_call.function_calls if tool_call is not None else ()))
