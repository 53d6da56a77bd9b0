"""The settings of a process that is to serve, or that looks whether another one could."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Final

from gateway.settings import Settings, WrongSettings

_EMULATOR: Final = ("emulator", "aiohttp", "cryptography")
"""What has to be there to start it: the folder alone does not do."""
_EARS: Final = "pocketsphinx"


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def settings_in_use(
    environment: Mapping[str, str], *, installed: Callable[[str], bool] = _installed
) -> Settings:
    """Read the settings of a service that has something to talk to.

    Args:
        environment: the variables.
        installed: says whether there is a module of that name.

    Raises:
        WrongSettings: with all that is wrong; without a key, where the emulator cannot be started
            either.
    """
    settings = Settings.from_environment(environment)
    if settings.has_upstream:
        return settings
    missing = [module for module in _EMULATOR if not installed(module)]
    if missing:
        lacks = "" if "emulator" in missing else f" ({', '.join(missing)} is missing)"
        raise WrongSettings(
            f"GEMINI_API_KEY is not set, and the emulator is not installed{lacks}: "
            "set it to a key of the Gemini API"
        )
    if settings.ears == _EARS and not installed(_EARS):
        raise WrongSettings(
            f"EMULATOR_EARS is {_EARS}, which is not installed: set it to auto, or GEMINI_API_KEY "
            "to a key of the Gemini API"
        )
    return settings
