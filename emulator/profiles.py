"""What each Live model accepts and how it behaves, by its model page and those who probed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Behavior = Literal["BLOCKING", "NON_BLOCKING"]
Service = Literal["developer", "vertex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One model; the defaults are what most of them share."""

    name: str
    services: frozenset[Service]
    thinking_levels: frozenset[str] = frozenset()
    """Levels that `thinkingConfig` may name. Empty: the model refuses a `thinkingLevel`."""
    thinking_level_required: bool = False
    thinking_budget: bool = False
    behaviors: frozenset[Behavior] = frozenset({"BLOCKING", "NON_BLOCKING"})
    default_behavior: Behavior = "BLOCKING"
    scheduling: bool = True
    media_chunks: bool = False
    """Whether the field that `audio`, `video` and `text` replaced is still taken."""
    must_be_proactive: bool = False
    """Whether `proactiveAudio: false` is an error."""
    affective_dialog_versions: frozenset[str] = frozenset()
    """API versions in which `enableAffectiveDialog` exists for this model."""
    one_field_per_event: bool = False
    """Whether the transcription of a reply comes apart from its audio."""
    turn_ends_at_tool_call: bool = False
    """Whether `turnComplete` follows the tool call instead of the tool's answer."""
    interaction_status: bool = False
    """Whether `interactionStatus`, not `turnComplete`, says that the model is done."""


_BOTH: frozenset[Service] = frozenset({"developer", "vertex"})
_DEVELOPER: frozenset[Service] = frozenset({"developer"})
_VERTEX: frozenset[Service] = frozenset({"vertex"})

PROFILES = (
    Profile(
        name="gemini-3.8-live",
        services=_BOTH,
        default_behavior="NON_BLOCKING",
        must_be_proactive=True,
    ),
    Profile(
        name="gemini-3.8-live-extended-thinking",
        services=_BOTH,
        thinking_levels=frozenset({"LOW", "MEDIUM", "HIGH"}),
        thinking_level_required=True,
        behaviors=frozenset({"NON_BLOCKING"}),
        default_behavior="NON_BLOCKING",
        scheduling=False,
        must_be_proactive=True,
        interaction_status=True,
    ),
    Profile(
        name="gemini-3.1-flash-live-preview",
        services=_DEVELOPER,
        thinking_levels=frozenset({"MINIMAL", "LOW", "MEDIUM", "HIGH"}),
        behaviors=frozenset({"BLOCKING"}),
    ),
    Profile(
        name="gemini-2.5-flash-native-audio-preview-12-2025",
        services=_DEVELOPER,
        thinking_budget=True,
        media_chunks=True,
        affective_dialog_versions=frozenset({"v1alpha"}),
        one_field_per_event=True,
        turn_ends_at_tool_call=True,
    ),
    Profile(
        name="gemini-live-2.5-flash-native-audio",
        services=_VERTEX,
        thinking_budget=True,
        media_chunks=True,
        affective_dialog_versions=frozenset({"v1", "v1beta1"}),
        one_field_per_event=True,
        turn_ends_at_tool_call=True,
    ),
)


def profile_of(model: str, service: Service) -> Profile | None:
    """Return the profile of a model by its bare name, or `None` where it is not served."""
    for profile in PROFILES:
        if profile.name == model and service in profile.services:
            return profile
    return None
