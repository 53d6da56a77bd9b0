"""One turn of the model: what it waits for, what it has produced, and how its messages end it."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.memory import NO_TOKENS, PendingCall, Tokens
from emulator.messages import FunctionResponse
from emulator.reply import Planned


class Phase(enum.Enum):
    """What the model is doing within a turn."""

    AWAITING_ANSWERS = enum.auto()
    """Its function calls are out."""
    REPLYING = enum.auto()
    """Its spoken reply is being sent, or being played."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client's answer to a call means for the model."""

    call: PendingCall
    text: str
    final: bool
    """Whether no more answers to this call follow."""
    speaks: bool
    """Whether the model says something about it."""
    interrupts: bool
    """Whether it does so at once."""

    @classmethod
    def of(cls, call: PendingCall, response: FunctionResponse) -> Answer:
        """Read a response: scheduling is for NON_BLOCKING calls only, WHEN_IDLE its default."""
        scheduling = None if call.blocking else response.scheduling
        return cls(
            call=call,
            text=str(response.response or ""),
            final=not response.will_continue,
            speaks=scheduling != "SILENT" and bool(call.reply),
            interrupts=scheduling == "INTERRUPT",
        )


@dataclass(slots=True, kw_only=True)
class Turn:
    """The turn under way."""

    prompt: Tokens
    """The context it was given: what the turn is billed for as prompt."""
    reply: str = ""
    phase: Phase = Phase.AWAITING_ANSWERS
    unanswered: set[str] = field(default_factory=set)
    blocking: bool = False
    """Whether it must have its answers before it may go on."""
    answers: list[Answer] = field(default_factory=list)
    due: float | None = None
    """When it goes on without answers, or when its reply has been played."""
    plan: deque[Planned] = field(default_factory=deque)
    response: Tokens = NO_TOKENS
    generated: bool = False
    """Whether generationComplete was said."""

    def accept(self, answers: Sequence[Answer]) -> None:
        """Take answers to this turn's own calls."""
        self.answers.extend(answers)
        self.unanswered -= {answer.call.id for answer in answers}

    def next_due(self) -> float | None:
        """Return when something is to be sent, if time alone will bring it about."""
        return self.plan[0].due if self.plan else self.due
