from __future__ import annotations

import pytest

from emulator.protojson import InvalidPayload
from emulator.setup import Endpoint
from emulator.wire import Refused
from tests.support.emulator_fakes import DEVELOPER, VERTEX, setup_of

V1ALPHA = Endpoint("developer", "v1alpha")
OLD = {"model": "models/gemini-2.5-flash-native-audio-preview-12-2025"}
LEGACY = {"model": "models/gemini-3.1-flash-live-preview"}
THINKING = {"model": "models/gemini-3.8-live-extended-thinking"}


def refusal(fields: dict[str, object], endpoint: Endpoint = DEVELOPER) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        setup_of(fields, endpoint)
    closing = caught.value.closing
    return closing.code, closing.wire_reason().decode()


def thinking(**fields: object) -> dict[str, object]:
    return {"generationConfig": {"thinkingConfig": fields}}


def functions(*declarations: dict[str, object]) -> dict[str, object]:
    return {"tools": [{"functionDeclarations": list(declarations)}]}


def test_a_setup_that_only_names_its_model_gets_the_services_defaults() -> None:
    settings = setup_of({})
    assert settings.profile.name == "gemini-3.8-live"
    assert settings.language is None
    assert settings.interruptible
    assert not settings.resumption
    assert not settings.detection.disabled
    assert settings.detection.start_sensitivity == "HIGH"
    assert settings.detection.silence_duration_ms == 500


def test_speech_detection_is_less_eager_on_vertex() -> None:
    model = {"model": "projects/p/locations/l/publishers/google/models/gemini-3.8-live"}
    assert setup_of(model, VERTEX).detection.start_sensitivity == "LOW"
    short = {"model": "publishers/google/models/gemini-live-2.5-flash-native-audio"}
    assert setup_of(short, VERTEX).profile.media_chunks


def test_detection_knobs_are_taken_as_given() -> None:
    detection = setup_of(
        {
            "realtimeInputConfig": {
                "activityHandling": "NO_INTERRUPTION",
                "automaticActivityDetection": {
                    "disabled": True,
                    "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
                    "endOfSpeechSensitivity": "END_SENSITIVITY_UNSPECIFIED",
                    "prefixPaddingMs": 0,
                    "silenceDurationMs": 800,
                },
            }
        }
    ).detection
    assert detection.disabled
    assert (detection.start_sensitivity, detection.end_sensitivity) == ("LOW", "HIGH")
    assert (detection.prefix_padding_ms, detection.silence_duration_ms) == (0, 800)
    empty = setup_of({"realtimeInputConfig": {"automaticActivityDetection": {}}}).detection
    assert (empty.prefix_padding_ms, empty.silence_duration_ms) == (300, 500)


@pytest.mark.parametrize(
    ("fields", "language"),
    [
        ({"inputAudioTranscription": {"languageCodes": ["pl-PL", "en-US"]}}, "pl-PL"),
        ({"inputAudioTranscription": {"languageHints": {"languageCodes": ["en-GB"]}}}, "en-GB"),
        ({"generationConfig": {"speechConfig": {"languageCode": "pl-PL"}}}, "pl-PL"),
        (
            {
                "inputAudioTranscription": {},
                "generationConfig": {"speechConfig": {"languageCode": "de-DE"}},
            },
            "de-DE",
        ),
    ],
)
def test_the_language_is_that_of_the_transcription_or_of_the_voice(
    fields: dict[str, object], language: str
) -> None:
    assert setup_of(fields).language == language


def test_what_is_asked_for_is_granted() -> None:
    settings = setup_of(
        {
            "systemInstruction": {"parts": [{"text": "Be"}, {"text": "silent."}], "role": "system"},
            "inputAudioTranscription": {},
            "outputAudioTranscription": {},
            "sessionResumption": {"handle": "h"},
            "proactivity": {"proactiveAudio": True},
            "historyConfig": {"initialHistoryInClientContent": True},
            "generationConfig": {"responseModalities": ["AUDIO"], "candidateCount": 1},
            "contextWindowCompression": {"triggerTokens": "1000", "slidingWindow": {}},
            **functions({"name": "f", "parametersJsonSchema": {}}, {"name": "g"}),
        }
    )
    assert settings.instruction == "Be silent."
    assert settings.input_transcription
    assert settings.output_transcription
    assert settings.handle == "h"
    assert settings.may_stay_silent
    assert settings.history_first
    assert [one.name for one in settings.declarations] == ["f", "g"]


@pytest.mark.parametrize("modalities", [["TEXT"], ["AUDIO", "TEXT"]])
def test_only_audio_is_given(modalities: list[str]) -> None:
    whole = (
        f"The requested combination of response modalities ({', '.join(modalities)}) "
        "is not supported by the model. models/gemini-3.8-live"
    )
    assert refusal({"generationConfig": {"responseModalities": modalities}}) == (1007, whole[:123])


