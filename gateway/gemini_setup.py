"""The setup message of a Gemini session (docs/gemini-setup.md shows it field by field).

Importing this module imports google-genai, which takes more than a second: only the code that
opens links does so, and not before the port answers.
"""

from __future__ import annotations

from typing import Final

from google.genai import types

from actors.ports import LinkRequest
from gateway.gemini_models import ModelProfile
from shopping import declaration, locale_for, system_instruction, undo_declaration

SILENCE_MS: Final = 500
"""After which Gemini takes what is said to be over; `actors.loudness` counts on the same."""


def live_config(request: LinkRequest, profile: ModelProfile) -> types.LiveConnectConfig:
    """Return what is asked of Gemini: functions for products, transcripts, and silence."""
    locale = locale_for(request.language)
    transcription = types.AudioTranscriptionConfig(language_codes=[request.language])
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        thinking_config=_thinking(profile),
        system_instruction=system_instruction(locale, request.shopping_list, aloud=request.aloud),
        tools=[
            types.Tool(
                function_declarations=[
                    _function(declaration(locale), profile),
                    _function(undo_declaration(), profile),
                ]
            )
        ],
        input_audio_transcription=transcription,
        output_audio_transcription=transcription,
        realtime_input_config=types.RealtimeInputConfig(
            automatic_activity_detection=types.AutomaticActivityDetection(
                silence_duration_ms=SILENCE_MS
            )
        ),
        session_resumption=types.SessionResumptionConfig(handle=request.handle),
        context_window_compression=types.ContextWindowCompressionConfig(
            sliding_window=types.SlidingWindow()
        ),
    )


def _function(declared: dict[str, object], profile: ModelProfile) -> types.FunctionDeclaration:
    function = types.FunctionDeclaration.model_validate(declared)
    return function if profile.non_blocking else function.model_copy(update={"behavior": None})


def _thinking(profile: ModelProfile) -> types.ThinkingConfig | None:
    if profile.thinking_level is None:
        return None
    return types.ThinkingConfig(thinking_level=types.ThinkingLevel(profile.thinking_level))
