"""What Gemini may say, in the fewest words."""

from __future__ import annotations

import msgspec

from schemas.gemini import (
    Blob,
    FunctionCall,
    GeminiMessage,
    GoAway,
    ModelTurn,
    Part,
    ServerContent,
    SessionResumptionUpdate,
    ToolCall,
    ToolCallCancellation,
    Transcription,
    UsageMetadata,
)

TURN_COMPLETE = GeminiMessage(server_content=ServerContent(turn_complete=True))
GO_AWAY = GeminiMessage(go_away=GoAway("10s"))
SPOKEN_REPLY = GeminiMessage(
    server_content=ServerContent(
        model_turn=ModelTurn((Part(inline_data=Blob("audio/pcm;rate=24000", "AAAA")),))
    )
)


def go_away(seconds: float) -> GeminiMessage:
    """Return the notice that the link will be ended."""
    return GeminiMessage(go_away=GoAway(f"{seconds:g}s"))


def heard(text: str) -> GeminiMessage:
    """Return a piece of what the shopper is understood to have said."""
    return GeminiMessage(server_content=ServerContent(input_transcription=Transcription(text)))


def replied(text: str) -> GeminiMessage:
    """Return a piece of what the model says."""
    return GeminiMessage(server_content=ServerContent(output_transcription=Transcription(text)))


def call(call_id: str, product: str = "mleko", **fields: object) -> FunctionCall:
    """Return one call that adds `product`."""
    args = {"action": "add", "name": product, **fields}
    return FunctionCall(
        name="update_shopping_list", id=call_id, args=msgspec.Raw(msgspec.json.encode(args))
    )


def calls(*function_calls: FunctionCall) -> GeminiMessage:
    """Return function calls to be carried out now."""
    return GeminiMessage(tool_call=ToolCall(function_calls))


def cancelled(*ids: str) -> GeminiMessage:
    """Return that these calls should not have been carried out."""
    return GeminiMessage(tool_call_cancellation=ToolCallCancellation(ids))


def handle(text: str, *, resumable: bool = True) -> GeminiMessage:
    """Return a resumption handle."""
    return GeminiMessage(session_resumption_update=SessionResumptionUpdate(text, resumable))


def usage(prompt: int, response: int) -> GeminiMessage:
    """Return what the turn has cost so far."""
    return GeminiMessage(
        usage_metadata=UsageMetadata(prompt_token_count=prompt, response_token_count=response)
    )