@pytest.mark.parametrize(
    ("fields", "endpoint", "code", "reason"),
    [
        ({"model": "models/gemini-1"}, DEVELOPER, 1008, "models/gemini-1 is not found for API ver"),
        (
            {"model": "publishers/google/models/gemini-1"},
            VERTEX,
            1008,
            "Publisher model `publishers/google/models/gemini-1` was not found",
        ),
        (
            {"model": "models/gemini-live-2.5-flash-native-audio"},
            DEVELOPER,
            1008,
            "models/gemini-live-2.5-flash-native-audio is not found",
        ),
        ({"model": "gemini-3.8-live"}, DEVELOPER, 1007, "* BidiGenerateContentRequest.setup.model"),
        ({"model": None}, DEVELOPER, 1007, "* BidiGenerateContentRequest.setup.model"),
    ],
)
def test_a_model_that_is_not_served_is_refused(
    fields: dict[str, object], endpoint: Endpoint, code: int, reason: str
) -> None:
    refused_code, refused_reason = refusal(fields, endpoint)
    assert refused_code == code
    assert refused_reason.startswith(reason)


@pytest.mark.parametrize(
    ("fields", "endpoint", "detail"),
    [
        (thinking(thinkingBudget=0), DEVELOPER, "thinking_config"),
        ({**LEGACY, **thinking(thinkingBudget=0)}, DEVELOPER, "thinking_budget"),
        ({**OLD, **thinking(thinkingLevel="LOW")}, DEVELOPER, "thinking_level LOW"),
        (THINKING, DEVELOPER, "thinking_level must be"),
        ({**THINKING, **thinking(thinkingLevel="MINIMAL")}, DEVELOPER, "thinking_level must be"),
        ({"proactivity": {"proactiveAudio": False}}, DEVELOPER, "proactive_audio"),
        ({"generationConfig": {"enableAffectiveDialog": True}}, V1ALPHA, "enable_affective"),
        (
            {**OLD, "generationConfig": {"enableAffectiveDialog": True}},
            DEVELOPER,
            "enable_affective",
        ),
        ({"explicitVadSignal": True}, DEVELOPER, "explicit_vad_signal"),
        ({"sessionResumption": {"transparent": True}}, DEVELOPER, "transparent"),
        (
            {"realtimeInputConfig": {"automaticActivityDetection": {"prefixPaddingMs": -1}}},
            DEVELOPER,
            "prefix_padding_ms",
        ),
        (functions({"description": "nameless"}), DEVELOPER, "function_declarations[0].name"),
        (
            functions({"name": "f", "parameters": {}, "parametersJsonSchema": {}}),
            DEVELOPER,
            "only one of parameters",
        ),
        (
            {**LEGACY, **functions({"name": "f", "behavior": "NON_BLOCKING"})},
            DEVELOPER,
            "no NON_BLOCKING",
        ),
    ],
)
def test_what_a_model_has_not_is_refused_with_1007(
    fields: dict[str, object], endpoint: Endpoint, detail: str
) -> None:
    code, reason = refusal(fields, endpoint)
    assert code == 1007
    assert reason.startswith("Request contains an invalid argument.")
    assert detail in reason


@pytest.mark.parametrize("knob", ["prefixPaddingMs", "silenceDurationMs"])
@pytest.mark.parametrize("milliseconds", [-1, 10_001, 2**62])
def test_detection_knobs_have_bounds(knob: str, milliseconds: int) -> None:
    detection = {"automaticActivityDetection": {knob: milliseconds}}
    code, reason = refusal({"realtimeInputConfig": detection})
    assert code == 1007
    assert "must be from 0 to 10000" in reason


def test_language_hints_are_read_field_by_field() -> None:
    with pytest.raises(InvalidPayload, match=r"language_hints\.language_codes' \(TYPE_LIST"):
        setup_of({"inputAudioTranscription": {"languageHints": {"languageCodes": 5}}})


@pytest.mark.parametrize(
    ("fields", "endpoint"),
    [
        ({**OLD, **thinking(thinkingBudget=0, includeThoughts=False)}, DEVELOPER),
        ({**OLD, "generationConfig": {"enableAffectiveDialog": True}}, V1ALPHA),
        ({**OLD, "proactivity": {"proactiveAudio": False}}, DEVELOPER),
        ({**LEGACY, **thinking(thinkingLevel="MINIMAL")}, DEVELOPER),
        ({**THINKING, **thinking(thinkingLevel="HIGH")}, DEVELOPER),
        (functions({"name": "f", "behavior": "BLOCKING"}), DEVELOPER),
        (
            {
                "model": "publishers/google/models/gemini-3.8-live",
                "explicitVadSignal": True,
                "sessionResumption": {"transparent": True},
            },
            VERTEX,
        ),
    ],
)
def test_what_a_model_has_is_accepted(fields: dict[str, object], endpoint: Endpoint) -> None:
    assert setup_of(fields, endpoint).profile.name
