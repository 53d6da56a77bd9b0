"""What Gemini says, turned into what the phone is told and what Gemini is answered. Pure."""

from __future__ import annotations

import binascii
import contextlib
from typing import Final

from actors.commands import Command, ConfirmSpeech, Inform, Keep, Note, SettleAnswers, Tell
from actors.ledger import Ledger
from actors.ports import Fact
from actors.sending import NOTHING_NEW, Sending
from actors.turn import Calls, Occasion
from actors.typed import Typed
from actors.usage import Usage
from actors.utterance import Utterance
from schemas.client import Reply
from schemas.gemini import (
    FunctionCall,
    FunctionResponse,
    GeminiMessage,
    ModelTurn,
    ServerContent,
    ToolResponse,
)
from schemas.server import Error, Interrupted, SpokenAudio
from schemas.shopping_list import Step
from schemas.stored import StoredSession
from shopping import Locale

LISTENING_S: Final = 3.0
"""How long after a transcript Gemini may still act on it. It may also have done so before:
transcripts come independently of the rest (https://ai.google.dev/api/live)."""


class Conversation:
    """The turns of one session, over all its links.

    Attributes:
        ledger: the list, and what the phone is to be told of it.
        calls: the function calls that were carried out.
        typed: typed sentences that Gemini has not answered.
        usage: the tokens billed, and estimated.
        turn_open: Gemini has begun to act on something, and has not finished.
        reply: whether the phone plays what the model says.
    """

    def __init__(
        self,
        session_id: str,
        *,
        keeps_events: bool,
        suggest_below: float,
        sending: Sending = NOTHING_NEW,
    ) -> None:
        """Begin a conversation.

        Args:
            session_id: what ids are derived from.
            keeps_events: the phone acknowledges events, and may confirm suggestions.
            suggest_below: what is heard with less confidence is put to the shopper first.
            sending: what its links are sent.
        """
        self._sending = sending
        self.ledger = Ledger(session_id, keeps_events=keeps_events)
        self.calls = Calls(self.ledger, suggest_below=suggest_below if keeps_events else 0.0)
        self.typed = Typed()
        self.usage = Usage(lambda: sending.sent_ms)
        self.turn_open = False
        self.reply: Reply = "none"
        self._called = False
        self._told_at: float | None = None
        self._transcribed = False
        self._began_at: float | None = None
        self._idle_since = 0.0
        self._heard_at: float | None = None
        self._user = Utterance(is_user=True)
        self._model = Utterance(is_user=False)

    def restore(self, stored: StoredSession) -> None:
        """Go on with what another connection left."""
        self.ledger.restore(stored.list, stored.products)
        self.calls.restore(stored.calls)
        self.usage.restore(stored.usage, stored.context)
        self.reply = stored.reply

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
        calls = _calls_in(message)
        self.usage.estimator.received(message)
        if content is not None:
            commands += self._content(content, now)
        if message.usage_metadata is not None:
            in_turn = self._acted_on or content is not None or bool(calls)
            self.usage.report(message.usage_metadata, turn_open=in_turn)
        if message.tool_call_cancellation is not None:
            # Before the calls: one that comes together with its cancellation is not wanted.
            commands += self._cancel(message.tool_call_cancellation.ids, unix=unix)
        if calls:
            commands += self._carry_out(calls, locale, now=now, unix=unix)
        if content is not None and content.interrupted and self.reply == "audio":
            commands.append(Tell(Interrupted()))
        if content is not None and content.turn_complete:
            commands += self._turn_completed(now)
        return commands

    def listens(self, now: float) -> bool:
        """Whether something was transcribed lately that Gemini has not acted on."""
        return self._heard_at is not None and now - self._heard_at < LISTENING_S

    def idle(self, now: float) -> bool:
        """Whether Gemini acts on nothing, and is not about to."""
        return not (self.turn_open or self.listens(now))

    @property
    def _acted_on(self) -> bool:
        """Whether Gemini has begun something that it bills when it is over."""
        return self.turn_open or self._transcribed

    def flush(self) -> list[Command]:
        """Tell what was said so far, even if it is not over."""
        return [*map(Tell, self._user.finish()), *map(Tell, self._model.finish())]

    def stopped(self) -> list[Command]:
        """What is said next is about something else; tell what was said so far."""
        self.calls.stopped()
        return self.flush()

    def link_lost(self, now: float, *, asked: bool = False) -> None:
        """Forget what was half said: it is said again on the next link, and billed all the same.

        Args:
            now: monotonic seconds.
            asked: Gemini is taken to have begun what it was typed, though it has not said so.
        """
        typed = asked and self._sending.asks
        self.usage.link_lost(turn_open=self._acted_on or typed)
        self._turn_over(now)
        self._user.finish()
        self._model.finish()
        self.calls.link_lost()

    def _content(self, content: ServerContent, now: float) -> list[Command]:
        commands: list[Command] = []
        heard, said = content.input_transcription, content.output_transcription
        if said is not None or content.model_turn is not None:
            self._acts(now)
        if heard is not None:
            self._transcribed = True
            self._heard_at = now
            commands += map(Tell, self._user.add(heard.text))
        if content.model_turn is not None and self.reply == "audio":
            commands += map(Tell, _spoken(content.model_turn))
        if said is not None:
            commands += map(Tell, self._user.finish())
            commands += map(Tell, self._model.add(said.text))
        if content.interrupted or content.generation_complete:
            commands += self.flush()
        return commands

    def _carry_out(
        self, calls: tuple[FunctionCall, ...], locale: Locale, *, now: float, unix: float
    ) -> list[Command]:
        self._called = True
        began_at, heard_at = self._began_at, self._heard_at
        if began_at is not None and heard_at is not None and heard_at > began_at:
            # It is about what was transcribed since: something else was acted on before.
            self._began_at, self._told_at = now, None
        self._acts(now)
        # What follows a transcript is about speech.
        ref = None if self._transcribed else self.typed.ref
        self.calls.scheduling = "SILENT" if self.reply == "none" else "WHEN_IDLE"
        occasion = Occasion(locale=locale, now=now, unix=unix, ref=ref)
        self._look_for_repeats(now)
        found = [self.calls.carry_out(call, occasion) for call in calls]
        answers = tuple(answer for answer in found if answer is not None)
        if not self._transcribed:
            self.typed.begun()
        step = self.ledger.take_step([ref])
        if step is not None and self._told_at is None:
            self._told_at = now
        refusal = self.calls.take_refusal()
        return [
            *map(Tell, self._user.finish()),
            *_stored(step),
            *([Inform(ToolResponse(answers))] if answers else []),
            *_told(step),
            *([] if refusal is None else [Tell(Error(refusal, "list_full", ref))]),
            *(Note("function_called", _facts(answer)) for answer in answers),
        ]

    def _cancel(self, ids: tuple[str, ...], *, unix: float) -> list[Command]:
        self.calls.cancel(ids, unix=unix)
        step = self.ledger.take_step()
        products = len(step.events) if step is not None else 0
        note = Note("calls_cancelled", {"calls": len(ids), "products": products})
        return [note, *_stored(step), *_told(step)]

    def _acts(self, now: float) -> None:
        self.turn_open = True
        self._began_at = now if self._began_at is None else self._began_at

    def _look_for_repeats(self, now: float) -> None:
        """Take what is called for as new once it cannot be about what is said again."""
        began_at = now if self._began_at is None else self._began_at
        if self.calls.may_repeat and not self._sending.says_again(
            began_at=began_at, idle_since=self._idle_since
        ):
            self.calls.nothing_said_again()

    def _turn_completed(self, now: float) -> list[Command]:
        self._look_for_repeats(now)
        confirmed = ConfirmSpeech(
            began_at=now if self._began_at is None else self._began_at,
            idle_since=self._idle_since,
            transcribed=self._transcribed,
            called=self._called,
            told_at=self._told_at,
        )
        self._turn_over(now)
        self.usage.turn_ended()
        self.calls.turn_ended()
        return [*self.flush(), confirmed, SettleAnswers()]

    def _turn_over(self, now: float) -> None:
        self.turn_open = self._transcribed = self._called = False
        self._began_at = self._heard_at = self._told_at = None
        self._idle_since = now


