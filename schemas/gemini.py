"""The part of Gemini Live's wire that we use, both ways; nothing else parses or prints it.

Field names, shapes and the rule that one server message may carry several fields are Google's
(https://ai.google.dev/api/live); fields that are not listed here are ignored.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, assert_never

import msgspec
from pybase64 import b64encode

from schemas.product import ProductDraft


class _Wire(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    pass


# What Gemini sends.


class SetupComplete(_Wire, frozen=True):
    """The setup was accepted; Vertex AI names the session."""

    session_id: str | None = None


class Transcription(_Wire, frozen=True):
    """A piece of what was heard or said; pieces carry their own spaces."""

    text: str = ""


class Blob(_Wire, frozen=True):
    """Media, left in base64 because few phones want to hear it."""

    mime_type: str = ""
    data: str = ""


class FunctionCall(_Wire, frozen=True):
    """A call of a declared function; `args` is an undecoded JSON object."""

    name: str = ""
    id: str = ""
    args: msgspec.Raw = msgspec.Raw(b"{}")


class Part(_Wire, frozen=True):
    """One piece of the model's turn."""

    text: str | None = None
    inline_data: Blob | None = None
    function_call: FunctionCall | None = None


class ModelTurn(_Wire, frozen=True):
    """What the model says: parts in order."""

    parts: tuple[Part, ...] = ()


class ServerContent(_Wire, frozen=True):
    """Progress of a turn; any of these may come together."""

    model_turn: ModelTurn | None = None
    input_transcription: Transcription | None = None
    output_transcription: Transcription | None = None
    generation_complete: bool = False
    turn_complete: bool = False
    interrupted: bool = False


class ToolCall(_Wire, frozen=True):
    """Functions to be carried out now."""

    function_calls: tuple[FunctionCall, ...] = ()


class ToolCallCancellation(_Wire, frozen=True):
    """Calls whose answers are no longer wanted."""

    ids: tuple[str, ...] = ()


_LONGEST_NOTICE_S: Final = 86_400.0


class GoAway(_Wire, frozen=True):
    """The server will close soon; `time_left` is a protobuf duration such as ``50s``."""

    time_left: str = "0s"

    @property
    def seconds(self) -> float:
        """The notice; one that cannot be read is none."""
        try:
            notice = float(self.time_left.removesuffix("s"))
        except ValueError:
            return 0.0
        return notice if 0.0 <= notice < _LONGEST_NOTICE_S else 0.0


class SessionResumptionUpdate(_Wire, frozen=True):
    """A point to resume from; empty and not resumable while the model is busy."""

    new_handle: str = ""
    resumable: bool = False


class ModalityTokens(_Wire, frozen=True):
    """Tokens of one modality."""

    modality: str = ""
    token_count: int = 0


class UsageMetadata(_Wire, frozen=True):
    """Tokens billed so far in this turn.

    The cached ones are among the prompt's. On gemini-3.8-live the total was seen without the
    thoughts, and a prompt's details that do not sum to it (discuss.ai.google.dev 188765).
    """

    prompt_token_count: int = 0
    response_token_count: int = 0
    total_token_count: int = 0
    thoughts_token_count: int = 0
    tool_use_prompt_token_count: int = 0
    cached_content_token_count: int = 0
    prompt_tokens_details: tuple[ModalityTokens, ...] = ()
    response_tokens_details: tuple[ModalityTokens, ...] = ()


class GeminiMessage(_Wire, frozen=True):
    """One frame from Gemini: all its fields must be handled, not only the first."""

    setup_complete: SetupComplete | None = None
    server_content: ServerContent | None = None
    tool_call: ToolCall | None = None
    tool_call_cancellation: ToolCallCancellation | None = None
    session_resumption_update: SessionResumptionUpdate | None = None
    go_away: GoAway | None = None
    usage_metadata: UsageMetadata | None = None


class GeminiMessageInvalid(Exception):
    """A frame from Gemini that is not JSON, or in which a known field has another type."""


_decoder = msgspec.json.Decoder(GeminiMessage)


def decode(frame: bytes) -> GeminiMessage:
    """Parse one frame.

    Raises:
        GeminiMessageInvalid: it is not JSON, or a field that we read has another type. The text
            names the field and holds nothing of its value.
    """
    try:
        return _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise GeminiMessageInvalid(str(exc)) from exc


# What we send.

Scheduling: TypeAlias = Literal["SILENT", "WHEN_IDLE", "INTERRUPT"]
"""When the model may speak about an answer (NON_BLOCKING functions only)."""


Status: TypeAlias = Literal["accepted", "corrected", "rejected"]


class CallOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one function call, in words the model can act on.

    Attributes:
        status: ``accepted`` as it was, ``corrected`` and accepted, or ``rejected``.
        items: the products as the list now knows them.
        problem: what was wrong and how to call again; empty when accepted.
    """

    status: Status
    items: tuple[ProductDraft, ...] = ()
    problem: str = ""


class FunctionResponse(_Wire, frozen=True):
    """The answer to one call, matched by `id`."""

    id: str
    name: str
    response: CallOutcome
    scheduling: Scheduling | None = None


class ToolResponse(_Wire, frozen=True):
    """Answers, in the order in which the calls came."""

    function_responses: tuple[FunctionResponse, ...]


class AudioStreamEnd(_Wire, frozen=True):
    """The microphone is closed: answer what was said so far."""


class TypedText(_Wire, frozen=True):
    """A typed sentence, to be answered as if it were spoken."""

    text: str


class Remark(_Wire, frozen=True):
    """Something that the model is to know, and not to answer."""

    text: str


ControlMessage: TypeAlias = ToolResponse | AudioStreamEnd | TypedText | Remark
_encoder = msgspec.json.Encoder()
_AUDIO_PREFIX: Final = b'{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"'
_AUDIO_SUFFIX: Final = b'"}}}'
_REMARK_PREFIX: Final = '{"clientContent":{"turns":[{"role":"user","parts":[{"text":'
_REMARK_SUFFIX: Final = '}]}],"turnComplete":false}}'
_AUDIO_STREAM_END: Final = '{"realtimeInput":{"audioStreamEnd":true}}'


def encode_audio(pcm: bytes) -> bytes:
    """Print one chunk of PCM16 mono 16 kHz as the UTF-8 of a text frame.

    pybase64 takes 0.2 µs for 100 ms, the standard library 4 to 5 µs.
    """
    return b"".join((_AUDIO_PREFIX, b64encode(pcm), _AUDIO_SUFFIX))


def encode_control(message: ControlMessage) -> str:
    """Print one control message as a text frame."""
    match message:
        case AudioStreamEnd():
            return _AUDIO_STREAM_END
        case ToolResponse():
            return '{"toolResponse":' + _encoder.encode(message).decode() + "}"
        case TypedText():
            return '{"realtimeInput":' + _encoder.encode(message).decode() + "}"
        case Remark(text):
            return _REMARK_PREFIX + _encoder.encode(text).decode() + _REMARK_SUFFIX
        case other:
            assert_never(other)
