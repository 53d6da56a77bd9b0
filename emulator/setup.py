"""Decides whether a setup message is acceptable, and what it asks of the session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from emulator.profiles import Profile, Service, profile_of
from emulator.setup_message import FunctionDeclaration, GenerationConfig, RealtimeInputConfig, Setup
from emulator.wire import Refused, invalid

FALLBACK_LANGUAGE = "en-US"
LONGEST_KNOB_MS = 10_000
"""Of padding, and of the silence that ends speech; the real limits are not documented."""

_MODEL_FORMS: dict[Service, re.Pattern[str]] = {
    "developer": re.compile(r"models/(?P<name>[^/]+)"),
    "vertex": re.compile(
        r"(?:projects/[^/]+/locations/[^/]+/)?publishers/google/models/(?P<name>[^/]+)"
    ),
}

Sensitivity = Literal["LOW", "HIGH"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which service a connection's path addresses, and in which API version."""

    service: Service
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDetection:
    """The knobs of `automaticActivityDetection`, with the service's defaults filled in."""

    disabled: bool
    start_sensitivity: Sensitivity
    end_sensitivity: Sensitivity
    prefix_padding_ms: int
    silence_duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What a valid setup asks for."""

    profile: Profile
    language: str | None
    """The language of speech, if the setup names one."""
    instruction: str
    declarations: tuple[FunctionDeclaration, ...]
    detection: ActivityDetection
    interruptible: bool
    input_transcription: bool
    output_transcription: bool
    resumption: bool
    handle: str | None
    may_stay_silent: bool
    """Whether noise may go without even an empty turn."""
    history_first: bool
    """Whether the first client content is history that asks for no answer."""


def read_setup(setup: Setup, endpoint: Endpoint) -> SessionSettings:
    """Validate a setup; raise `Refused` with the close that the real service would send."""
    profile = _profile(setup.model or "", endpoint)
    generation = setup.generation_config or GenerationConfig()
    _check_modalities(generation, setup.model or "")
    _check_thinking(generation, profile)
    _check_dialog(setup, generation, profile, endpoint)
    declarations = tuple(one for tool in setup.tools for one in tool.function_declarations)
    check_declarations(declarations, profile)
    realtime = setup.realtime_input_config or RealtimeInputConfig()
    resumption = setup.session_resumption
    if endpoint.service == "developer":
        _check_vertex_only(setup)
    return SessionSettings(
        profile=profile,
        language=_language(setup, generation),
        instruction=setup.system_instruction.text() if setup.system_instruction else "",
        declarations=declarations,
        detection=_detection(realtime, endpoint),
        interruptible=realtime.activity_handling != "NO_INTERRUPTION",
        input_transcription=setup.input_audio_transcription is not None,
        output_transcription=setup.output_audio_transcription is not None,
        resumption=resumption is not None,
        handle=resumption.handle if resumption else None,
        may_stay_silent=bool(setup.proactivity and setup.proactivity.proactive_audio),
        history_first=bool(
            setup.history_config and setup.history_config.initial_history_in_client_content
        ),
    )


def check_declarations(declarations: tuple[FunctionDeclaration, ...], profile: Profile) -> None:
    """Refuse functions that a model cannot be given."""
    for at, declaration in enumerate(declarations):
        where = f"function_declarations[{at}]"
        if not declaration.name:
            raise invalid(f"{where}.name: [FIELD_INVALID] must not be empty.")
        if declaration.parameters and declaration.parameters_json_schema is not None:
            raise invalid(f"{where}: only one of parameters and parameters_json_schema.")
        behavior = declaration.behavior
        if behavior in {"BLOCKING", "NON_BLOCKING"} and behavior not in profile.behaviors:
            raise invalid(f"{profile.name} has no {behavior} functions.")


def _profile(model: str, endpoint: Endpoint) -> Profile:
    form = _MODEL_FORMS[endpoint.service].fullmatch(model)
    if form is None:
        raise Refused(
            1007, "* BidiGenerateContentRequest.setup.model: unexpected model name format"
        )
    profile = profile_of(form["name"], endpoint.service)
    if profile is not None:
        return profile
    if endpoint.service == "vertex":
        raise Refused(1008, f"Publisher model `{model}` was not found or is not supported.")
    raise Refused(
        1008,
        f"{model} is not found for API version {endpoint.version}, or is not supported for "
        "bidiGenerateContent. Call ListModels to see the list of available models.",
    )


def _check_modalities(generation: GenerationConfig, model: str) -> None:
    asked = generation.response_modalities
    if asked not in {None, (), ("AUDIO",)}:
        raise Refused(
            1007,
            f"The requested combination of response modalities ({', '.join(asked or ())}) "
            f"is not supported by the model. {model}",
        )


def _check_thinking(generation: GenerationConfig, profile: Profile) -> None:
    thinking = generation.thinking_config
    level = thinking.thinking_level if thinking else None
    if profile.thinking_level_required and level not in profile.thinking_levels:
        raise invalid(f"thinking_level must be low, medium or high for {profile.name}.")
    if thinking is None:
        return
    if not profile.thinking_levels and not profile.thinking_budget:
        raise invalid(f"thinking_config is not supported by {profile.name}.")
    if level is not None and level not in profile.thinking_levels:
        raise invalid(f"thinking_level {level} is not supported by {profile.name}.")
    if thinking.thinking_budget is not None and not profile.thinking_budget:
        raise invalid(f"thinking_budget is not supported by {profile.name}.")


def _check_dialog(
    setup: Setup, generation: GenerationConfig, profile: Profile, endpoint: Endpoint
) -> None:
    proactivity = setup.proactivity
    if profile.must_be_proactive and proactivity and proactivity.proactive_audio is False:
        raise invalid(f"proactive_audio cannot be switched off for {profile.name}.")
    if (
        generation.enable_affective_dialog is not None
        and endpoint.version not in profile.affective_dialog_versions
    ):
        raise invalid(f"enable_affective_dialog is not supported by {profile.name} here.")


def _check_vertex_only(setup: Setup) -> None:
    if setup.explicit_vad_signal is not None:
        raise invalid("explicit_vad_signal is only supported by Vertex AI.")
    if setup.session_resumption and setup.session_resumption.transparent is not None:
        raise invalid("session_resumption.transparent is only supported by Vertex AI.")


def _language(setup: Setup, generation: GenerationConfig) -> str | None:
    transcription = setup.input_audio_transcription
    if transcription is not None:
        hints = transcription.language_hints
        codes = transcription.language_codes or (hints.language_codes if hints else None)
        if codes:
            return codes[0]
    return generation.speech_config.language_code if generation.speech_config else None


def _detection(realtime: RealtimeInputConfig, endpoint: Endpoint) -> ActivityDetection:
    asked = realtime.automatic_activity_detection
    default: Sensitivity = "HIGH" if endpoint.service == "developer" else "LOW"
    if asked is None:
        return ActivityDetection(
            disabled=False,
            start_sensitivity=default,
            end_sensitivity=default,
            prefix_padding_ms=300,
            silence_duration_ms=500,
        )
    for name in ("prefix_padding_ms", "silence_duration_ms"):
        if not 0 <= (getattr(asked, name) or 0) <= LONGEST_KNOB_MS:
            raise invalid(
                f"automatic_activity_detection.{name} must be from 0 to {LONGEST_KNOB_MS}."
            )
    return ActivityDetection(
        disabled=bool(asked.disabled),
        start_sensitivity=_sensitivity(asked.start_of_speech_sensitivity, default),
        end_sensitivity=_sensitivity(asked.end_of_speech_sensitivity, default),
        prefix_padding_ms=300 if asked.prefix_padding_ms is None else asked.prefix_padding_ms,
        silence_duration_ms=500 if asked.silence_duration_ms is None else asked.silence_duration_ms,
    )


def _sensitivity(asked: str | None, default: Sensitivity) -> Sensitivity:
    if asked is None or asked.endswith("UNSPECIFIED"):
        return default
    return "HIGH" if asked.endswith("HIGH") else "LOW"