def kept_and_told(step: Step | None) -> list[Command]:
    """Return what is done with a step: it is stored, then the phone is told."""
    return [*_stored(step), *_told(step)]


def _stored(step: Step | None) -> list[Command]:
    return [] if step is None else [Keep(step)]


def _told(step: Step | None) -> list[Command]:
    return [] if step is None else [Tell(event) for event in step.events]


def _facts(answer: FunctionResponse) -> dict[str, Fact]:
    return {"status": answer.response.status, "products": len(answer.response.items)}


def _spoken(turn: ModelTurn) -> list[SpokenAudio]:
    """Return the sound of a turn's parts; what is no base64 is left out."""
    spoken = []
    for part in turn.parts:
        if part.inline_data is not None and part.inline_data.mime_type.startswith("audio/"):
            with contextlib.suppress(binascii.Error, ValueError):
                spoken.append(SpokenAudio(binascii.a2b_base64(part.inline_data.data)))
    return spoken


def _calls_in(message: GeminiMessage) -> tuple[FunctionCall, ...]:
    """Return the calls of a message: the same one may stand in both places (mastra#22969)."""
    content, tool_call = message.server_content, message.tool_call
    turn = (content and content.model_turn) or ModelTurn()
    spoken = tuple(part.function_call for part in turn.parts if part.function_call is not None)
    return (*spoken, *(tool_call.function_calls if tool_call is not None else ()))
