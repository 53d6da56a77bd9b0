"""What a client may say on the Live wire; field names become camelCase there.

Sources: `_live_converters.py` and `types.py` of google-genai 3.4, the same of @google/genai 3.1.
"""

from __future__ import annotations

from typing import Literal

from emulator.content import Blob, Content, Extra, Wire
from emulator.protojson import InvalidPayload
from emulator.setup_message import Setup, Tool


class ClientContent(Wire, frozen=True):
    """Adds to the context; with `turn_complete`, asks for an answer."""

    turns: tuple[Content, ...] = ()
    turn_complete: bool = False


class Nothing(Wire, frozen=True):
    """A message whose presence says it all."""


class RealtimeInput(Wire, frozen=True):
    """What is streamed: media, text, and where speech starts and ends."""

    media_chunks: tuple[Blob, ...] | None = None
    audio: Blob | None = None
    audio_stream_end: bool | None = None
    video: Blob | None = None
    text: str | None = None
    activity_start: Nothing | None = None
    activity_end: Nothing | None = None


class FunctionResponse(Wire, frozen=True):
    """The answer to one function call."""

    id: str | None = None
    name: str | None = None
    response: Extra | None = None
    will_continue: bool | None = None
    scheduling: Literal["SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"] | None = None
    parts: tuple[Extra, ...] | None = None


class ToolResponse(Wire, frozen=True):
    """Answers to function calls."""

    function_responses: tuple[FunctionResponse, ...] = ()


class ContextUpdateTools(Wire, frozen=True):
    """The tools from now on; an empty list takes all away."""

    tools: tuple[Tool, ...] = ()


class ContextUpdate(Wire, frozen=True):
    """Changes the instruction or the tools within a session."""

    system_instruction: Content | None = None
    tools: ContextUpdateTools | None = None


class ClientMessage(Wire, frozen=True):
    """One frame: exactly one of its fields is set, or `check_one_field` complains."""

    setup: Setup | None = None
    client_content: ClientContent | None = None
    realtime_input: RealtimeInput | None = None
    tool_response: ToolResponse | None = None
    context_update: ContextUpdate | None = None


def check_one_field(message: ClientMessage) -> ClientMessage:
    """Return the message; raise `InvalidPayload` unless it has one field, as a oneof must."""
    fields = (
        message.setup,
        message.client_content,
        message.realtime_input,
        message.tool_response,
        message.context_update,
    )
    given = sum(field is not None for field in fields)
    if given != 1:
        raise InvalidPayload(
            f"Invalid JSON payload received. A message has exactly one field, not {given}."
        )
    return message
