"""What the model knows: the session's memory, growing with all that is said, and its functions."""

from __future__ import annotations

from dataclasses import replace

from emulator.memory import (
    LONGEST_TEXT,
    NO_TOKENS,
    Memory,
    PendingCall,
    Tokens,
    audio_tokens,
    text_tokens,
)
from emulator.messages import ClientContent, ContextUpdate, FunctionResponse
from emulator.ports import Mind, Thought
from emulator.setup import SessionSettings, check_declarations
from emulator.turn import Answer
from emulator.wire import invalid


class Context:
    """Takes in what either side says, and thinks about it."""

    def __init__(
        self, settings: SessionSettings, memory: Memory, *, mind: Mind, call_prefix: str
    ) -> None:
        self._profile = settings.profile
        self._declarations = settings.declarations
        self._history_first = settings.history_first
        self._question = ""
        """What the user's content said since the model last spoke, not yet to be answered."""
        self._mind = mind
        self._call_prefix = call_prefix
        self.memory = memory

    def hear(self, text: str, seconds: float) -> None:
        """Take in speech; noise has no text but is billed."""
        if text:
            self.memory = self.memory.said("user", text, audio_tokens(seconds))
        else:
            self.spend(audio_tokens(seconds))

    def read(self, text: str) -> None:
        """Take in text that the user typed."""
        if text:
            self.memory = self.memory.said("user", text, text_tokens(text))

    def say(self, text: str) -> None:
        """Take in the model's own reply; what it took is known when its turn is over."""
        self.memory = self.memory.said("model", text, NO_TOKENS)

    def spend(self, tokens: Tokens) -> None:
        """Let the context grow by what no history shows."""
        self.memory = replace(self.memory, context=self.memory.context + tokens)

    def begin_turn(self) -> Tokens:
        """Count a turn; return the context that it is given, which it is billed for."""
        self.memory = replace(self.memory, turns=self.memory.turns + 1)
        return self.memory.context

    def think(self, text: str) -> Thought:
        """Decide what a sentence asks for.

        A model with something to call keeps quiet about sentences that call for nothing.
        """
        text = text[:LONGEST_TEXT]
        thought = self._mind.think(
            text, self.memory.language, self._declarations, self.memory.mentioned
        )
        quiet = not thought.calls and (thought.capable or not text.strip())
        return replace(thought, reply="") if quiet else thought

    def add(self, content: ClientContent) -> str | None:
        """Take in content; return the question that it asks, `None` when it asks for no answer.

        Raises:
            Refused: A role is neither the user's nor the model's.
        """
        for entry in content.turns:
            if entry.role not in {None, "", "user", "model"}:
                raise invalid("Please use a valid role: user, model.")
            said = entry.text()
            if entry.role == "model":
                self.read(self._take_question())
                self.memory = self.memory.said("model", said, text_tokens(said))
            else:
                question = f"{self._question} {said}".strip()
                self._question = question[:LONGEST_TEXT]
                self.spend(text_tokens(question[LONGEST_TEXT:]))
                if not content.turn_complete:
                    self._note(said[-LONGEST_TEXT:])
        if not content.turn_complete:
            return None
        question = self._take_question()
        if not self._history_first:
            return question
        self._history_first = False
        self.read(question)
        return None

    def _note(self, told: str) -> None:
        mentioned = self._mind.note(told, self.memory.language, self.memory.mentioned)
        self.memory = replace(self.memory, mentioned=mentioned)

    def _take_question(self) -> str:
        question, self._question = self._question, ""
        return question

    def change(self, update: ContextUpdate) -> None:
        """Replace the functions on offer, if the update has any; an instruction changes nothing."""
        if update.tools is None:
            return
        declarations = tuple(
            one for tool in update.tools.tools for one in tool.function_declarations
        )
        check_declarations(declarations, self._profile)
        self._declarations = declarations

    def call(self, thought: Thought) -> tuple[PendingCall, ...]:
        """Remember its calls as open, each with an id of its own, and what they are about."""
        first = self.memory.calls + 1
        pending = tuple(
            PendingCall(
                f"{self._call_prefix}-{number}", self._is_blocking(call.name), thought.reply
            )
            for number, call in enumerate(thought.calls, first)
        )
        self.memory = replace(self.memory.called(pending), mentioned=thought.mentioned)
        return pending

    def answer(self, responses: tuple[FunctionResponse, ...]) -> list[Answer]:
        """Take in answers to open calls, and leave out all others.

        Raises:
            Refused: An answer is scheduled, and the model knows no scheduling.
        """
        if not self._profile.scheduling and any(one.scheduling for one in responses):
            raise invalid(f"scheduling is not supported by {self._profile.name}.")
        pending = {call.id: call for call in self.memory.pending}
        answers = [Answer.of(pending[one.id], one) for one in responses if one.id in pending]
        self.memory = self.memory.answered(
            frozenset(answer.call.id for answer in answers if answer.final),
            text_tokens("".join(answer.text for answer in answers)),
        )
        return answers

    def withdraw(self, ids: set[str]) -> list[str]:
        """Forget those of these calls that are BLOCKING and open; return their ids in order."""
        withdrawn = [call.id for call in self.memory.pending if call.blocking and call.id in ids]
        self.forget(frozenset(withdrawn))
        return withdrawn

    def forget(self, ids: frozenset[str]) -> None:
        """Expect no answers to these calls any more."""
        self.memory = self.memory.answered(ids, NO_TOKENS)

    def _is_blocking(self, name: str) -> bool:
        for declaration in self._declarations:
            if declaration.name == name and declaration.behavior in {"BLOCKING", "NON_BLOCKING"}:
                return declaration.behavior == "BLOCKING"
        return self._profile.default_behavior == "BLOCKING"
