"""The settings of a process that is to serve, or that looks whether another one could."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from gateway.settings import Settings, WrongSettings


def settings_in_use(environment: Mapping[str, str]) -> Settings:
    """Read the settings of a service that has something to talk to.

    Raises:
        WrongSettings: with all that is wrong; without a key, where there is no emulator either.
    """
    settings = Settings.from_environment(environment)
    if not settings.has_upstream and importlib.util.find_spec("emulator") is None:
        raise WrongSettings(
            "GEMINI_API_KEY is not set, and the emulator is not installed: "
            "set it to a key of the Gemini API"
        )
    return settings
