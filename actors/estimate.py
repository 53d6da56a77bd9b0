"""What a turn comes to that was cut off before Gemini said what it billed: an estimate. Pure.

A turn is billed with all that the session's context holds, what was sent since the last turn, and
what the model made of it. Gemini has said how large the context was with the last turn that it
billed; before the first one it is the setup.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import msgspec

from actors.ports import LinkRequest
from actors.tokens import plus, tokens_of
from schemas.admin import Estimate, TokensView
from schemas.gemini import FunctionCall, GeminiMessage, UsageMetadata
from schemas.server import REPLY_SAMPLE_RATE
from shopping import Locale, declaration, system_instruction, undo_declaration

AUDIO_TOKENS_PER_S: Final = 25
"""Of sound, silence included, sent or received (docs/performance.md, "Facts of others")."""
CHARACTERS_PER_TOKEN: Final = 4
_REPLY_BYTES_PER_S: Final = 2 * REPLY_SAMPLE_RATE
_BYTES_PER_BASE64: Final = 3 / 4


class Estimator:
    """Knows of one session what Gemini will bill, as far as it has not said.

    Attributes:
        context: what the model is given with each turn, as of the last figures or estimate.
    """

    __slots__ = ("_made_audio", "_made_text", "_sent_ms", "_sent_text", "_told_ms", "context")

    def __init__(self, sent_ms: Callable[[], int]) -> None:
        """Begin with nothing.

        Args:
            sent_ms: returns how many milliseconds of sound this connection's links were sent.
        """
        self.context = TokensView()
        self._sent_ms = sent_ms
        self._told_ms = 0
        """As of the last figures or estimate."""
        self._sent_text = 0
        self._made_text = 0
        """Characters, as those that were sent."""
        self._made_audio = 0
        """Characters of base64."""

    def set_up(self, request: LinkRequest, locale: Locale) -> None:
        """The next link begins a Gemini session, which knows its setup only."""
        aloud, listed = request.aloud, request.shopping_list
        instruction = system_instruction(locale, listed, aloud=aloud)
        declared = msgspec.json.encode([declaration(locale), undo_declaration()]).decode()
        self.context = _tokens(characters=len(instruction) + len(declared))
        self._told_ms = self._sent_ms()

    def sent(self, text: str) -> None:
        """The model is sent a text."""
        self._sent_text += len(text)

    def received(self, message: GeminiMessage) -> None:
        """The model has made what a message brings: sound, text and calls, each of these once."""
        content, tool_call = message.server_content, message.tool_call
        turn = content and content.model_turn
        calls = [] if tool_call is None else [*tool_call.function_calls]
        for part in turn.parts if turn else ():
            self._made_text += len(part.text or "")
            if part.function_call is not None and part.function_call not in calls:
                calls.append(part.function_call)
            if part.inline_data is not None:
                self._made_audio += len(part.inline_data.data)
        self._made_text += sum(map(_length, calls))

    def figures_came(self, usage: UsageMetadata) -> None:
        """Gemini has billed everything up to now; what it made is a part of the context."""
        prompt = tokens_of(usage.prompt_token_count, usage.prompt_tokens_details)
        made = tokens_of(usage.response_token_count, usage.response_tokens_details)
        self._begin_with(plus(prompt, made))

    def cut_off(self, *, billed_so_far: bool) -> Estimate:
        """Return what the turn has come to since the last figures.

        Args:
            billed_so_far: those were the turn's own, with the context in them.
        """
        sent_s = (self._sent_ms() - self._told_ms) / 1_000
        made_s = self._made_audio * _BYTES_PER_BASE64 / _REPLY_BYTES_PER_S
        sent = _tokens(characters=self._sent_text, audio_s=sent_s)
        made = _tokens(characters=self._made_text, audio_s=made_s)
        asked = plus(self.context, sent)
        self._begin_with(plus(asked, made))
        return Estimate(sent if billed_so_far else asked, made)

    def _begin_with(self, context: TokensView) -> None:
        self.context = context
        self._told_ms = self._sent_ms()
        self._sent_text = self._made_text = self._made_audio = 0


def _tokens(*, characters: int, audio_s: float = 0.0) -> TokensView:
    """Return so much in tokens, each begun one whole."""
    counts = {
        "text": math.ceil(characters / CHARACTERS_PER_TOKEN),
        "audio": math.ceil(audio_s * AUDIO_TOKENS_PER_S),
    }
    by_modality = {name: count for name, count in counts.items() if count}
    return TokensView(total=sum(by_modality.values()), by_modality=by_modality)


def _length(call: FunctionCall) -> int:
    return len(call.name) + len(bytes(call.args))
