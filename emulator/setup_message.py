"""The setup message field by field, as the two SDKs and the docs have it.

Sources: `_live_converters.py` and `types.py` of google-genai 3.4, the same of @google/genai 3.1.
Parts that this server has no use for (safety, avatars, search tools) may be any object.
"""

from __future__ import annotations

from typing import Any, Literal

from emulator.content import Content, Extra, Wire


class Schema(Wire, frozen=True):
    """Gemini's subset of OpenAPI's schema object, which is not JSON Schema."""

    type: str | None = None
    format: str | None = None
    title: str | None = None
    description: str | None = None
    nullable: bool | None = None
    default: Any = None
    example: Any = None
    enum: tuple[str, ...] | None = None
    items: Schema | None = None
    max_items: int | None = None
    min_items: int | None = None
    properties: dict[str, Schema] | None = None
    property_ordering: tuple[str, ...] | None = None
    required: tuple[str, ...] | None = None
    max_properties: int | None = None
    min_properties: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    any_of: tuple[Schema, ...] | None = None
    additional_properties: Any = None
    ref: str | None = None
    defs: dict[str, Schema] | None = None


class FunctionDeclaration(Wire, frozen=True):
    """A function the client offers to run."""

    name: str | None = None
    description: str | None = None
    parameters: Schema | None = None
    parameters_json_schema: Any = None
    response: Schema | None = None
    response_json_schema: Any = None
    behavior: Literal["BLOCKING", "NON_BLOCKING", "UNSPECIFIED"] | None = None


class Tool(Wire, frozen=True):
    """Functions, or one of Google's own tools."""

    function_declarations: tuple[FunctionDeclaration, ...] = ()
    google_search: Extra | None = None
    google_search_retrieval: Extra | None = None
    google_maps: Extra | None = None
    code_execution: Extra | None = None
    computer_use: Extra | None = None
    file_search: Extra | None = None
    url_context: Extra | None = None
    mcp_servers: tuple[Extra, ...] | None = None
    retrieval: Extra | None = None
    enterprise_web_search: Extra | None = None


class ThinkingConfig(Wire, frozen=True):
    """How much the model may think; not every model has it."""

    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    thinking_level: Literal["MINIMAL", "LOW", "MEDIUM", "HIGH"] | None = None


class PrebuiltVoiceConfig(Wire, frozen=True):
    """A voice by its name."""

    voice_name: str | None = None


class VoiceConfig(Wire, frozen=True):
    """The voice of spoken replies."""

    prebuilt_voice_config: PrebuiltVoiceConfig | None = None
    replicated_voice_config: Extra | None = None


class SpeechConfig(Wire, frozen=True):
    """Voice and language of spoken replies."""

    voice_config: VoiceConfig | None = None
    language_code: str | None = None
    multi_speaker_voice_config: Extra | None = None


class GenerationConfig(Wire, frozen=True):
    """Knobs of the generation."""

    response_modalities: tuple[Literal["TEXT", "IMAGE", "AUDIO", "VIDEO"], ...] | None = None
    candidate_count: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    max_output_tokens: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop_sequences: tuple[str, ...] | None = None
    media_resolution: str | None = None
    speech_config: SpeechConfig | None = None
    thinking_config: ThinkingConfig | None = None
    enable_affective_dialog: bool | None = None
    translation_config: Extra | None = None


class AutomaticActivityDetection(Wire, frozen=True):
    """When speech starts and ends, unless the client says so itself."""

    disabled: bool | None = None
    start_of_speech_sensitivity: (
        Literal["START_SENSITIVITY_UNSPECIFIED", "START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW"]
        | None
    ) = None
    end_of_speech_sensitivity: (
        Literal["END_SENSITIVITY_UNSPECIFIED", "END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW"] | None
    ) = None
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None


class RealtimeInputConfig(Wire, frozen=True):
    """How speech makes turns."""

    automatic_activity_detection: AutomaticActivityDetection | None = None
    activity_handling: (
        Literal["ACTIVITY_HANDLING_UNSPECIFIED", "START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"]
        | None
    ) = None
    turn_coverage: (
        Literal[
            "TURN_COVERAGE_UNSPECIFIED",
            "TURN_INCLUDES_ONLY_ACTIVITY",
            "TURN_INCLUDES_ALL_INPUT",
            "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
        ]
        | None
    ) = None


class LanguageHints(Wire, frozen=True):
    """The languages to expect."""

    language_codes: tuple[str, ...] | None = None


class AudioTranscriptionConfig(Wire, frozen=True):
    """Asks for a transcription, in the languages named."""

    language_codes: tuple[str, ...] | None = None
    language_auto: Extra | None = None
    language_hints: LanguageHints | None = None
    custom_vocabulary: tuple[str, ...] | None = None
    adaptation_phrases: tuple[str, ...] | None = None
    word_timestamp: bool | None = None
    diarization: bool | None = None
    mode: str | None = None


class SessionResumptionConfig(Wire, frozen=True):
    """Asks for handles; with one, continues the session it stands for."""

    handle: str | None = None
    transparent: bool | None = None


class SlidingWindow(Wire, frozen=True):
    """What is kept when the context is cut."""

    target_tokens: int | None = None


class ContextWindowCompressionConfig(Wire, frozen=True):
    """When the context is cut."""

    trigger_tokens: int | None = None
    sliding_window: SlidingWindow | None = None


class ProactivityConfig(Wire, frozen=True):
    """Whether the model may stay silent."""

    proactive_audio: bool | None = None
    proactive_video: bool | None = None


class HistoryConfig(Wire, frozen=True):
    """Whether the first content is history only."""

    initial_history_in_client_content: bool | None = None


class Setup(Wire, frozen=True):
    """The first message of a connection."""

    model: str | None = None
    generation_config: GenerationConfig | None = None
    system_instruction: Content | None = None
    tools: tuple[Tool, ...] = ()
    realtime_input_config: RealtimeInputConfig | None = None
    session_resumption: SessionResumptionConfig | None = None
    context_window_compression: ContextWindowCompressionConfig | None = None
    input_audio_transcription: AudioTranscriptionConfig | None = None
    output_audio_transcription: AudioTranscriptionConfig | None = None
    proactivity: ProactivityConfig | None = None
    explicit_vad_signal: bool | None = None
    history_config: HistoryConfig | None = None
    avatar_config: Extra | None = None
    safety_settings: tuple[Extra, ...] | None = None
    labels: dict[str, str] | None = None
