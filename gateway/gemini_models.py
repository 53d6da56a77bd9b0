"""What each Gemini Live model takes in its setup, so that no field it has retired is ever sent.

Source: the models' pages and the deprecations page of Google's Gemini API documentation, autumn
2026, and the close texts that models answer with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

ThinkingLevel: TypeAlias = Literal["MINIMAL", "LOW"]


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """One model's ways.

    Attributes:
        non_blocking: functions may be declared NON_BLOCKING.
        scheduling: an answer may say when the model speaks about it.
        thinking_level: must or may be sent; ``None`` where the model knows no such field.
    """

    non_blocking: bool = True
    scheduling: bool = True
    thinking_level: ThinkingLevel | None = None


PROFILES: Final[dict[str, ModelProfile]] = {
    "gemini-3.8-live": ModelProfile(),
    # Functions are always NON_BLOCKING there, and scheduling is refused.
    "gemini-3.8-live-extended-thinking": ModelProfile(
        non_blocking=True, scheduling=False, thinking_level="LOW"
    ),
    # Functions are synchronous only.
    "gemini-3.1-flash-live-preview": ModelProfile(
        non_blocking=False, scheduling=False, thinking_level="MINIMAL"
    ),
    "gemini-2.5-flash-native-audio-preview-12-2025": ModelProfile(),
    "gemini-2.5-flash-native-audio-latest": ModelProfile(),
    "gemini-live-2.5-flash-native-audio": ModelProfile(),
}


def profile_of(model: str) -> ModelProfile:
    """Return the profile of `model`; one that is not listed is taken to be like the default's."""
    name = model.rpartition("/")[2]
    return PROFILES.get(name, PROFILES["gemini-3.8-live"])
